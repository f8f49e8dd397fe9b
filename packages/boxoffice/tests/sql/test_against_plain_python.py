"""Invented seasons: what the views compute equals a few lines of plain Python.

The plain version knows nothing of SQL, windows or joins; it adds up day by day.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Protocol

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from boxoffice.db.engine import create_engine
from boxoffice.db.transactions import SYSTEM, transaction
from boxoffice.domain.weeks import monday
from boxoffice.metrics.catalogue import find
from boxoffice.metrics.readers import Row, read_metric

AS_OF = date(2025, 3, 5)
RECORD_DATE = AS_OF - timedelta(days=1)

days = st.dates(date(2023, 12, 20), RECORD_DATE)
# Few days, so that sales, targets and borders of weeks and months meet.
amounts = st.dictionaries(
    st.one_of(days, st.dates(date(2025, 2, 1), RECORD_DATE)), st.integers(-9, 99), max_size=12
)
targets = st.dictionaries(st.dates(date(2025, 2, 1), date(2025, 3, 20)), st.integers(0, 99))

Sales = dict[date, int]


class Server(Protocol):
    """What the fixture `server` offers and this file needs."""

    def database(self, template: str = ...) -> AbstractContextManager[str]: ...


@pytest.fixture(scope="module")
def shared(server: Server, template_database: str) -> Iterator[Engine]:
    """One database for all examples; each leaves nothing behind."""
    with server.database(template_database) as url:
        engine = create_engine(url)
        yield engine
        engine.dispose()


Read = Callable[[str], list[Row]]


def judged(
    engine: Engine, new_stage: Callable[[Any], Any], sold: Sales, planned: Sales, check: Any
) -> None:
    """Stage one play, let `check` read, and undo it all."""
    with transaction(engine, actor=SYSTEM, as_of=AS_OF) as connection:
        stage = new_stage(connection)
        stage.performance("P1")
        rows = [(day.isoformat(), amount, 1) for day, amount in sold.items()]
        stage.snapshot("P1", RECORD_DATE.isoformat(), days=rows)
        if planned:
            stage.targets("P1", {day.isoformat(): amount for day, amount in planned.items()})
        check(lambda slug: read_metric(connection, find(slug)))
        connection.rollback()


def ratio(part: int, whole: int | None) -> Decimal | None:
    if not whole:
        return None
    return (Decimal(part) / whole).quantize(Decimal("0.0001"), ROUND_HALF_UP)


def running_totals(sold: Sales, planned: Sales) -> list[tuple[Any, ...]]:
    return [
        (
            day,
            monday(day),
            sold[day],
            sum(amount for other, amount in sold.items() if other <= day),
            planned.get(day),
            sum(amount for other, amount in planned.items() if other <= day)
            if any(other <= day for other in planned)
            else None,
        )
        for day in sorted(sold)
    ]


def weeks(sold: Sales, planned: Sales) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    for week in sorted({monday(day) for day in sold}):
        amount = sum(value for day, value in sold.items() if monday(day) == week)
        of_week = [value for day, value in planned.items() if monday(day) == week]
        target = sum(of_week) if of_week else None
        rows.append((week, amount, target, ratio(amount, target)))
    return rows


def months(sold: Sales) -> list[tuple[Any, ...]]:
    """The 13 months up to the judged day's; a month is counted from the year 0."""

    def total(month: int) -> int:
        return sum(value for day, value in sold.items() if day.year * 12 + day.month == month)

    newest = AS_OF.year * 12 + AS_OF.month
    rows: list[tuple[Any, ...]] = []
    for month in range(newest - 12, newest + 1):
        amount, before = total(month), total(month - 1)
        rows.append((amount, amount - before, ratio(amount - before, before)))
    return rows


@pytest.fixture(scope="module")
def check(shared: Engine, new_stage: Callable[[Any], Any]) -> Callable[..., None]:
    def run(sold: Sales, planned: Sales) -> None:
        def compare(read: Read) -> None:
            totals = [tuple(row.values())[3:] for row in read("play_daily_running_totals")]
            assert totals == running_totals(sold, planned)
            weekly = [tuple(row.values())[2:6] for row in read("play_weekly_vs_target")]
            assert weekly == weeks(sold, planned)
            monthly = [
                (row["amount"], row["change_amount"], row["change_ratio"])
                for row in read("play_monthly_total")
            ]
            assert monthly == months(sold)
            [attainment] = read("play_target_attainment")
            to_date = sum(value for day, value in planned.items() if day <= RECORD_DATE)
            assert attainment["total_amount"] == sum(sold.values())
            assert attainment["target_to_date_ratio"] == ratio(sum(sold.values()), to_date)

        judged(shared, new_stage, sold, planned, compare)

    return run


@settings(max_examples=60, deadline=None)
@given(sold=amounts, planned=targets)
def test_sales_and_targets(check: Callable[..., None], sold: Sales, planned: Sales) -> None:
    check(sold, planned)
