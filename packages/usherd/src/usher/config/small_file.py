"""Reads a file that says what usher is to do although nobody named it: safely, and bounded."""

import os
import stat
from typing import NamedTuple

from usher.config.document import SIZE_LIMIT
from usher.model.finding import Finding


class SmallFile(NamedTuple):
    """The bytes of a file (one more than the limit when it is too long), and who may read it."""

    data: bytes
    mode: int


def read_small(path: str, what: str, *, owned: bool = False) -> SmallFile | Finding | None:
    """Read a plain file that not anybody may change; None when there is none.

    `owned`: besides, it must belong to root or to our own user.
    """
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        return _cannot_read(path, what, error.strerror or str(error))
    try:
        about = os.fstat(fd)
        if not stat.S_ISREG(about.st_mode):
            return _cannot_read(path, what, "it is no file")
        if about.st_mode & stat.S_IWOTH:
            hint = f"chmod o-w {path}"
            return Finding(f"anybody may change this {what}", file=path, hint=hint)
        if owned and about.st_uid not in (0, os.geteuid()):
            cause = f"it belongs to another user (uid {about.st_uid})"
            return _cannot_read(path, what, cause, f"chown {os.geteuid()} {path}")
        return SmallFile(os.read(fd, SIZE_LIMIT + 1), stat.S_IMODE(about.st_mode))
    except OSError as error:
        return _cannot_read(path, what, error.strerror or str(error))
    finally:
        os.close(fd)


def _cannot_read(path: str, what: str, cause: str, hint: str = "") -> Finding:
    return Finding(f"cannot read the {what}: {cause.lower()}", file=path, hint=hint)
