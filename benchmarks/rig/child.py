"""`child.c` for a machine without a C compiler: the same arguments, the same output."""

import os
import signal
import sys
import time
from pathlib import Path

NOW = time.monotonic_ns()


def main(stamps: str, _name: str, *task: str) -> None:
    """Stamp the start, do the task, wait for a signal."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    with Path(stamps).open("a") as file:
        file.write(f"{os.getpid()} {NOW}\n")
    match task:
        case ["beat"]:
            _beat()
        case ["crash", go]:
            Path(go).open().close()
            sys.exit(1)
        case ["flood", go, lines]:
            Path(go).open().close()
            for i in range(int(lines)):
                sys.stdout.write(f"{i:09d} {0:089d}\n")
            sys.stdout.flush()
        case _:
            pass
    while True:
        signal.pause()


def _beat() -> None:
    while True:
        print("beat", flush=True)
        time.sleep(0.005)


if __name__ == "__main__":
    main(*sys.argv[1:])
