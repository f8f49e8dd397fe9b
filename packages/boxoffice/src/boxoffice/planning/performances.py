"""Performances as they are planned: read, created, changed, deleted and brought back."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, get_args

from sqlalchemy import (
    JSON,
    Connection,
    RowMapping,
    collate,
    func,
    insert,
    literal_column,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from boxoffice.db.summaries import summarise
from boxoffice.db.tables import archived_target, performance
from boxoffice.db.transactions import Actor
from boxoffice.domain.categories import Category
from boxoffice.domain.zone import SEOUL
from boxoffice.planning.drafts import PerformanceDraft, SeatClass
from boxoffice.planning.marketing import orphan_weeks, read_weeks, replace_weeks
from boxoffice.planning.sale_period import SalePeriod, WeekTexts, move_targets, move_weeks
from boxoffice.planning.store import (
    is_laid_out_otherwise,
    replace_seat_classes,
    replace_targets,
)
from boxoffice.planning.targets import read_targets

_SEAT_CLASSES: tuple[str, ...] = get_args(SeatClass)


class PerformanceExists(Exception):  # noqa: N818 - what happened, not a kind of error
    """There is a performance of that code, perhaps a deleted one."""


class TitleTaken(Exception):  # noqa: N818
    """Another running performance has that title."""


class CategoryFixed(Exception):  # noqa: N818
    """There are uploads that are laid out for the category it has."""


@dataclass(frozen=True, slots=True)
class StoredPerformance:
    """A performance and the values of its fields, named as in `PerformanceDraft`."""

    id: int
    values: Mapping[str, Any]

    @property
    def code(self) -> str:
        """Its code."""
        return self.values["code"]

    @property
    def sale_period(self) -> SalePeriod | None:
        """When it is sold; None as long as either end is open."""
        first: date | None = self.values["sale_start_date"]
        last: date | None = self.values["sale_end_date"]
        return None if first is None or last is None else SalePeriod(first, last)


@dataclass(frozen=True, slots=True)
class CutOff:
    """What a moved sale took out of the plans."""

    targets: Mapping[date, int]
    """Archived."""
    weeks: Mapping[date, WeekTexts]
    """Kept apart, by Monday, until somebody says that they may go."""


_FIELDS = [name for name in PerformanceDraft.model_fields if name != "seat_classes"]
# All of them in the one statement: a list of many performances is one question, too.
_SEATS = (
    "(SELECT coalesce(json_object_agg(seat_class, seats_per_show), '{}')"
    " FROM seat_class WHERE performance_id = performance.id)"
)
_SELECT = select(
    performance.c.id,
    *(performance.c[name] for name in _FIELDS),
    literal_column(_SEATS, JSON).label("seat_classes"),
).where(performance.c.deleted_at.is_(None))
_IN_ORDER = collate(performance.c.code, "C")


def find_performance(
    connection: Connection, code: str, *, to_change: bool = False
) -> StoredPerformance | None:
    """The performance of a code, if the acting user may see it.

    `to_change` keeps others from changing it until the transaction ends.
    """
    statement = _SELECT.where(performance.c.code == code)
    if to_change:
        statement = statement.with_for_update(of=performance)
    row = connection.execute(statement).mappings().one_or_none()
    return None if row is None else _stored(row)


def list_performances(
    connection: Connection,
    *,
    category: Category | None = None,
    is_active: bool | None = None,
    after: str | None = None,
    limit: int,
) -> list[StoredPerformance]:
    """Performances by code, from behind the code `after` on."""
    statement = _SELECT.order_by(_IN_ORDER).limit(limit)
    if category is not None:
        statement = statement.where(performance.c.category == category.value)
    if is_active is not None:
        statement = statement.where(performance.c.is_active == is_active)
    if after is not None:
        statement = statement.where(after < _IN_ORDER)
    return [_stored(row) for row in connection.execute(statement).mappings()]


def create_performance(connection: Connection, draft: PerformanceDraft) -> None:
    """Store a new performance with empty plans for its days and weeks of sale.

    Raises `PerformanceExists` or `TitleTaken`; the transaction is then of no use any more.
    """
    with _told_apart():
        statement = insert(performance).values(_columns(draft)).returning(performance.c.id)
        performance_id = connection.execute(statement).scalar_one()
    replace_seat_classes(connection, performance_id, draft.seat_classes.items())
    if draft.sale_period is not None:
        replace_targets(connection, performance_id, move_targets(draft.sale_period, {}).targets)
        replace_weeks(connection, performance_id, move_weeks(draft.sale_period, ()).weeks)


def change_performance(
    connection: Connection, actor: Actor, stored: StoredPerformance, draft: PerformanceDraft
) -> CutOff:
    """Make a performance what the draft says; a sale that moves takes its plans along.

    Raises `CategoryFixed`, or `TitleTaken`; the transaction is then of no use any more.
    """
    category: Category = stored.values["category"]
    if is_laid_out_otherwise(connection, stored.id, category, draft.category):
        raise CategoryFixed
    with _told_apart():
        connection.execute(
            update(performance).where(performance.c.id == stored.id).values(_columns(draft))
        )
    if draft.category is not category:
        summarise(connection, [stored.id])
    replace_seat_classes(connection, stored.id, draft.seat_classes.items())
    if draft.sale_period is None or draft.sale_period == stored.sale_period:
        return CutOff({}, {})
    return _move_plans(connection, actor, stored.id, draft.sale_period)


def delete_performance(connection: Connection, stored: StoredPerformance) -> None:
    """Take it away from everywhere; nothing below it is lost."""
    statement = update(performance).where(performance.c.id == stored.id)
    connection.execute(statement.values(deleted_at=func.now()))


def restore_performance(connection: Connection, code: str) -> bool:
    """Bring a deleted performance back; False where there is none of that code.

    Raises `TitleTaken`; the transaction is then of no use any more.
    """
    statement = (
        update(performance)
        .where(performance.c.code == code, performance.c.deleted_at.is_not(None))
        .values(deleted_at=None)
        .returning(performance.c.id)
    )
    with _told_apart():
        restored = connection.execute(statement).scalars().all()
    summarise(connection, restored)
    return bool(restored)


def _move_plans(
    connection: Connection, actor: Actor, performance_id: int, period: SalePeriod
) -> CutOff:
    targets = move_targets(period, read_targets(connection, performance_id))
    replace_targets(connection, performance_id, targets.targets)
    archived: list[dict[str, Any]] = [
        {
            "performance_id": performance_id,
            "target_date": day,
            "target_amount": amount,
            "archived_by": actor.name,
        }
        for day, amount in targets.cut_off.items()
    ]
    if archived:
        connection.execute(insert(archived_target), archived)
    weeks = move_weeks(period, read_weeks(connection, performance_id).items())
    replace_weeks(connection, performance_id, weeks.weeks)
    orphan_weeks(connection, performance_id, weeks.orphaned)
    return CutOff(targets.cut_off, weeks.orphaned)


def _columns(draft: PerformanceDraft) -> dict[str, Any]:
    return draft.model_dump(exclude={"seat_classes"})


def _stored(row: RowMapping) -> StoredPerformance:
    values = dict[str, Any](row)
    seats = values["seat_classes"]
    values["category"] = Category(values["category"])
    concert_at: datetime | None = values["concert_at"]
    values["concert_at"] = concert_at and concert_at.astimezone(SEOUL)
    values["seat_classes"] = {name: seats[name] for name in _SEAT_CLASSES if name in seats}
    return StoredPerformance(values.pop("id"), values)


@contextmanager
def _told_apart() -> Generator[None]:
    """Says which of the two promises a write would break."""
    try:
        yield
    except IntegrityError as error:
        match getattr(getattr(error.orig, "diag", None), "constraint_name", None):
            case "performance_code_key":
                raise PerformanceExists from error
            case "performance_active_title_key":
                raise TitleTaken from error
            case _:
                raise
