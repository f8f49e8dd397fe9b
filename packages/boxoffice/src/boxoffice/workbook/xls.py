"""Reader of .xls (BIFF), by calamine, for the reading process only (`program`).

On damaged bytes calamine panics, and asks for gigabytes where a column number is wrong, which ends
the process it runs in. See docs/decisions/0011.

calamine delivers an error cell and a formula without result as blank, so that neither can be told
from a blank here; a blank where a figure is required still refuses the file. It also hides the
number formats: a share over 1.5 is always taken as per cent.
"""

import io
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from boxoffice.workbook.cells import Cell, Merge, Number, Sheet, Truth, text_cell
from boxoffice.workbook.findings import Code
from boxoffice.workbook.limits import Limits
from boxoffice.workbook.refusal import UnreadableError

_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - a serial has no zone
_DAY = timedelta(days=1)

Value = float | str | bool | time | date | datetime | timedelta


class XlsBook:
    """An open .xls: names of its sheets in order, each read when it is asked for."""

    def __init__(self, book: CalamineWorkbook, limits: Limits) -> None:
        self._book = book
        self._limits = limits

    @property
    def sheet_names(self) -> Sequence[str]:
        """Names as stored, hidden sheets included."""
        return self._book.sheet_names

    def sheet(self, index: int) -> Sheet:
        """Read one sheet, counted from 0; `UnreadableError` when it is too large."""
        name = self._book.sheet_names[index]
        sheet = self._book.get_sheet_by_index(index)
        cells = self._limits.cells
        # calamine builds the whole rectangle, so it is the rectangle that counts.
        if sheet.total_height * sheet.total_width > cells:
            raise UnreadableError(Code.WORKBOOK_TOO_LARGE, f"{name}: more than {cells} cells")
        rows: dict[int, dict[int, Cell]] = {}
        for row, values in enumerate(sheet.to_python(skip_empty_area=False), start=1):
            for column, value in enumerate(values, start=1):
                if (cell := _cell(value)) is not None:
                    rows.setdefault(row, {})[column] = cell
        merges = tuple(
            Merge(top + 1, left + 1, bottom + 1, right + 1)
            for (top, left), (bottom, right) in sheet.merged_cell_ranges or []
        )
        return Sheet(name, rows, merges)


def open_xls(content: bytes, limits: Limits) -> XlsBook:
    """Open an .xls; `UnreadableError` says why it cannot be, if calamine lives to tell."""
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    except PasswordError as error:
        raise UnreadableError(Code.NOT_A_WORKBOOK, "protected by a password") from error
    except CalamineError as error:
        raise UnreadableError(Code.FILE_DAMAGED, str(error)) from error
    return XlsBook(book, limits)


def _cell(value: Value) -> Cell | None:
    if isinstance(value, bool):
        return Truth(value)
    if isinstance(value, str):
        return text_cell(value)
    serial = _serial(value)
    if not serial.is_finite():
        raise UnreadableError(Code.FILE_DAMAGED, f"the number {serial}")
    return Number(serial)


def _serial(value: float | time | date | datetime | timedelta) -> Decimal:
    """A number as it is; a date or time as the serial it is stored as."""
    match value:
        case int() | float():
            return Decimal(repr(value))
        case datetime():
            return _days(value - _EPOCH)
        case date():
            return Decimal((value - _EPOCH.date()).days)
        case time():
            return _days(datetime.combine(_EPOCH, value) - _EPOCH)
        case timedelta():
            return _days(value)


def _days(length: timedelta) -> Decimal:
    microsecond = timedelta(microseconds=1)
    return Decimal(length // microsecond) / Decimal(_DAY // microsecond)
