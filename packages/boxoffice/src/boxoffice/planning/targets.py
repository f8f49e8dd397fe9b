"""Daily targets: what is planned, what a change would do, and the sum of both."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select

from boxoffice.db.tables import daily_target
from boxoffice.domain.weeks import monday
from boxoffice.metrics.catalogue import find
from boxoffice.metrics.readers import Selection, read_metric
from boxoffice.planning.drafts import ByWeekday, Even, Like, Shape, SpreadDraft
from boxoffice.planning.sale_period import SalePeriod
from boxoffice.planning.spread import (
    NothingToSpreadOver,
    Weights,
    by_weekday,
    days,
    even,
    like,
    spread,
)

Targets = Mapping[date, int]
"""Won by day; no target is not a target of 0."""

_DAILY_SALES = ("play_daily_running_totals", "concert_daily")


@dataclass(frozen=True, slots=True)
class TargetChange:
    """What becomes of the target of one day; None is no target."""

    day: date
    before: int | None
    after: int | None


def read_targets(connection: Connection, performance_id: int) -> dict[date, int]:
    """The targets of a performance, by day."""
    statement = (
        select(daily_target.c.target_date, daily_target.c.target_amount)
        .where(daily_target.c.performance_id == performance_id)
        .order_by(daily_target.c.target_date)
    )
    return {row.target_date: row.target_amount for row in connection.execute(statement)}


def changes(before: Targets, after: Targets) -> list[TargetChange]:
    """The days whose targets differ, in order."""
    return [
        TargetChange(day, before.get(day), after.get(day))
        for day in sorted(before.keys() | after.keys())
        if before.get(day) != after.get(day)
    ]


def sums_by_week(targets: Targets) -> Mapping[date, int]:
    """Sums by Monday."""
    sums: dict[date, int] = {}
    for day in sorted(targets):
        sums[monday(day)] = sums.get(monday(day), 0) + targets[day]
    return sums


def sums_by_month(targets: Targets) -> Mapping[str, int]:
    """Sums by month, `YYYY-MM`."""
    sums: dict[str, int] = {}
    for day in sorted(targets):
        sums[f"{day:%Y-%m}"] = sums.get(f"{day:%Y-%m}", 0) + targets[day]
    return sums


def spread_targets(
    connection: Connection, before: Targets, draft: SpreadDraft, sale: SalePeriod
) -> Targets:
    """The targets with the parts of the draft spread over their days.

    Raises `NothingToSpreadOver` for a part without days of the sale or without any weight.
    """
    after = dict(before)
    for part in draft.parts:
        period = part.within(sale)
        if period is None:
            raise NothingToSpreadOver
        after |= spread(part.amount, _weights(connection, draft.shape, period))
    return dict(sorted(after.items()))


def _weights(connection: Connection, shape: Shape, period: SalePeriod) -> Weights:
    match shape:
        case Even():
            return even(period.first, period.last)
        case ByWeekday():
            return by_weekday(period.first, period.last, shape.weights)
        case Like():
            return like(period.first, period.last, _daily_sales(connection, shape.code))


def _daily_sales(connection: Connection, code: str) -> list[int]:
    """Won of each day from a performance's first to its last day of sales."""
    sold: dict[date, int] = {}
    for slug in _DAILY_SALES:
        for row in read_metric(connection, find(slug), selection=Selection(codes=(code,))):
            match row["sales_date"], row["amount"]:
                case date() as day, int() as amount:
                    sold[day] = amount
                case _:
                    pass
    if not sold:
        raise NothingToSpreadOver
    return [sold.get(day, 0) for day in days(min(sold), max(sold))]
