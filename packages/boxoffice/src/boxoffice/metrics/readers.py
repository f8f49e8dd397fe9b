"""Reading figures. The transaction says who reads and which day is judged (`db.transactions`)."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnClause,
    ColumnElement,
    Connection,
    Date,
    DateTime,
    Numeric,
    Select,
    Text,
    collate,
    column,
    literal,
    literal_column,
    select,
    table,
    text,
    tuple_,
)
from sqlalchemy.types import TypeEngine

from boxoffice.domain.categories import Category
from boxoffice.metrics.words import Column, Metric, Unit

Value = str | int | Decimal | bool | date | datetime | None
Row = Mapping[str, Value]

_TYPES: Mapping[Unit, TypeEngine[Any]] = {
    Unit.TEXT: Text(),
    Unit.DATE: Date(),
    Unit.MOMENT: DateTime(),
    Unit.MONTH: Text(),
    Unit.IDENTIFIER: BigInteger(),
    Unit.NUMBER: BigInteger(),
    Unit.SEATS: BigInteger(),
    Unit.SHOWS: BigInteger(),
    Unit.WON: BigInteger(),
    Unit.PRICE: Numeric(),
    Unit.FORECAST: Numeric(),
    Unit.RATIO: Numeric(),
    Unit.PER_CENT: Numeric(),
    Unit.FLAG: Boolean(),
}


_CODE = "performance_code"
_DAYS = (Unit.DATE, Unit.MOMENT, Unit.MONTH)
_BATCH = 500
"""Rows taken from the database at once: some hundred kilobytes."""


_AGES = "SELECT performance_code, title, latest_record_date FROM performance_as_of"
_OF_ACTIVE = 'WHERE is_active ORDER BY performance_code COLLATE "C"'
_OF_SOME = 'WHERE performance_code = ANY(:codes) ORDER BY performance_code COLLATE "C"'
_AGES_OF_ACTIVE = text(f"{_AGES} {_OF_ACTIVE}")
_AGES_OF_SOME = text(f"{_AGES} {_OF_SOME}")

_AS_JSON = "SELECT coalesce(json_object_agg(performance_code, latest_record_date), '{}')::text FROM"
_JSON_OF_ACTIVE = text(f"{_AS_JSON} ({_AGES} {_OF_ACTIVE}) AS age")
_JSON_OF_SOME = text(f"{_AS_JSON} ({_AGES} {_OF_SOME}) AS age")

_STATE = text("SELECT counter, acting_user() FROM data_change")


@dataclass(frozen=True, slots=True)
class DataAge:
    """How old the figures of one active performance are; `None`: nothing was uploaded yet."""

    performance_code: str
    title: str
    latest_record_date: date | None


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rows of a metric are wanted; as it stands, all of them."""

    codes: tuple[str, ...] = ()
    """Of these performances only; none named: of all."""
    category: Category | None = None
    is_active: bool | None = None
    """Of performances that run (True) or are finished (False)."""
    first_day: date | None = None
    """From this day on, by the day, moment or month of the metric's key."""
    last_day: date | None = None

    @property
    def by_performance(self) -> bool:
        """Whether it asks for performances."""
        return bool(self.codes) or self.category is not None or self.is_active is not None

    @property
    def by_day(self) -> bool:
        """Whether it asks for days."""
        return self.first_day is not None or self.last_day is not None


EVERYTHING = Selection()


def read_metric(
    connection: Connection,
    metric: Metric,
    *,
    selection: Selection = EVERYTHING,
    where: Mapping[str, Value] | None = None,
    order_by: Sequence[str] | None = None,
    after: Sequence[Value] | None = None,
    limit: int | None = None,
) -> list[Row]:
    """Rows of `metric`, each with the metric's columns in their order.

    `where` keeps rows whose columns equal the given values. `order_by` names columns, with a
    leading minus for descending; then, and without it, rows stand in the order of the key. Text is
    ordered by code point, whatever the collation of the database. `after` holds the key of the row
    that the page before ended with; it goes with no `order_by`. `ValueError` names a column that
    the metric does not have, or says that its rows are of no single performance or day.
    """
    columns = _columns(metric)
    statement = _statement(metric, selection, tuple(order_by or ()), limit)
    for name, value in (where or {}).items():
        statement = statement.where(_known(metric, columns, name) == value)
    if after is not None:
        statement = statement.where(_beyond(metric, columns, after))
    return [dict(zip(columns, row, strict=True)) for row in connection.execute(statement)]


def stream_metric(
    connection: Connection, metric: Metric, selection: Selection = EVERYTHING
) -> Iterator[list[Row]]:
    """All selected rows in the order of the key, some at a time: memory does not grow with them.

    The transaction must stay open until the last row was taken.
    """
    columns = _columns(metric)
    statement = _statement(metric, selection, (), None)
    result = connection.execute(statement, execution_options={"yield_per": _BATCH})
    for rows in result.partitions():
        yield [dict(zip(columns, row, strict=True)) for row in rows]


def is_by_performance(metric: Metric) -> bool:
    """Whether each row is of one performance."""
    return any(entry.name == _CODE for entry in metric.columns)


def day_column(metric: Metric) -> Column | None:
    """The first column of the key that is a day, a moment or a month; None where none is."""
    units = {entry.name: entry for entry in metric.columns}
    return next((units[name] for name in metric.key if units[name].unit in _DAYS), None)


def data_as_of(connection: Connection, codes: Collection[str] | None = None) -> list[DataAge]:
    """The record date that performances' figures stand on, by code: of all active ones, or of
    those with the codes given.
    """
    if codes is None:
        rows = connection.execute(_AGES_OF_ACTIVE)
    else:
        rows = connection.execute(_AGES_OF_SOME, {"codes": list(codes)})
    return [DataAge(code, title, latest) for code, title, latest in rows]


def ages_as_json(connection: Connection, codes: Collection[str] | None = None) -> bytes:
    """The same as one JSON object, from codes to days (or null), made by the database.

    Totals stand on every active performance: a thousand values would be read to be written again.
    """
    if codes is None:
        made = connection.execute(_JSON_OF_ACTIVE).scalar_one()
    else:
        made = connection.execute(_JSON_OF_SOME, {"codes": list(codes)}).scalar_one()
    return made.encode()


def state_of_figures(connection: Connection) -> tuple[int, str]:
    """What figures depend on besides the judged day: a number that moves with every change of what
    they are made of (`sql/changes.sql`), and who reads.
    """
    counter, reader = connection.execute(_STATE).one()
    return counter, reader


@cache
def _columns(metric: Metric) -> Mapping[str, ColumnClause[Any]]:
    return {entry.name: column(entry.name, _TYPES[entry.unit]) for entry in metric.columns}


@lru_cache(maxsize=256)
def _statement(
    metric: Metric, selection: Selection, order_by: tuple[str, ...], limit: int | None
) -> Select[Any]:
    """Kept, because building a statement takes longer than sending it."""
    columns = _columns(metric)
    statement = _in_order(metric, columns, _selected(metric, columns, selection), order_by)
    # Written out: one plan serves every page, and it must know how short a page is.
    return statement if limit is None else statement.limit(literal_column(str(int(limit))))


def _selected(
    metric: Metric, columns: Mapping[str, ColumnClause[Any]], selection: Selection
) -> Select[Any]:
    statement = select(*columns.values()).select_from(table(metric.view))
    if selection.by_performance:
        if not is_by_performance(metric):
            raise ValueError(f'cannot select performances: rows of "{metric.slug}" are of no one')
        statement = statement.where(*_performances(columns[_CODE], selection))
    if selection.by_day:
        period = day_column(metric)
        if period is None:
            raise ValueError(f'cannot select days: rows of "{metric.slug}" are of no one')
        statement = statement.where(*_days(columns[period.name], period.unit, selection))
    return statement


def _performances(code: ColumnClause[Any], selection: Selection) -> Iterator[ColumnElement[bool]]:
    if selection.codes:
        yield code.in_(selection.codes)
    performance = table("performance", column("code"), column("category"), column("is_active"))
    chosen = select(performance.c.code)
    if selection.category is not None:
        yield code.in_(chosen.where(performance.c.category == selection.category.value))
    if selection.is_active is not None:
        yield code.in_(chosen.where(performance.c.is_active == selection.is_active))


def _days(
    period: ColumnClause[Any], unit: Unit, selection: Selection
) -> Iterator[ColumnElement[bool]]:
    """A moment belongs to its day, a month to the days that it has."""
    first, last = selection.first_day, selection.last_day
    if first is not None:
        yield _ordered(period) >= (f"{first:%Y-%m}" if unit is Unit.MONTH else first)
    if last is not None:
        match unit:
            case Unit.MONTH:
                yield _ordered(period) <= f"{last:%Y-%m}"
            case Unit.MOMENT:
                yield period < last + timedelta(days=1)
            case _:
                yield period <= last


def _beyond(
    metric: Metric, columns: Mapping[str, ColumnClause[Any]], after: Sequence[Value]
) -> ColumnElement[bool]:
    keys = [columns[name] for name in metric.key]
    if not keys or len(after) != len(keys):
        raise ValueError(f'cannot go on in "{metric.slug}": {len(after)} values are not its key')
    last = [literal(value, key.type) for key, value in zip(keys, after, strict=True)]
    return tuple_(*map(_ordered, keys)) > tuple_(*last)


def _in_order(
    metric: Metric,
    columns: Mapping[str, ColumnClause[Any]],
    statement: Select[Any],
    order_by: Sequence[str],
) -> Select[Any]:
    for name in (*order_by, *metric.key):
        key = _ordered(_known(metric, columns, name.removeprefix("-")))
        statement = statement.order_by(key.desc() if name.startswith("-") else key.asc())
    return statement


def _known(
    metric: Metric, columns: Mapping[str, ColumnClause[Any]], name: str
) -> ColumnClause[Any]:
    if name not in columns:
        raise ValueError(
            f'cannot read metric "{metric.slug}": "{name}" is none of its columns '
            f"({', '.join(columns)})"
        )
    return columns[name]


def _ordered(by: ColumnClause[Any]) -> ColumnElement[Any]:
    return collate(by, "C") if isinstance(by.type, Text) else by
