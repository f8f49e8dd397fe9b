"""Where a daemon of usher hung: the stacks that it left behind when it was ended.

`faulthandler` writes them (usher.daemon.watchdog), at most 100 frames of at most 100 threads; they
hold files, lines and names of functions, and no values.
"""

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import usher

SIZE_LIMIT: Final = 256 * 1024
"""Bytes that are read of the stacks."""

_THREAD: Final = re.compile(r"^(?:Current t|T)hread 0x", re.MULTILINE)
_FRAME: Final = re.compile(
    r'^  File "(?P<file>.+)", line (?P<line>\d+) in (?P<name>.+)$', re.MULTILINE
)
_OURS: Final = f"{Path(usher.__file__).parent}/"
_UNKNOWN: Final = "an unknown place"


class Frame(NamedTuple):
    """A function that was being executed."""

    file: str
    line: int
    name: str

    def __str__(self) -> str:
        file = self.file
        short = f"usher/{file.removeprefix(_OURS)}" if self.is_ours else Path(file).name
        return f"{self.name} ({short}:{self.line})"

    @property
    def is_ours(self) -> bool:
        return self.file.startswith(_OURS)


class Hang(NamedTuple):
    """The last daemon that hung: when it was ended (seconds since the epoch), and its stacks."""

    at: float
    stacks: str


def live(home: Path) -> Path:
    """Path of the file that is empty while the present daemon has not been ended."""
    return home / "state" / "watchdog.txt"


def kept(home: Path) -> Path:
    """Path of the stacks of the last daemon that hung; there until somebody removes it."""
    return home / "state" / "daemon-hang.txt"


def keep(home: Path) -> Hang | None:
    """Put aside what the daemon before this one left behind; None: it did not hang."""
    with contextlib.suppress(FileNotFoundError):
        if live(home).stat().st_size:
            live(home).replace(kept(home))
            return last(home)
    return None


def last(home: Path) -> Hang | None:
    """Return the last hang that nobody has removed."""
    try:
        with kept(home).open("rb") as file:
            return Hang(kept(home).stat().st_mtime, file.read(SIZE_LIMIT).decode(errors="replace"))
    except FileNotFoundError:
        return None


def place(stacks: str) -> str:
    """Say in which function the loop hung; if a thread beside it kept it from waking, in which.

    The innermost function is named, and the innermost one of usher that called it.
    """
    threads = [[*_frames(text)] for text in _THREAD.split(stacks)[1:]]
    loop = next(filter(_is_loop, threads), None)
    if loop is None:
        return _UNKNOWN
    if not any(_is_watchdog(frame) for frame in loop[:2]):
        return _said(loop)
    busy = next((each for each in threads if each is not loop and _is_busy(each)), None)
    return f"a thread beside its loop: {_said(busy)}" if busy else _UNKNOWN


def _frames(text: str) -> Iterator[Frame]:
    for found in _FRAME.finditer(text):
        yield Frame(found["file"], int(found["line"]), found["name"])


def _is_loop(frames: list[Frame]) -> bool:
    return any(each.name == "run_forever" for each in frames)


def _is_busy(frames: list[Frame]) -> bool:
    """Whether a thread does something for us; one of a pool that waits for work does not."""
    return any(each.is_ours for each in frames) and not _is_watchdog(frames[0])


def _is_watchdog(frame: Frame) -> bool:
    return frame.is_ours and frame.file.endswith("/daemon/watchdog.py")


def _said(frames: list[Frame]) -> str:
    ours = next((each for each in frames if each.is_ours), frames[0])
    return str(frames[0]) if ours is frames[0] else f"{frames[0]}, called by {ours}"
