"""Notes on months, and the calendar of notes on days of performances."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from boxoffice.http import conditions, schemas
from boxoffice.http.context import ReadingOf
from boxoffice.http.cursors import CursorOf, LimitOf, decode_cursor, encode_cursor
from boxoffice.http.errors import RequestError
from boxoffice.http.openapi import problems
from boxoffice.http.writing import PlanningOf, the_performance
from boxoffice.metrics.words import Unit
from boxoffice.planning.drafts import CalendarNoteDraft, MonthNoteDraft
from boxoffice.planning.fields import FIRST_DAY, LAST_DAY, Code, Day
from boxoffice.planning.notes import (
    CalendarNote,
    drop_calendar_note,
    list_calendar_notes,
    read_month_notes,
    set_calendar_note,
    set_month_note,
)

router = APIRouter(prefix="/api/v1", tags=["notes"])

Year = Annotated[int, Path(ge=FIRST_DAY.year, le=LAST_DAY.year)]
Month = Annotated[int, Path(ge=1, le=12)]

_CURSOR = "calendar-notes"


@router.get(
    "/month-notes/{year}", responses={200: {"model": schemas.MonthNotes}, **conditions.NOT_MODIFIED}
)
def month_notes(
    year: Year, reading: ReadingOf, if_none_match: conditions.IfNoneMatch = None
) -> Response:
    """The notes on the twelve months of a year."""
    with reading() as connection:
        notes = read_month_notes(connection, year)
    items = [_month(year, month, note) for month, note in notes.items()]
    return conditions.tagged(if_none_match, {"year": year, "items": items, "nextCursor": None})


@router.get(
    "/month-notes/{year}/{month}",
    responses={200: {"model": schemas.MonthNote}, **conditions.NOT_MODIFIED},
)
def month_note(
    year: Year, month: Month, reading: ReadingOf, if_none_match: conditions.IfNoneMatch = None
) -> Response:
    """The note on a month."""
    with reading() as connection:
        note = read_month_notes(connection, year)[month]
    return conditions.tagged(if_none_match, _month(year, month, note))


@router.put(
    "/month-notes/{year}/{month}",
    responses={200: {"model": schemas.MonthNote}, **problems(**conditions.CHANGED_MEANWHILE)},
)
def put_month_note(
    year: Year,
    month: Month,
    body: MonthNoteDraft,
    writing: PlanningOf,
    if_match: conditions.IfMatch = None,
) -> Response:
    """Write the note on a month; null takes it away."""
    with writing() as connection:
        before = read_month_notes(connection, year)[month]
        conditions.demand_unchanged(if_match, _month(year, month, before))
        set_month_note(connection, year, month, body.note)
    return conditions.tagged(None, _month(year, month, body.note))


@router.get(
    "/calendar-notes",
    responses={
        200: {"model": schemas.CalendarNotes},
        **conditions.NOT_MODIFIED,
        **problems(cursor_invalid=422),
    },
)
def calendar_notes(
    reading: ReadingOf,
    code: Annotated[list[Code] | None, Query(max_length=100)] = None,
    first_day: Annotated[Day | None, Query(alias="from")] = None,
    last_day: Annotated[Day | None, Query(alias="to")] = None,
    limit: LimitOf = 100,
    cursor: CursorOf = None,
    if_none_match: conditions.IfNoneMatch = None,
) -> Response:
    """Notes on days, by day and code."""
    after = None if cursor is None else _after(cursor)
    with reading() as connection:
        found = list_calendar_notes(
            connection,
            codes=tuple(code or ()),
            first=first_day,
            last=last_day,
            after=after,
            limit=limit + 1,
        )
    page = found[:limit]
    following = None
    if len(found) > limit:
        following = encode_cursor(_CURSOR, [page[-1].day, page[-1].code])
    return conditions.tagged(
        if_none_match, {"items": [_note(note) for note in page], "nextCursor": following}
    )


@router.put(
    "/performances/{code}/calendar-notes/{day}",
    responses={200: {"model": schemas.CalendarNote}, **problems(performance_unknown=404)},
)
def put_calendar_note(
    code: Code, day: Day, body: CalendarNoteDraft, writing: PlanningOf
) -> Response:
    """Write the notes on a day of a performance, in place of what stood there."""
    with writing() as connection:
        stored = the_performance(connection, code)
        set_calendar_note(connection, stored.id, day, body)
        title: str = stored.values["title"]
    note = CalendarNote(day, code, title, body.note_sales, body.note_marketing, body.note_others)
    return conditions.tagged(None, _note(note))


@router.delete(
    "/performances/{code}/calendar-notes/{day}",
    status_code=204,
    responses=problems(performance_unknown=404, note_unknown=404),
)
def delete_calendar_note(code: Code, day: Day, writing: PlanningOf) -> Response:
    """Take the notes off a day."""
    with writing() as connection:
        stored = the_performance(connection, code)
        if not drop_calendar_note(connection, stored.id, day):
            raise RequestError(404, "note_unknown", day=str(day), performance=code)
    return Response(status_code=204)


def _after(cursor: str) -> tuple[date, str]:
    match decode_cursor(_CURSOR, cursor, [Unit.DATE, Unit.TEXT]):
        case [date() as day, str() as code]:
            return day, code
        case _:
            raise RequestError(422, "cursor_invalid")


def _month(year: int, month: int, note: str | None) -> Mapping[str, object]:
    return {"year": year, "month": month, "note": note}


def _note(note: CalendarNote) -> Mapping[str, object]:
    return {
        "date": note.day,
        "code": note.code,
        "title": note.title,
        "noteSales": note.note_sales,
        "noteMarketing": note.note_marketing,
        "noteOthers": note.note_others,
    }
