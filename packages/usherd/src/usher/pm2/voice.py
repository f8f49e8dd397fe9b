"""What `usher pm2` says, in the few words of PM2 that scripts look for.

Outputs that programs read (jlist, pid, get ...) go through `answer` and are never silenced.
"""

import os
import sys
from collections.abc import Sequence
from typing import Final

from usher.api.text import printable

_MARK: Final = "[PM2]"
_GREEN: Final = "32"
_YELLOW: Final = "33"
_RED: Final = "31"


class Voice:
    """Standard output and error; with `silent` only answers and problems' exit codes remain."""

    def __init__(self, *, silent: bool, color: bool) -> None:
        """Decide once what may be written."""
        self._silent = silent
        self._color = color

    @property
    def color(self) -> bool:
        """Whether standard output takes colours."""
        return self._color

    def say(self, text: str) -> None:
        """Tell what is done: `[PM2] ...`."""
        self._write(sys.stdout, f"{self._paint(_MARK, _GREEN)} {printable(text)}")

    def plain(self, text: str = "") -> None:
        """Write a line without a mark."""
        self._write(sys.stdout, text)

    def notice(self, text: str) -> None:
        """Tell of something odd that hinders nothing, beside the output."""
        self._write(sys.stderr, f"{self._paint(f'{_MARK}[WARN]', _YELLOW)} {printable(text)}")

    def warn(self, text: str) -> None:
        """Tell of something odd where PM2 does: in the output."""
        self._write(sys.stdout, f"{self._paint(f'{_MARK}[WARN]', _YELLOW)} {printable(text)}")

    def fail(self, text: str) -> None:
        """Tell of an error where PM2 does: in the output."""
        self._write(sys.stdout, f"{self._paint(f'{_MARK}[ERROR]', _RED)} {printable(text)}")

    def error(self, text: str, *, details: Sequence[str] = (), hint: str = "") -> None:
        """Tell why it cannot be done, and what to do."""
        self._write(sys.stderr, f"{self._paint(f'{_MARK}[ERROR]', _RED)} {printable(text)}")
        for detail in details:
            self._write(sys.stderr, f"  {printable(detail)}")
        if hint:
            self._write(sys.stderr, f"  -> {printable(hint)}")

    def complain(self, text: str) -> None:
        """Tell what is wrong where PM2 says it without a mark."""
        self._write(sys.stderr, printable(text))

    def answer(self, text: str) -> None:
        """Write what was asked for, silent or not; text ends its lines itself."""
        sys.stdout.write(text)
        sys.stdout.flush()

    def show(self, text: str) -> None:
        """Write text that ends its lines itself, unless silent."""
        if not self._silent:
            self.answer(text)

    def _write(self, stream: object, line: str) -> None:
        if self._silent:
            return
        file = sys.stdout if stream is sys.stdout else sys.stderr
        file.write(f"{line}\n")
        file.flush()

    def _paint(self, text: str, color: str) -> str:
        return f"\x1b[{color}m{text}\x1b[39m" if self._color else text


def wants_color(*, refused: bool) -> bool:
    """Tell whether the reader is a terminal that did not ask for plain text."""
    plain = refused or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return not plain and sys.stdout.isatty()
