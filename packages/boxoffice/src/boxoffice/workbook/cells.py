"""Cells and sheets as every reader (xlsx, xls, csv) delivers them.

A blank cell is absent. An error, and a formula whose result was never stored, are variants of
their own: taking one of them for a blank loses figures silently.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple


class Number(NamedTuple):
    """A number exactly as the file writes it; dates and times are numbers too (serials)."""

    value: Decimal
    is_percent: bool = False
    """The cell is formatted in per cent: 0.585 is shown as 58.5 %."""

    def __str__(self) -> str:
        return f"{self.value.normalize():f}" if abs(self.value.adjusted()) < 25 else str(self.value)


class Text(NamedTuple):
    """Text as written; never blank."""

    value: str

    def __str__(self) -> str:
        return self.value


class Truth(NamedTuple):
    """TRUE or FALSE."""

    value: bool

    def __str__(self) -> str:
        return str(self.value).upper()


class ErrorValue(NamedTuple):
    """An error such as #REF!."""

    name: str

    def __str__(self) -> str:
        return self.name


class Unresolved(NamedTuple):
    """A formula without a stored result."""

    def __str__(self) -> str:
        return "formula without a stored result"


Cell = Number | Text | Truth | ErrorValue | Unresolved

ERROR_NAMES = frozenset(
    {"#REF!", "#DIV/0!", "#N/A", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"}
)
"""Errors that some programs store as text."""


class Merge(NamedTuple):
    """A merged area, all four borders included, counted from 1."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: `rows[row][column]`, both counted from 1, blank cells and rows absent."""

    name: str
    rows: Mapping[int, Mapping[int, Cell]]
    merges: Sequence[Merge] = ()
    serial_offset: int = 0
    """Days to add to a serial: 1462 where the workbook counts from 1904."""
    marker_row: int = 2
    """Row of the markers: 2 in a workbook, the header line in a CSV file."""
    is_lines: bool = False
    """The sheet is a text file: places are called `line n`."""

    def address(self, row: int, column: int) -> str:
        """`D17`, or `line 17` of a text file."""
        return f"line {row}" if self.is_lines else f"{column_letters(column)}{row}"

    def merges_over(self, column: int) -> tuple[Merge, ...]:
        """The merged areas that reach into a column, from top to bottom."""
        over = (m for m in self.merges if m.first_column <= column <= m.last_column)
        return tuple(sorted(over))


def merge_at(merges: Sequence[Merge], row: int) -> Merge | None:
    """Which of the areas of `Sheet.merges_over` a row lies in."""
    index = bisect_right(merges, row, key=lambda merge: merge.first_row) - 1
    return merges[index] if index >= 0 and row <= merges[index].last_row else None


def text_cell(text: str) -> Cell | None:
    """The cell a stored text makes: blank, an error some program wrote as text, or text."""
    stripped = text.strip()
    if not stripped:
        return None
    return ErrorValue(stripped.upper()) if stripped.upper() in ERROR_NAMES else Text(text)


def column_letters(column: int) -> str:
    """1 -> A, 27 -> AA."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
