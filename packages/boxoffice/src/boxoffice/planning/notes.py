"""Notes: on months for everybody, on days of a performance for who may see it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, collate, delete, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from boxoffice.db.tables import calendar_note, month_note, performance
from boxoffice.planning.drafts import CalendarNoteDraft


@dataclass(frozen=True, slots=True)
class CalendarNote:
    """What somebody wrote on a day of a performance."""

    day: date
    code: str
    title: str
    note_sales: str | None
    note_marketing: str | None
    note_others: str | None


def read_month_notes(connection: Connection, year: int) -> Mapping[int, str | None]:
    """All twelve months; None where nobody wrote anything. Reading creates nothing."""
    statement = select(month_note.c.month, month_note.c.note).where(month_note.c.year == year)
    there = {row.month: row.note for row in connection.execute(statement)}
    return {month: there.get(month) for month in range(1, 13)}


def set_month_note(connection: Connection, year: int, month: int, note: str | None) -> None:
    """Write the note on a month, in place of what stood there."""
    statement = insert(month_note).values(year=year, month=month, note=note)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["year", "month"], set_={"note": note, "updated_at": func.now()}
        )
    )


def list_calendar_notes(
    connection: Connection,
    *,
    codes: tuple[str, ...] = (),
    first: date | None = None,
    last: date | None = None,
    after: tuple[date, str] | None = None,
    limit: int,
) -> list[CalendarNote]:
    """Notes by day and code, from behind the day and code `after` on."""
    code = collate(performance.c.code, "C")
    statement = (
        select(
            calendar_note.c.note_date,
            performance.c.code,
            performance.c.title,
            calendar_note.c.note_sales,
            calendar_note.c.note_marketing,
            calendar_note.c.note_others,
        )
        .join(performance, performance.c.id == calendar_note.c.performance_id)
        .where(performance.c.deleted_at.is_(None))
        .order_by(calendar_note.c.note_date, code)
        .limit(limit)
    )
    if codes:
        statement = statement.where(performance.c.code.in_(codes))
    if first is not None:
        statement = statement.where(calendar_note.c.note_date >= first)
    if last is not None:
        statement = statement.where(calendar_note.c.note_date <= last)
    if after is not None:
        statement = statement.where(tuple_(calendar_note.c.note_date, code) > tuple_(*after))
    return [CalendarNote(*row) for row in connection.execute(statement)]


def set_calendar_note(
    connection: Connection, performance_id: int, day: date, draft: CalendarNoteDraft
) -> None:
    """Write the notes on a day, in place of what stood there."""
    key = {"performance_id": performance_id, "note_date": day}
    notes = draft.model_dump()
    statement = insert(calendar_note).values({**key, **notes})
    connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=notes))


def drop_calendar_note(connection: Connection, performance_id: int, day: date) -> bool:
    """Take the notes off a day; False where there are none."""
    statement = delete(calendar_note).where(
        calendar_note.c.performance_id == performance_id, calendar_note.c.note_date == day
    )
    return connection.execute(statement).rowcount == 1
