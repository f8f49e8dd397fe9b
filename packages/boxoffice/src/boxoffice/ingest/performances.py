"""Which performance an upload belongs to: the code in the file name names it.

A title or code sent beside the file can only contradict the name; it never replaces it.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, or_, select

from boxoffice.db.tables import performance, seat_class
from boxoffice.domain.categories import Category
from boxoffice.workbook import Code, Finding
from boxoffice.workbook.findings import quoted


@dataclass(frozen=True, slots=True)
class Performance:
    """What an upload needs to know of a performance."""

    id: int
    code: str
    title: str
    category: Category
    seats_per_show: int | None
    quarantines: bool
    """Suspicious uploads wait until somebody releases them."""


def find_performances(connection: Connection, code: str, title: str | None) -> list[Performance]:
    """All performances that the code or the title could mean."""
    concert_seats = (
        select(func.sum(seat_class.c.seats_per_show))
        .where(seat_class.c.performance_id == performance.c.id)
        .where(performance.c.category == Category.CONCERT)
        .scalar_subquery()
    )
    statement = (
        select(
            performance.c.id,
            performance.c.code,
            performance.c.title,
            performance.c.category,
            performance.c.seats_per_show,
            performance.c.quarantine_uploads,
            concert_seats.label("concert_seats"),
        )
        .where(or_(performance.c.code == code, performance.c.title == title))
        .where(performance.c.deleted_at.is_(None))
    )
    return [
        Performance(
            id=row.id,
            code=row.code,
            title=row.title,
            category=Category(row.category),
            # A sum of bigint is an exact decimal to the driver.
            seats_per_show=int(row.concert_seats or 0) or row.seats_per_show,
            quarantines=row.quarantine_uploads,
        )
        for row in connection.execute(statement)
    ]


def choose(
    candidates: Sequence[Performance], *, code: str, live_id: str | None, title: str | None
) -> Performance | Finding:
    """The performance of the code in the file name, unless the form contradicts it."""
    if live_id is not None and live_id != code:
        return _mismatch(code, live_id)
    named = [candidate for candidate in candidates if candidate.code == code]
    if title is not None:
        titled = [candidate for candidate in candidates if candidate.title == title]
        if not titled:
            return Finding(Code.PERFORMANCE_UNKNOWN, value=quoted(title))
        if not any(candidate in named for candidate in titled):
            return _mismatch(code, titled[0].code)
    return named[0] if named else Finding(Code.PERFORMANCE_UNKNOWN, value=code)


def plain_title(sent: str | None) -> str | None:
    """A title as it is compared: NFC, trimmed; nothing sent and blank are the same."""
    return unicodedata.normalize("NFC", sent or "").strip() or None


def _mismatch(code: str, expected: str) -> Finding:
    return Finding(Code.CODE_MISMATCH, value=code, parameters={"expected": quoted(expected)})
