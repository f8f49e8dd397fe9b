"""Finds on which line a key or list item of a TOML or JSON text stands.

Neither tomllib nor json tells positions. This scanner reads text that was parsed without error
before, so it need not judge syntax; where it is wrong about a corner, a message names the line
of the table around it. JSON's values are TOML's inline values with ":" instead of "=".
"""

import json
import re
import tomllib
from collections.abc import Callable, Iterator
from typing import Final

from usher.config.check import Path

_SPACE: Final = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_STRING: Final = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}|'
    r"'''.*?'{3,5}|"
    r'"(?:\\.|[^"\\\n])*"|'
    r"'[^'\n]*'",
    re.DOTALL,
)
_BARE: Final = re.compile(r"[^\s,\]}\[{=:#.]+")
_SCALAR: Final = re.compile(r"[^,\]}\[{#\n]+")


class Positions:
    """Lines of the paths of one text, and paths that were written twice (JSON lets them pass)."""

    def __init__(self) -> None:
        """Start with nothing known."""
        self.lines: dict[Path, int] = {}
        self.repeated: list[tuple[Path, int]] = []

    def record(self, path: Path, line: int) -> None:
        """Note where a path stands; the first place counts."""
        if path in self.lines:
            self.repeated.append((path, line))
        else:
            self.lines[path] = line

    def line_of(self, path: Path) -> int:
        """Return the line of the path or of the nearest table around it; 0 when unknown."""
        for end in range(len(path), 0, -1):
            if line := self.lines.get(path[:end]):
                return line
        return 0


def scan_toml(text: str) -> Positions:
    """Positions of a valid TOML document."""
    return _scan(_Scanner(text, "=").document)


def scan_json(text: str) -> Positions:
    """Positions of a valid JSON document."""
    return _scan(_Scanner(text, ":").document_value)


def _scan(document: Callable[[], Positions]) -> Positions:
    """Scan; a text nested too deeply for us has no positions rather than no messages."""
    try:
        return document()
    except RecursionError:
        return Positions()


class _Scanner:
    def __init__(self, text: str, separator: str) -> None:
        self.text = text
        self.separator = separator
        self.at = 0
        self.line = 1
        self.positions = Positions()
        self._arrays: dict[Path, int] = {}
        """Arrays of tables ([[name]]) and the position of their newest element."""

    def document(self) -> Positions:
        """Read TOML: headers and key = value lines."""
        table: Path = ()
        while self._skip():
            before = self.at
            if self._peek() == "[":
                table = self._header()
            else:
                self._pair(table)
            if self.at == before:
                self._advance(before + 1)
        return self.positions

    def document_value(self) -> Positions:
        """Read JSON: one value."""
        self._value(())
        return self.positions

    def _value(self, path: Path) -> None:
        self._skip()
        if self._peek() == "[":
            for position in self._items("]"):
                self.positions.record((*path, position), self.line)
                self._value((*path, position))
        elif self._peek() == "{":
            for _ in self._items("}"):
                self._pair(path)
        elif not self._take(_STRING):
            self._take(_SCALAR)

    def _items(self, end: str) -> Iterator[int]:
        """Stand at each item between brackets, which the caller reads; then behind the end."""
        self._advance(self.at + 1)
        position = 0
        while self._skip() and self._peek() != end:
            before = self.at
            yield position
            position += 1
            self._skip()
            if self._peek() == "," or self.at == before:
                self._advance(self.at + 1)
        self._advance(self.at + 1)

    def _pair(self, table: Path) -> None:
        line = self.line
        path = (*table, *self._dotted_key())
        for end in range(len(table) + 1, len(path)):
            self.positions.lines.setdefault(path[:end], line)
        self.positions.record(path, line)
        self._skip()
        if self._peek() == self.separator:
            self._advance(self.at + 1)
            self._value(path)

    def _dotted_key(self) -> Path:
        keys: list[str] = []
        while True:
            self._skip()
            if word := self._take(_STRING):
                keys.append(self._unquoted(word))
            elif word := self._take(_BARE):
                keys.append(word)
            self._skip()
            if self._peek() != ".":
                return tuple(keys)
            self._advance(self.at + 1)

    def _header(self) -> Path:
        line = self.line
        many = self.text.startswith("[[", self.at)
        self._advance(self.at + (2 if many else 1))
        path = self._through_arrays(self._dotted_key(), last=not many)
        self._advance(self.at + (2 if many else 1))
        if many:
            self._arrays[path] = self._arrays.get(path, -1) + 1
            path = (*path, self._arrays[path])
        for end in range(1, len(path) + 1):
            self.positions.lines.setdefault(path[:end], line)
        return path

    def _through_arrays(self, keys: Path, *, last: bool) -> Path:
        """Put in the position of the newest element wherever a key names an array of tables."""
        path: Path = ()
        for index, key in enumerate(keys):
            path = (*path, key)
            if path in self._arrays and (last or index < len(keys) - 1):
                path = (*path, self._arrays[path])
        return path

    def _unquoted(self, word: str) -> str:
        try:
            if self.separator == ":":
                return str(json.loads(word))
            return next(iter(tomllib.loads(f"{word} = 0")))
        except (ValueError, StopIteration):
            return word

    def _peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def _skip(self) -> bool:
        """Step over blank space and comments; False at the end of the text."""
        self._take(_SPACE)
        return self.at < len(self.text)

    def _take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.at)
        if match is None:
            return ""
        self._advance(match.end())
        return match[0]

    def _advance(self, end: int) -> None:
        self.line += self.text.count("\n", self.at, end)
        self.at = end
