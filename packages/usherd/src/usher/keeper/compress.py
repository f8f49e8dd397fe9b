"""Compress one rotated log: `python -I -S compress.py SOURCE TARGET`; run as a niced helper.

TARGET is a temporary name. The single writer of the log puts it in SOURCE's place afterwards
(usher.keeper.rotation.take_compressed), so that a kill at any point loses nothing.
"""

from __future__ import annotations

import gzip
import os
import shutil
import sys


def compress(source: str, target: str) -> None:
    """Write `target` (0600, whole on disk) with the times of `source`; raises OSError."""
    with open(os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb") as plain:
        found = os.fstat(plain.fileno())
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        with open(os.open(target, flags, 0o600), "wb") as file:
            with gzip.GzipFile("", "wb", 6, file, found.st_mtime) as packed:
                shutil.copyfileobj(plain, packed, 1 << 20)
            file.flush()
            os.fsync(file.fileno())
            # Files of a log are told apart by the time of their last line.
            os.utime(file.fileno(), ns=(found.st_atime_ns, found.st_mtime_ns))


if __name__ == "__main__":
    compress(*sys.argv[1:])
