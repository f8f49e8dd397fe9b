"""What the reader of .xls hands over from its process to the server."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TypedDict

from boxoffice.workbook.cells import Cell, Merge, Number, Sheet, Truth, text_cell
from boxoffice.workbook.findings import Code
from boxoffice.workbook.refusal import UnreadableError

XLS_PROGRAM = "boxoffice.workbook.xls"
"""The module to run; the server never imports it."""


class Delivered(TypedDict):
    """What the process writes. Sheets are known by their index, as text (JSON has no other key)."""

    names: list[str]
    numbers: dict[str, list[tuple[int, int, str]]]
    """(row, column, decimal) of the sheets asked for."""
    texts: dict[str, list[tuple[int, int, str]]]
    truths: dict[str, list[tuple[int, int, bool]]]
    merges: dict[str, list[tuple[int, int, int, int]]]
    error: tuple[str, str] | None
    """Code and value of a finding; everything else is empty then."""


class XlsBook:
    """What the process delivered, as a book."""

    def __init__(self, delivered: Delivered) -> None:
        if delivered["error"] is not None:
            code, value = delivered["error"]
            raise UnreadableError(Code(code), value)
        self._delivered = delivered

    @property
    def sheet_names(self) -> Sequence[str]:
        """Names as stored, hidden sheets included."""
        return self._delivered["names"]

    def sheet(self, index: int) -> Sheet:
        """One of the sheets asked for, counted from 0."""
        rows: dict[int, dict[int, Cell]] = {}
        key = str(index)
        for row, column, number in self._delivered["numbers"][key]:
            value = Decimal(number)
            if not value.is_finite():
                raise UnreadableError(Code.FILE_DAMAGED, f"row {row}, column {column}: {number}")
            rows.setdefault(row, {})[column] = Number(value)
        for row, column, text in self._delivered["texts"][key]:
            cell = text_cell(text)
            if cell is not None:
                rows.setdefault(row, {})[column] = cell
        for row, column, truth in self._delivered["truths"][key]:
            rows.setdefault(row, {})[column] = Truth(truth)
        merges = tuple(Merge(*area) for area in self._delivered["merges"][key])
        return Sheet(self.sheet_names[index], rows, merges)
