"""The audit log: one line a request and one for its end, appended and never changed.

`state/audit.log` (0600), lines as in `lines.py`. A tail that a power cut tore is cut off before
the next line is written; a damaged line in the middle is passed over by readers and told by number.
"""

import errno
import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from usher.model.audit import AuditRecord
from usher.runtime import files, lines

log = logging.getLogger(__name__)

_LONGEST: Final = 1024 * 1024
"""Bytes of a line: a thousand services with long names come nowhere near."""

_decode = msgspec.json.Decoder(AuditRecord).decode
_encode = msgspec.json.Encoder().encode


class Audit:
    """Owner of `audit.log` in `folder`."""

    def __init__(self, folder: Path, redact: Callable[[str], str] = str) -> None:
        self._redact = redact
        self._path = files.private_folder(folder) / "audit.log"
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
        self._fd = os.open(self._path, flags, 0o600)
        _cut_torn_tail(self._fd)
        self.closed = False

    def append(self, record: AuditRecord) -> None:
        """Write one record; it survives a power cut.

        A disk that is full keeps nobody from stopping or starting an app: then it is only logged.
        """
        shown = msgspec.structs.replace(
            record, detail=self._redact(record.detail), reason=self._redact(record.reason)
        )
        try:
            _write_whole(self._fd, lines.seal(_encode(shown)))
            os.fsync(self._fd)
        except OSError as error:
            log.warning("cannot record in %s: %s: %s", self._path, error.strerror, shown)

    def records(self) -> Iterator[AuditRecord]:
        """Yield what was recorded, oldest first."""
        with self._path.open("rb") as file:
            for line in file:
                body = lines.unseal(line)
                if body is not None:
                    yield _decode(body)

    @property
    def size(self) -> int:
        """Bytes so far: a larger number means that something was recorded."""
        return os.fstat(self._fd).st_size

    def close(self) -> None:
        """Write nothing any more."""
        if not self.closed:
            os.close(self._fd)
        self.closed = True


def _write_whole(fd: int, line: bytes) -> None:
    """Append a line, or nothing of it. Raises OSError."""
    written = os.write(fd, line)
    if written < len(line):
        os.ftruncate(fd, os.fstat(fd).st_size - written)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _cut_torn_tail(fd: int) -> None:
    """Leave whole lines only. The last one is no longer than `_LONGEST`, as every line."""
    size = os.fstat(fd).st_size
    start = max(0, size - _LONGEST)
    tail = os.pread(fd, size - start, start)
    if tail and not tail.endswith(b"\n"):
        os.ftruncate(fd, start + tail.rfind(b"\n") + 1)
