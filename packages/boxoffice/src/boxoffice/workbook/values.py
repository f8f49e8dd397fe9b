"""One cell -> one value, or the code of what is wrong with it.

Dates are days and times are times of day: neither ever goes through an instant, so no time zone
can move them. Numbers stay decimal.
"""

import re
import unicodedata
from datetime import date, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from boxoffice.workbook.cells import Cell, ErrorValue, Number, Text, Unresolved
from boxoffice.workbook.findings import Code

MAX_INTEGER = 2**63 - 1

_FIRST_SERIAL, _LAST_SERIAL = 36_526, 73_050  # 2000-01-01 and 2099-12-31
_DAY_ZERO = date(1899, 12, 30)
_MINUTES_PER_DAY = 24 * 60
_SHARE_STEP = Decimal("0.0001")
_NOISE = Decimal("0.000001")
_MAX_FRACTION, _MAX_PERCENT = Decimal("1.5"), Decimal(150)
_PLAIN = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?")
_DAY = re.compile(r"(\d{4})([-./])(\d{2})\2(\d{2})|(\d{4})(\d{2})(\d{2})")
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")


class Share(NamedTuple):
    """A share of the seats, in per cent."""

    percent: Decimal
    taken_as_percent: bool
    """The cell holds 85 and is not formatted in per cent; 0.85 would be the usual content."""


def whole(cell: Cell) -> int | Code:
    """An amount or a count."""
    if isinstance(cell, ErrorValue | Unresolved):
        return unusable(cell)
    number = _decimal(cell)
    if number is None:
        return Code.NUMBER_INVALID
    nearest = number.to_integral_value()
    if abs(nearest) > MAX_INTEGER:
        return Code.NUMBER_INVALID
    return int(nearest) if abs(number - nearest) <= _NOISE else Code.NUMBER_FRACTIONAL


def share(cell: Cell) -> Share | Code:
    """A share: a fraction (0.585), a fraction shown in per cent, `58.5%`, or a bare 58.5."""
    if isinstance(cell, ErrorValue | Unresolved):
        return unusable(cell)
    written_in_percent = isinstance(cell, Text) and _plain_text(cell).endswith("%")
    number = _decimal(cell)
    if number is None:
        return Code.SHARE_INVALID
    shown_in_percent = isinstance(cell, Number) and cell.is_percent
    bare = not shown_in_percent and not written_in_percent and number > _MAX_FRACTION
    percent = number if bare or written_in_percent else number * 100
    if not 0 <= percent <= _MAX_PERCENT:
        return Code.SHARE_INVALID
    return Share(rounded_share(percent), taken_as_percent=bare)


def rounded_share(percent: Decimal) -> Decimal:
    """Shares are kept in per cent with 4 decimals, half away from zero."""
    return percent.quantize(_SHARE_STEP, ROUND_HALF_UP)


def day(cell: Cell, serial_offset: int) -> date | Code:
    """A day of the years 2000 to 2099, from a serial or a text."""
    if isinstance(cell, ErrorValue | Unresolved):
        return unusable(cell)
    if isinstance(cell, Text):
        return _written_day(_plain_text(cell))
    if not isinstance(cell, Number):
        return Code.DATE_INVALID
    serial = cell.value + serial_offset
    if not _FIRST_SERIAL <= serial < _LAST_SERIAL + 1:
        return Code.DATE_INVALID
    return _DAY_ZERO + timedelta(days=int(serial))


def time_of_day(cell: Cell) -> time | Code:
    """A time of day to the minute: the fraction of a serial, or a text such as 19:30."""
    if isinstance(cell, ErrorValue | Unresolved):
        return unusable(cell)
    if isinstance(cell, Text):
        return _written_time(_plain_text(cell))
    if not isinstance(cell, Number) or cell.value < 0:
        return Code.TIME_INVALID
    return _clock(cell.value % 1 * _MINUTES_PER_DAY)


def unusable(cell: ErrorValue | Unresolved) -> Code:
    """What is wrong with a cell that holds no value of any kind."""
    return Code.ERROR_CELL if isinstance(cell, ErrorValue) else Code.FORMULA_WITHOUT_VALUE


def is_zero(cell: Cell) -> bool:
    """The cell reads as the number 0."""
    return _decimal(cell) == 0


def is_number(cell: Cell) -> bool:
    """The cell reads as a number, whatever its column asks for."""
    return _decimal(cell) is not None


def _plain_text(cell: Text) -> str:
    """Full-width characters made plain (NFKC), surrounding blanks away."""
    return unicodedata.normalize("NFKC", cell.value).strip()


def _decimal(cell: Cell) -> Decimal | None:
    """The number a cell is or spells: `1,234`, ` 12 `, `60,000원`, full-width digits, `85%`."""
    if isinstance(cell, Number):
        return cell.value
    if not isinstance(cell, Text) or len(cell.value) > 64:
        return None
    bare = "".join(_plain_text(cell).split()).removesuffix("원").removesuffix("%")
    match = _PLAIN.fullmatch(bare)
    return Decimal(bare.replace(",", "")) if match else None


def _written_day(text: str) -> date | Code:
    match = _DAY.fullmatch(text)
    if match is None or not text.isascii():
        return Code.DATE_INVALID
    year, month, number = (int(part) for part in match.groups() if part and part.isdigit())
    try:
        found = date(year, month, number)
    except ValueError:
        return Code.DATE_INVALID
    return found if 2000 <= found.year <= 2099 else Code.DATE_INVALID


def _written_time(text: str) -> time | Code:
    match = _TIME.fullmatch(text)
    if match is None or not text.isascii():
        return Code.TIME_INVALID
    hour, minute, second = (int(part or 0) for part in match.groups())
    if hour > 23 or minute > 59 or second > 59:
        return Code.TIME_INVALID
    return _clock(Decimal(hour * 60 + minute) + Decimal(second) / 60)


def _clock(minutes: Decimal) -> time:
    total = int(minutes.quantize(Decimal(1), ROUND_HALF_UP)) % _MINUTES_PER_DAY
    return time(total // 60, total % 60)
