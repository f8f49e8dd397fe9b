"""`child.c` for a machine without a C compiler: the same arguments, the same output."""

import os
import signal
import sys
import time
from pathlib import Path

NOW = time.monotonic_ns()


def main(stamps: str, go: str = "", lines: str = "0") -> None:
    """Stamp the start, print what is asked for, wait for a signal."""
    with Path(stamps).open("a") as file:
        file.write(f"{os.getpid()} {NOW}\n")
    if go:
        Path(go).read_bytes()
        for i in range(int(lines)):
            sys.stdout.write(f"{i:09d} {0:089d}\n")
        sys.stdout.flush()
    while True:
        signal.pause()


if __name__ == "__main__":
    main(*sys.argv[1:])
