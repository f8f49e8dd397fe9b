"""The one place that writes: text for people, JSON for programs, never both on one stream."""

import os
import sys
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from usher.api.text import printable
from usher.cli.hot import wants_color
from usher.redaction.redactor import Redactor

_COLORS: Final = {"red": "31", "green": "32", "yellow": "33", "dim": "2", "bold": "1"}


class Console:
    """Standard output and error of one command.

    With `json` standard output holds JSON and nothing else; what people like to know goes to
    standard error in every case.
    """

    def __init__(self, *, json: bool) -> None:
        """Look at the terminal once."""
        self.json = json
        self.terminal = sys.stdout.isatty()
        self.color = wants_color()
        self.live = sys.stderr.isatty() and os.environ.get("TERM") != "dumb" and not json
        """Whether lines on standard error may be rewritten."""
        self._redactor = Redactor()
        """A command knows the values of no service; what looks secret is taken out all the same."""

    @property
    def columns(self) -> int:
        """Width of the answer's terminal; wide when there is none, so that nothing is cut."""
        return _columns_of(1)

    @property
    def note_columns(self) -> int:
        """Width of the terminal that notes go to."""
        return _columns_of(2)

    def print(self, text: str = "") -> None:
        """Write a line of the answer."""
        sys.stdout.write(f"{self._redactor.line(text)}\n")
        sys.stdout.flush()

    def raw(self, text: str) -> None:
        """Write text that ends its lines itself and was redacted where it comes from."""
        sys.stdout.write(text)
        sys.stdout.flush()

    def data(self, value: Any) -> None:
        """Write a value as one line of JSON."""
        shown = self._redactor.tree(msgspec.to_builtins(value))
        sys.stdout.write(msgspec.json.encode(shown).decode() + "\n")
        sys.stdout.flush()

    def note(self, text: str = "") -> None:
        """Write a line beside the answer."""
        sys.stderr.write(f"{self._redactor.line(text)}\n")
        sys.stderr.flush()

    def erase(self, lines: int) -> None:
        """Take the last lines of notes off the terminal (only where `live`)."""
        if lines:
            sys.stderr.write(f"\x1b[{lines}A\r\x1b[J")
            sys.stderr.flush()

    def fail(self, message: str, *, hint: str = "", details: Sequence[str] = ()) -> None:
        """Say what cannot be done, why, and what to do next."""
        self.note(f"usher: {printable(message)}")
        for detail in details:
            self.note(f"  {printable(detail)}")
        if hint:
            self.note(f"  -> {printable(hint)}")

    def paint(self, text: str, color: str) -> str:
        """Colour text for standard output, if colours are wanted."""
        return f"\x1b[{_COLORS[color]}m{text}\x1b[0m" if self.color else text


def _columns_of(descriptor: int) -> int:
    try:
        return os.get_terminal_size(descriptor).columns or 80
    except OSError:
        return 240
