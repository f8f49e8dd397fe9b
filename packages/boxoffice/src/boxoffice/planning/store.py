"""Writing plans: what is stored afterwards is what was given, however often it is given."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, delete, exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from boxoffice.db.summaries import summarise
from boxoffice.db.tables import daily_target, month_note, performance, seat_class, snapshot
from boxoffice.domain.categories import Category
from boxoffice.domain.zone import SEOUL
from boxoffice.planning.marketing import replace_weeks
from boxoffice.planning.sale_period import WeekTexts
from boxoffice.planning.season import SEAT_FIELDS, MonthNote, Performance, Season

_PLANS = frozenset({"targets", "marketing", *SEAT_FIELDS.values()})


_TITLE_TAKEN = "performance_active_title_key"


class PlanRefused(Exception):  # noqa: N818 - what happened, not a kind of error
    """A plan contradicts what is stored; the text is meant for people."""


def store_plan(connection: Connection, season: Season) -> None:
    """Create or update the season's performances, replace their plans, and set month notes.

    Raises `PlanRefused`; the transaction is then of no use any more.
    """
    for entry in season.performances:
        _demand_same_layout(connection, entry)
        performance_id = _store_performance(connection, entry)
        replace_seat_classes(connection, performance_id, entry.seat_classes().items())
        replace_targets(connection, performance_id, entry.targets)
        weeks = {week: WeekTexts(**texts.model_dump()) for week, texts in entry.marketing_weeks()}
        replace_weeks(connection, performance_id, weeks)
    for note in season.month_notes:
        _store_note(connection, note)


def is_laid_out_otherwise(
    connection: Connection, performance_id: int, before: Category, after: Category
) -> bool:
    """Whether a change of category leaves uploads behind that no figure would read any more.

    Concerts have workbooks and tables of their own; plays and musicals share theirs.
    """
    if before.is_concert is after.is_concert:
        return False
    uploads = exists().where(snapshot.c.performance_id == performance_id)
    return connection.execute(select(uploads)).scalar_one()


def _demand_same_layout(connection: Connection, entry: Performance) -> None:
    statement = select(performance.c.id, performance.c.category)
    stored = connection.execute(
        statement.where(performance.c.code == entry.code).with_for_update()
    ).one_or_none()
    if stored is None:
        return
    before = Category(stored.category)
    if is_laid_out_otherwise(connection, stored.id, before, entry.category):
        raise PlanRefused(
            f'cannot make performance "{entry.code}" a {entry.category}: it has uploads that are '
            f"laid out as a {before}'s; give it another code, or purge them first"
        )


def _store_performance(connection: Connection, entry: Performance) -> int:
    values = entry.model_dump(exclude=set(_PLANS))
    if entry.concert_at is not None:
        values["concert_at"] = entry.concert_at.replace(tzinfo=SEOUL)
    # Loading again what was deleted brings it back.
    values["deleted_at"] = None
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


def replace_seat_classes(
    connection: Connection, performance_id: int, seats: Iterable[tuple[str, int]]
) -> None:
    """Make `seats` (of one show, by class) the seat classes of a performance."""
    connection.execute(delete(seat_class).where(seat_class.c.performance_id == performance_id))
    rows: list[dict[str, Any]] = [
        {"performance_id": performance_id, "seat_class": name, "seats_per_show": count}
        for name, count in seats
    ]
    if rows:
        connection.execute(insert(seat_class), rows)


def replace_targets(
    connection: Connection, performance_id: int, targets: Mapping[date, int]
) -> None:
    """Make `targets` (won by day) the targets of a performance; its sums hold them, too."""
    connection.execute(delete(daily_target).where(daily_target.c.performance_id == performance_id))
    rows: list[dict[str, Any]] = [
        {"performance_id": performance_id, "target_date": day, "target_amount": amount}
        for day, amount in targets.items()
    ]
    if rows:
        connection.execute(insert(daily_target), rows)
    summarise(connection, [performance_id])


def _store_note(connection: Connection, note: MonthNote) -> None:
    values = note.model_dump()
    connection.execute(
        insert(month_note)
        .values(values)
        .on_conflict_do_update(index_elements=["year", "month"], set_={"note": note.note})
    )
