"""Figures and days as people read them, in Korean and English. Pure."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from boxoffice.http.language import Language

NOTHING = "–"
"""Shown where there is no figure, which is not 0."""

_WEEKDAYS_KO = "월화수목금토일"


def won(amount: int, language: Language) -> str:
    """The whole amount."""
    return f"{amount:,}원" if language == "ko" else f"₩{amount:,}"


def short_won(amount: int, language: Language) -> str:
    """The amount in the unit people speak in, for headlines and axes; three digits."""
    units = _SHORT_KO if language == "ko" else _SHORT_EN
    for size, text in units:
        if abs(amount) >= size:
            scaled = Decimal(amount) / size
            return text.format(_three_digits(scaled))
    return won(amount, language)


_SHORT_KO = ((100_000_000, "{}억 원"), (10_000, "{}만 원"))
_SHORT_EN = ((1_000_000_000, "₩{}bn"), (1_000_000, "₩{}m"), (1_000, "₩{}k"))


def percent(ratio: Decimal | None) -> str:
    """A ratio (1 = all) in per cent with one decimal."""
    return NOTHING if ratio is None else f"{_rounded(ratio * 100, 1)}%"


def per_cent(share: Decimal | None) -> str:
    """A share that is in per cent already."""
    return NOTHING if share is None else f"{_rounded(share, 1)}%"


def day(value: date, language: Language) -> str:
    """A day with its weekday."""
    if language == "ko":
        return f"{value.year}. {value.month}. {value.day}. ({_WEEKDAYS_KO[value.weekday()]})"
    return f"{value:%a} {value.day} {value:%b} {value.year}"


def month(value: date, language: Language) -> str:
    """A month on an axis; January tells the year."""
    if language == "ko":
        return f"{value.year}년" if value.month == 1 else f"{value.month}월"
    return f"{value.year}" if value.month == 1 else f"{value:%b}"


def _three_digits(value: Decimal) -> str:
    places = max(0, 2 - value.adjusted())
    text = f"{_rounded(value, places):,}"
    return text.rstrip("0").rstrip(".") if places else text


def _rounded(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
