"""One sheet of an .xlsx: what its cells hold, where exactly, and how much of it there is."""

import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal, InvalidOperation

from boxoffice.workbook.cells import Cell, ErrorValue, Merge, Number, Truth, Unresolved, text_cell
from boxoffice.workbook.findings import Code
from boxoffice.workbook.limits import Limits
from boxoffice.workbook.refusal import UnreadableError
from boxoffice.workbook.xml import Attributes

TRUE_WORDS = frozenset({"1", "true"})
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - a serial has no zone
_SECONDS_PER_DAY = 86_400
_LONGEST_NUMBER, _LARGEST_EXPONENT = 64, 308  # a double has 17 digits and ends at 1e308
_LAST_ROW, _LAST_COLUMN, _MAX_MERGES = 1_048_576, 16_384, 100_000
_ADDRESS = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")


class RowsListener:
    """Keeps what the cells hold, counts it, and stops at the limits."""

    def __init__(
        self,
        part: str,
        strings: list[str],
        percent_styles: frozenset[str],
        serial_offset: int,
        limits: Limits,
    ) -> None:
        self.rows: dict[int, dict[int, Cell]] = {}
        self.merges: list[Merge] = []
        self._part, self._strings, self._percents = part, strings, percent_styles
        self._serial_offset, self._limits = serial_offset, limits
        self._columns: set[int] = set()
        self._stored_rows = self._stored_cells = 0
        self._row = self._column = 0
        self._row_digits = ""
        self._letters: dict[str, int] = {}
        self._kind = self._style = ""
        self._value: list[str] = []
        self._taking = self._phonetic = self._has_formula = self._has_value = False

    def start(self, tag: str, attributes: Attributes) -> None:
        """An element begins."""
        if tag == "c":
            self._start_cell(attributes)
        elif tag in {"v", "t"}:
            self._taking = not self._phonetic
            self._has_value = True
        elif tag == "f":
            self._has_formula = True
        elif tag == "row":
            self._start_row(attributes)
        elif tag == "rPh":
            self._phonetic = True
        elif tag == "mergeCell":
            self._merge(attributes.get("ref", ""))

    def end(self, tag: str) -> None:
        """An element ends."""
        if tag in {"v", "t"}:
            self._taking = False
        elif tag == "rPh":
            self._phonetic = False
        elif tag == "c":
            self._end_cell()

    def text(self, data: str) -> None:
        """A piece of the value of a cell."""
        if self._taking:
            self._value.append(data)

    def _start_row(self, attributes: Attributes) -> None:
        written = attributes.get("r")
        self._row = self._row + 1 if written is None else _positive(written)
        self._row_digits = str(self._row)
        self._column = 0
        self._stored_rows += 1
        if not 1 <= self._row <= _LAST_ROW:
            raise self._damaged(f"row {written}")
        if self._stored_rows > self._limits.rows:
            raise self._too_large(f"more than {self._limits.rows} rows")

    def _start_cell(self, attributes: Attributes) -> None:
        address = attributes.get("r")
        self._column = self._column + 1 if address is None else self._column_of(address)
        self._kind, self._style = attributes.get("t", "n"), attributes.get("s", "")
        self._value = []
        self._has_formula = self._has_value = False

    def _column_of(self, address: str) -> int:
        # Nearly every cell is in a column seen before and says the row it stands in.
        known = self._letters.get(address.removesuffix(self._row_digits))
        if known is not None:
            return known
        row, column = _position(address)
        if row != self._row or not 1 <= column <= _LAST_COLUMN:
            raise self._damaged(f"cell {address} in row {self._row}")
        self._letters[address.removesuffix(self._row_digits)] = column
        return column

    def _end_cell(self) -> None:
        cell = self._cell("".join(self._value))
        if cell is None:
            return
        self._columns.add(self._column)
        self._stored_cells += 1
        if len(self._columns) > self._limits.columns:
            raise self._too_large(f"more than {self._limits.columns} columns")
        if self._stored_cells > self._limits.cells:
            raise self._too_large(f"more than {self._limits.cells} cells")
        row = self.rows.setdefault(self._row, {})
        if self._column in row:
            raise self._damaged(f"row {self._row} stores column {self._column} twice")
        row[self._column] = cell

    def _cell(self, value: str) -> Cell | None:
        if self._has_formula and not self._has_value:
            return Unresolved()
        try:
            return _DECODERS[self._kind](self, value)
        except (KeyError, IndexError, ValueError, InvalidOperation) as error:
            place = f"row {self._row}, column {self._column}"
            raise self._damaged(f'{place}: "{value[:40]}" as "{self._kind[:10]}"') from error

    def number(self, value: str) -> Cell | None:
        """A number; `<v/>` of a formula is a result that was never stored."""
        if not value.strip():
            return Unresolved() if self._has_formula else None
        number = Decimal(value[:_LONGEST_NUMBER])
        if not number.is_finite() or abs(number.adjusted()) > _LARGEST_EXPONENT:
            raise ValueError(value)
        return Number(number, is_percent=self._style in self._percents)

    def shared(self, value: str) -> Cell | None:
        """A text by its number in the table of shared strings."""
        if not value.strip():
            return None
        index = _positive(value)
        if index < 0:
            raise IndexError(value)
        return text_cell(self._strings[index])

    def written(self, value: str) -> Cell | None:
        """A text that stands in the cell itself, or is the result of a formula."""
        return text_cell(value)

    def truth(self, value: str) -> Cell | None:
        """TRUE or FALSE."""
        return Truth(value.strip() in TRUE_WORDS)

    def error(self, value: str) -> Cell | None:
        """An error."""
        return ErrorValue(value.strip())

    def day(self, value: str) -> Cell | None:
        """A date of ISO 8601 (`t="d"`), as the serial it would be."""
        if not value.strip():
            return None
        moment = datetime.fromisoformat(value.strip()).replace(tzinfo=None) - _EPOCH
        days = moment.days - self._serial_offset
        return Number(Decimal(days) + Decimal(moment.seconds) / _SECONDS_PER_DAY)

    def _merge(self, reference: str) -> None:
        first, _, last = reference.partition(":")
        if len(self.merges) == _MAX_MERGES:
            raise self._too_large(f"more than {_MAX_MERGES} merged areas")
        (top, left), (bottom, right) = _position(first), _position(last or first)
        if not (1 <= top <= bottom and 1 <= left <= right):
            raise self._damaged(f"merged area {reference[:40]}")
        self.merges.append(Merge(top, left, bottom, right))

    def _damaged(self, what: str) -> UnreadableError:
        return UnreadableError(Code.FILE_DAMAGED, f"{self._part}: {what}")

    def _too_large(self, what: str) -> UnreadableError:
        return UnreadableError(Code.WORKBOOK_TOO_LARGE, f"{self._part}: {what}")


_DECODERS: dict[str, Callable[[RowsListener, str], Cell | None]] = {
    "n": RowsListener.number,
    "s": RowsListener.shared,
    "str": RowsListener.written,
    "inlineStr": RowsListener.written,
    "b": RowsListener.truth,
    "e": RowsListener.error,
    "d": RowsListener.day,
}
"""By the attribute `t` of a cell (ECMA-376, ST_CellType)."""


def _positive(digits: str) -> int:
    """A whole number as a file writes it, -1 for anything else; bounded, as int() is not."""
    text = digits.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else -1


def _position(address: str) -> tuple[int, int]:
    """(row, column) of `D17`, counted from 1; (0, 0) for what is no address."""
    match = _ADDRESS.fullmatch(address)
    if match is None:
        return 0, 0
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(match[2]), column
