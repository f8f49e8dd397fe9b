"""Fields that people fill in: what each may hold, in one place for every body and parameter."""

import re
import unicodedata
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from annotated_types import Interval
from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from boxoffice.domain.categories import Category
from boxoffice.domain.zone import SEOUL

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)
"""The days a workbook may have, and so the days there can be figures for."""

MAX_WON = 10**15
MAX_SEATS = 10**6

_LINE_BREAKS = "\n\t"
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def _iso_day(value: object) -> object:
    """`YYYY-MM-DD` only: left to itself, pydantic also takes 1741132800 for a day."""
    if isinstance(value, str) and not _DAY.fullmatch(value):
        raise ValueError("must be a day written YYYY-MM-DD")
    if not isinstance(value, str | date) or isinstance(value, datetime):
        raise ValueError("must be a day written YYYY-MM-DD")  # noqa: TRY004 - pydantic's contract
    return date.fromisoformat(value) if isinstance(value, str) else value


def _written_moment(value: object) -> object:
    if not isinstance(value, str | datetime):
        raise ValueError("must be a moment written YYYY-MM-DDTHH:MM")  # noqa: TRY004 - as above
    return value


def _in_seoul(moment: datetime) -> datetime:
    """A moment without an offset is Seoul's wall clock, like all moments of workbooks."""
    if not FIRST_DAY.year <= moment.year <= LAST_DAY.year:
        raise ValueError(f"must be within {FIRST_DAY.year} and {LAST_DAY.year}")
    if moment.tzinfo is None:
        return moment.replace(tzinfo=SEOUL)
    return moment.astimezone(SEOUL)


def _showable(text: str) -> str:
    for character in text:
        if unicodedata.category(character) in ("Cc", "Cs") and character not in _LINE_BREAKS:
            raise ValueError(f"contains the control character U+{ord(character):04X}")
    return unicodedata.normalize("NFC", text)


def _one_line(text: str) -> str:
    if any(character in text for character in _LINE_BREAKS):
        raise ValueError("must be one line")
    return text


def _category(value: object) -> object:
    """The English word, or the Korean label that people know."""
    labels = {category.label: category for category in Category}
    return labels.get(value, value) if isinstance(value, str) else value


Day = Annotated[date, BeforeValidator(_iso_day), Interval(ge=FIRST_DAY, le=LAST_DAY)]
Moment = Annotated[datetime, BeforeValidator(_written_moment), AfterValidator(_in_seoul)]
Won = Annotated[int, Field(ge=0, le=MAX_WON, strict=True)]
Seats = Annotated[int, Field(ge=0, le=MAX_SEATS, strict=True)]
Minutes = Annotated[int, Field(ge=0, le=10_000, strict=True)]
Flag = Annotated[bool, Field(strict=True)]
PerCent = Annotated[Decimal, Field(ge=0, le=999, decimal_places=1)]
Kind = Annotated[Category, BeforeValidator(_category)]

Note = Annotated[str, StringConstraints(max_length=4000), AfterValidator(_showable)]
"""Several lines."""

Title = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, strip_whitespace=True),
    AfterValidator(_showable),
    AfterValidator(_one_line),
]
"""One line, not blank."""

Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,32}$")]
"""The code of a performance, as the file names of its workbooks carry it."""
