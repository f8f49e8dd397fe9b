"""Compress one rotated log: `compress.py SOURCE INODE TARGET`; run as a niced helper.

SOURCE may belong to another file by now, for rotated files move up: then nothing is compressed.
TARGET is a temporary name. The single writer of the log puts it in SOURCE's place afterwards
(usher.keeper.rotation.take_compressed), so that a kill at any point loses nothing.
"""

from __future__ import annotations

import errno
import gzip
import os
import shutil
import sys

MOVED = 75
"""Exit code when SOURCE is not there, or is another file (EX_TEMPFAIL: try again)."""


def compress(source: str, inode: int, target: str) -> None:
    """Write `target` (0600, whole on disk) with the times of `source`.

    Raises OSError, FileNotFoundError also when `source` is another file than that with `inode`.
    """
    with open(os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb") as plain:
        found = os.fstat(plain.fileno())
        if found.st_ino != inode:
            raise FileNotFoundError(errno.ENOENT, "has got another name", source)
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        with open(os.open(target, flags, 0o600), "wb") as file:
            with gzip.GzipFile("", "wb", 6, file, found.st_mtime) as packed:
                shutil.copyfileobj(plain, packed, 1 << 20)
            file.flush()
            os.fsync(file.fileno())
            # Files of a log are told apart by the time of their last line.
            os.utime(file.fileno(), ns=(found.st_atime_ns, found.st_mtime_ns))


if __name__ == "__main__":
    try:
        compress(sys.argv[1], int(sys.argv[2]), sys.argv[3])
    except FileNotFoundError:
        sys.exit(MOVED)
