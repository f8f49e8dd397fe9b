"""Reader of .xls (BIFF), by calamine.

calamine delivers an error cell and a formula without result as blank, so that neither can be told
from a blank here; a blank where a figure is required still refuses the file. It also hides the
number formats: a share over 1.5 is always taken as per cent.
"""

import io
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError

from boxoffice.workbook.cells import Cell, Merge, Number, Sheet, Truth, text_cell
from boxoffice.workbook.findings import Code
from boxoffice.workbook.limits import Limits
from boxoffice.workbook.refusal import UnreadableError

_EPOCH = date(1899, 12, 30)
_DAY = timedelta(days=1)


class XlsBook:
    """An open .xls workbook: names of its sheets in order, each read when it is asked for."""

    def __init__(self, content: bytes, limits: Limits) -> None:
        self._limits = limits
        try:
            self._book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        except PasswordError as error:
            raise UnreadableError(Code.NOT_A_WORKBOOK, "protected by a password") from error
        except (CalamineError, OSError, ValueError) as error:
            raise UnreadableError(Code.FILE_DAMAGED, str(error)) from error
        except BaseException as error:
            raise _panic(error) from error

    @property
    def sheet_names(self) -> tuple[str, ...]:
        """Names as stored, hidden sheets included."""
        return tuple(self._book.sheet_names)

    def sheet(self, index: int) -> Sheet:
        """Read one sheet, counted from 0; `UnreadableError` when it is damaged or too large."""
        name = self.sheet_names[index]
        try:
            source = self._book.get_sheet_by_index(index)
            _check_size(source, self._limits)
            table = source.to_python(skip_empty_area=False)
            merges = source.merged_cell_ranges or []
        except (CalamineError, OSError, ValueError) as error:
            raise UnreadableError(Code.FILE_DAMAGED, f"{name}: {error}") from error
        except UnreadableError:
            raise
        except BaseException as error:
            raise _panic(error) from error
        rows: dict[int, dict[int, Cell]] = {}
        for number, values in enumerate(table, start=1):
            cells = {i: c for i, v in enumerate(values, start=1) if (c := _cell(v)) is not None}
            if cells:
                rows[number] = cells
        areas = tuple(Merge(a[0] + 1, a[1] + 1, b[0] + 1, b[1] + 1) for a, b in merges)
        return Sheet(name, rows, areas)


def _check_size(sheet: CalamineSheet, limits: Limits) -> None:
    if sheet.total_height * sheet.total_width > limits.cells:
        size = f"{sheet.name}: {sheet.total_height} rows x {sheet.total_width} columns"
        raise UnreadableError(Code.WORKBOOK_TOO_LARGE, size)


def _panic(error: BaseException) -> BaseException:
    """A panic in calamine on damaged bytes becomes a refusal; anything else stays what it is.

    Its class stands below BaseException and cannot be imported, so it is known by name only.
    """
    if type(error).__name__ == "PanicException":
        return UnreadableError(Code.FILE_DAMAGED, str(error))
    return error


def _cell(value: float | str | bool | time | date | datetime | timedelta) -> Cell | None:
    match value:
        case bool():
            return Truth(value)
        case str():
            return text_cell(value)
        case int() | float():
            return Number(Decimal(repr(value)))
        case datetime():
            return Number(_days(value - datetime.combine(_EPOCH, time.min)))
        case date():
            return Number(Decimal((value - _EPOCH).days))
        case time():
            return Number(
                _days(datetime.combine(_EPOCH, value) - datetime.combine(_EPOCH, time.min))
            )
        case timedelta():
            return Number(_days(value))


def _days(length: timedelta) -> Decimal:
    return Decimal(length // timedelta(microseconds=1)) / Decimal(_DAY // timedelta(microseconds=1))
