"""Writing plans: what is stored afterwards is what was given, however often it is given."""

from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from boxoffice.db.tables import daily_target, marketing_week, month_note, performance
from boxoffice.planning.season import MonthNote, Performance, Season

_SEOUL = ZoneInfo("Asia/Seoul")
_PLANS = frozenset({"targets", "marketing"})


_TITLE_TAKEN = "performance_active_title_key"


class PlanRefused(Exception):  # noqa: N818 - what happened, not a kind of error
    """A plan contradicts what is stored; the text is meant for people."""


def store_plan(connection: Connection, season: Season) -> None:
    """Create or update the season's performances, replace their plans, and set month notes.

    Raises `PlanRefused`; the transaction is then of no use any more.
    """
    for entry in season.performances:
        performance_id = _store_performance(connection, entry)
        _replace_targets(connection, performance_id, entry)
        _replace_marketing(connection, performance_id, entry)
    for note in season.month_notes:
        _store_note(connection, note)


def _store_performance(connection: Connection, entry: Performance) -> int:
    values = entry.model_dump(exclude=set(_PLANS))
    if entry.concert_at is not None:
        values["concert_at"] = entry.concert_at.replace(tzinfo=_SEOUL)
    statement = (
        insert(performance)
        .values(values)
        .on_conflict_do_update(index_elements=["code"], set_=values)
        .returning(performance.c.id)
    )
    try:
        return connection.execute(statement).scalar_one()
    except IntegrityError as error:
        if _TITLE_TAKEN in str(error.orig):
            raise PlanRefused(
                f'cannot store performance "{entry.code}": another active one is called '
                f'"{entry.title}"'
            ) from error
        raise


def _replace_targets(connection: Connection, performance_id: int, entry: Performance) -> None:
    connection.execute(delete(daily_target).where(daily_target.c.performance_id == performance_id))
    rows: list[dict[str, Any]] = [
        {"performance_id": performance_id, "target_date": day, "target_amount": amount}
        for day, amount in entry.targets.items()
    ]
    if rows:
        connection.execute(insert(daily_target), rows)


def _replace_marketing(connection: Connection, performance_id: int, entry: Performance) -> None:
    connection.execute(
        delete(marketing_week).where(marketing_week.c.performance_id == performance_id)
    )
    rows: list[dict[str, Any]] = [
        {
            "performance_id": performance_id,
            "week_number": week.number,
            "week_start_date": week.start,
            "week_end_date": week.end,
            **texts.model_dump(),
        }
        for week, texts in entry.marketing_weeks()
    ]
    if rows:
        connection.execute(insert(marketing_week), rows)


def _store_note(connection: Connection, note: MonthNote) -> None:
    values = note.model_dump()
    connection.execute(
        insert(month_note)
        .values(values)
        .on_conflict_do_update(index_elements=["year", "month"], set_={"note": note.note})
    )
