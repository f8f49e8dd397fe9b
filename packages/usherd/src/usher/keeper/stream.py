"""One output of one run: the pipe it prints into, its stage, and the files it goes to."""

from __future__ import annotations

import fcntl
import os

from usher.keeper.lines import framing
from usher.keeper.logfile import Limits
from usher.keeper.masking import Mask
from usher.keeper.stage import FILL, Stage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

    from usher.keeper.logfile import LogFile

STAGE_LIMIT: Final = 8 * 1024 * 1024
"""Bytes staged per stream while its file fails; what comes on top is dropped and counted."""

_SMALL_PIPE: Final = 64 * 1024
_LARGE_PIPE: Final = 1 << 20
_QUIET: Final = 4096
_F_SETPIPE_SZ: Final = 1031
_FIONREAD: Final = 0x541B


class Output:
    """What a stream is made of, checked before a thread gets it."""

    __slots__ = ("framing", "limits", "mask", "paths", "pipe", "run", "stage")

    def __init__(self, run: str, pipe: int, stage: int, spec: dict[str, Any], kind: str) -> None:
        """Take the pipe, the memfd, a LogSpec and whether it is "out" or "err".

        LogSpec: {"path", "max_size" (bytes), "retain" (files)}, and optionally "combined" (a
        second path), "rotated_names" and "date_format" (usher.keeper.dates), "format": "json"
        with "id" and "name", and "mask" (usher.keeper.masking).

        Raises KeyError, TypeError or ValueError when they cannot be used.
        """
        self.run = run
        self.pipe = pipe
        self.stage = Stage(stage)
        named = [spec["path"], spec.get("combined")]
        # One path twice is one file: a line must not come twice.
        self.paths = list(dict.fromkeys(os.path.abspath(each) for each in named if each))
        self.limits = Limits.of(spec)
        self.framing = framing(spec, kind)
        self.mask = Mask.of(spec)


class Stream:
    """Owns both descriptors. `ended`: nobody can print any more; `watched`: in an epoll set."""

    __slots__ = (
        *("run", "pipe", "stage", "files", "framing", "mask"),
        *("ended", "watched", "dropped", "_large"),
    )

    def __init__(self, output: Output, files: list[LogFile]) -> None:
        self.run = output.run
        self.pipe = output.pipe
        self.stage = output.stage
        self.files = files
        self.framing = output.framing
        self.mask = output.mask
        self.ended = False
        self.watched = False
        self.dropped = 0
        self._large = False

    @property
    def paths(self) -> list[str]:
        """Where its lines go."""
        return [file.path for file in self.files]

    def take(self) -> int:
        """Move what the pipe holds into the stage; 0 at its end, BlockingIOError when empty."""
        room = STAGE_LIMIT - self.stage.pending
        if room <= 0:
            return self._drop()
        moved = self.stage.fill(self.pipe, min(FILL, room))
        if moved >= _SMALL_PIPE // 2 and not self._large:
            self._resize(_LARGE_PIPE)
        elif moved < _QUIET and self._large:
            self._resize(_SMALL_PIPE)
        return moved

    def waiting(self) -> int:
        """Bytes in the pipe now."""
        return int.from_bytes(fcntl.ioctl(self.pipe, _FIONREAD, bytes(4)), "little")

    def is_empty(self) -> bool:
        """Whether all that was printed is where it belongs, as far as it could be written."""
        return not (self.stage.pending or self.dropped or self.waiting())

    def close(self) -> None:
        os.close(self.pipe)
        os.close(self.stage.fd)

    def _drop(self) -> int:
        lost = len(os.read(self.pipe, _SMALL_PIPE))
        self.dropped += lost
        return lost

    def _resize(self, size: int) -> None:
        """Give a busy pipe more room; not to all: a user's pipes share 64 MiB."""
        try:
            fcntl.fcntl(self.pipe, _F_SETPIPE_SZ, size)
        except OSError:
            return  # not allowed, or more is inside than fits: it works as it is
        self._large = size == _LARGE_PIPE
