"""Reader of .xls (BIFF), by calamine, as a process of its own: `python -m boxoffice.workbook.xls`.

On damaged bytes calamine panics, and asks for gigabytes where a column number is wrong, which ends
the process it runs in. So it never runs in the server: the caller starts this module with the
file on standard input and gets JSON, or an exit status, back. See docs/decisions/0011.

calamine delivers an error cell and a formula without result as blank, so that neither can be told
from a blank here; a blank where a figure is required still refuses the file. It also hides the
number formats: a share over 1.5 is always taken as per cent.
"""

import io
import json
import resource
import sys
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from boxoffice.workbook.columns import normalised
from boxoffice.workbook.findings import Code
from boxoffice.workbook.refusal import UnreadableError
from boxoffice.workbook.xls_delivery import Delivered

MEMORY_BYTES = 1024 * 1024 * 1024
"""Address space of the process; a file that asks for more has a wrong size in it."""

_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - a serial has no zone
_DAY = timedelta(days=1)


def deliver(content: bytes, wanted: Sequence[str], cells: int) -> Delivered:
    """Read the sheets whose normalised name is wanted. Runs in the process of its own only."""
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    except PasswordError as error:
        raise UnreadableError(Code.NOT_A_WORKBOOK, "protected by a password") from error
    except CalamineError as error:
        raise UnreadableError(Code.FILE_DAMAGED, str(error)) from error
    delivered = _empty()
    delivered["names"] = list(book.sheet_names)
    for index, name in enumerate(book.sheet_names):
        if normalised(name) in wanted:
            sheet = book.get_sheet_by_index(index)
            if sheet.total_height * sheet.total_width > cells:
                raise UnreadableError(Code.WORKBOOK_TOO_LARGE, f"{name}: more than {cells} cells")
            _add_sheet(delivered, str(index), sheet.to_python(skip_empty_area=False))
            areas = sheet.merged_cell_ranges or []
            delivered["merges"][str(index)] = [
                (top + 1, left + 1, bottom + 1, right + 1) for (top, left), (bottom, right) in areas
            ]
    return delivered


def _empty() -> Delivered:
    return {"names": [], "numbers": {}, "texts": {}, "truths": {}, "merges": {}, "error": None}


Value = float | str | bool | time | date | datetime | timedelta


def _add_sheet(delivered: Delivered, key: str, table: Sequence[Sequence[Value]]) -> None:
    numbers = delivered["numbers"][key] = []
    texts = delivered["texts"][key] = []
    truths = delivered["truths"][key] = []
    for row, values in enumerate(table, start=1):
        for column, value in enumerate(values, start=1):
            if isinstance(value, bool):
                truths.append((row, column, value))
            elif isinstance(value, str):
                if value.strip():
                    texts.append((row, column, value))
            else:
                numbers.append((row, column, str(_serial(value))))


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


def main(arguments: Sequence[str]) -> int:
    """`<seconds> <cells> <sheet>...`: an .xls on standard input, `Delivered` on standard output."""
    seconds, cells, *wanted = arguments
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds)))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        delivered = deliver(sys.stdin.buffer.read(), wanted, int(cells))
    except UnreadableError as error:
        delivered = _empty()
        delivered["error"] = (error.finding.code.value, error.finding.value)
    json.dump(delivered, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
