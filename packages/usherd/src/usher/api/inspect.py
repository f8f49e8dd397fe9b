"""JSON values as Node shows them (`util.inspect`): what PM2 prints, and what scripts grep for.

The look follows rules that Node documents: 80 columns, `compact: 3` (objects of at most three
inner levels stand on one line if they fit), more than six elements of an array stand in columns.
"""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias, cast

Json: TypeAlias = "Mapping[str, Json] | Sequence[Json] | str | int | float | bool | None"

_WIDTH: Final = 80
_COMPACT: Final = 3
_INDENT: Final = 2
_GROUPED_FROM: Final = 7
"""Arrays with at least so many elements are set in columns."""

_SEPARATOR: Final = 2
"""Columns of ", "."""

_NAME: Final = re.compile(r"[a-zA-Z_][a-zA-Z_0-9]*")
_ESCAPES: Final = {"\n": "\\n", "\t": "\\t", "\b": "\\b", "\f": "\\f", "\r": "\\r", "\\": "\\\\"}
_CONTROL: Final = re.compile(r"[\x00-\x1f\\\x7f-\x9f\ud800-\udfff]")


def inspect(value: object) -> str:
    """Show a value of JSON as `console.log` would; a text within a value is quoted."""
    return _Inspector().show(cast("Json", value), 0)


def quoted(text: str) -> str:
    """Quote as Node does: single quotes, unless the text holds some and other quotes are free."""
    quote = next((mark for mark in "'\"`" if mark not in text), "'")
    inner = _CONTROL.sub(_escaped, text)
    return quote + (inner.replace("'", "\\'") if quote == "'" else inner) + quote


def _escaped(match: re.Match[str]) -> str:
    character = match[0]
    code = ord(character)
    return _ESCAPES.get(character) or (f"\\x{code:02X}" if code < 256 else f"\\u{code:04X}")


class _Inspector:
    """Keeps what the layout of an object depends on: where it stands, how deep the last one was."""

    def __init__(self) -> None:
        self._column = 0
        self._depth = 0
        """Level of the object that was shown last; an object ends on one line if it is near."""

    def show(self, value: Json, level: int) -> str:
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, Mapping):
            return self._object(value, level)
        if isinstance(value, Sequence):
            return self._array(value, level)
        return _scalar(value)

    def _text(self, text: str) -> str:
        if len(text) > 16 and len(text) > _WIDTH - self._column - 4 and "\n" in text[:-1]:
            lines = text.splitlines(keepends=True)
            return f" +\n{' ' * (self._column + _INDENT)}".join(map(quoted, lines))
        return quoted(text)

    def _object(self, value: Mapping[str, Json], level: int) -> str:
        if not value:
            return "{}"
        self._depth = level
        parts = [f"{_key(name)}: {self._inside(each, level)}" for name, each in value.items()]
        return self._joined(parts, "{}", level, whole=True)

    def _array(self, value: Sequence[Json], level: int) -> str:
        if not value:
            return "[]"
        self._depth = level
        parts = [self._inside(each, level) for each in value]
        rows = parts
        if len(parts) >= _GROUPED_FROM:
            numbers = all(type(each) in (int, float) for each in value)
            rows = _in_columns(parts, self._column, right=numbers)
        return self._joined(rows, "[]", level, whole=len(rows) == len(parts))

    def _inside(self, value: Json, level: int) -> str:
        self._column += _INDENT
        try:
            return self.show(value, level + 1)
        finally:
            self._column -= _INDENT

    def _joined(self, parts: list[str], braces: str, level: int, *, whole: bool) -> str:
        """Join parts on one line if they are `whole`, shallow and short enough, else on several."""
        if self._depth - level < _COMPACT and whole:
            start = len(parts) + self._column + len(braces[0]) + 10
            line = ", ".join(parts)
            total = sum(map(len, parts)) + len(parts) + start
            if total <= _WIDTH and "\n" not in line:
                return f"{braces[0]} {line} {braces[1]}"
        edge = f"\n{' ' * self._column}"
        return f"{braces[0]}{edge}  {f',{edge}  '.join(parts)}{edge}{braces[1]}"


def _key(name: str) -> str:
    return name if _NAME.fullmatch(name) else quoted(name)


def _scalar(value: float | bool | None) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e21:
        return str(int(value))
    return str(value)


def _in_columns(parts: list[str], column: int, *, right: bool) -> list[str]:
    """Set short parts in columns that make about a square; numbers stand to the right."""
    lengths = [len(part) for part in parts]
    total = sum(lengths) + _SEPARATOR * len(parts)
    widest = max(lengths) + _SEPARATOR
    if widest * 3 + column >= _WIDTH or not (total / widest > 5 or widest - _SEPARATOR <= 6):
        return parts
    bias = max(widest - math.sqrt(widest - total / len(parts)) - 3, 1)
    columns = min(
        math.floor(math.sqrt(2.5 * bias * len(parts)) / bias + 0.5),
        (_WIDTH - column) // widest,
        _COMPACT * 4,
        15,
    )
    if columns <= 1:
        return parts
    widths = [max(lengths[start::columns]) + _SEPARATOR for start in range(columns)]
    return [
        _row(parts[start : start + columns], widths, right=right)
        for start in range(0, len(parts), columns)
    ]


def _row(parts: list[str], widths: list[int], *, right: bool) -> str:
    *firsts, last = parts
    pad = str.rjust if right else str.ljust
    row = "".join(pad(f"{part}, ", width) for part, width in zip(firsts, widths, strict=False))
    return row + (last.rjust(widths[len(firsts)] - _SEPARATOR) if right else last)
