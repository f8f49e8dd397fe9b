"""Reading figures. The transaction says who reads and which day is judged (`db.transactions`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
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
    Text,
    collate,
    column,
    select,
    table,
    text,
)
from sqlalchemy.types import TypeEngine

from boxoffice.metrics.words import Metric, Unit

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


@dataclass(frozen=True, slots=True)
class DataAge:
    """How old the figures of one active performance are; `None`: nothing was uploaded yet."""

    performance_code: str
    title: str
    latest_record_date: date | None


def read_metric(
    connection: Connection,
    metric: Metric,
    *,
    where: Mapping[str, Value] | None = None,
    order_by: Sequence[str] | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> list[Row]:
    """Rows of `metric`, each with the metric's columns in their order.

    `where` keeps rows whose columns equal the given values. `order_by` names columns, with a
    leading minus for descending; then, and without it, rows stand in the order of the key. Text is
    ordered by code point, whatever the collation of the database. `ValueError` names a column
    that the metric does not have.
    """
    columns = {entry.name: column(entry.name, _TYPES[entry.unit]) for entry in metric.columns}
    statement = (
        select(*columns.values()).select_from(table(metric.slug)).limit(limit).offset(offset)
    )
    for name, value in (where or {}).items():
        statement = statement.where(_known(metric, columns, name) == value)
    for name in (*(order_by or ()), *metric.key):
        key = _ordered(_known(metric, columns, name.removeprefix("-")))
        statement = statement.order_by(key.desc() if name.startswith("-") else key.asc())
    return [dict(row) for row in connection.execute(statement).mappings()]


def data_as_of(connection: Connection) -> list[DataAge]:
    """The record date that each active performance's figures stand on, by code."""
    rows = connection.execute(
        text(
            "SELECT performance_code, title, latest_record_date FROM performance_as_of "
            'WHERE is_active ORDER BY performance_code COLLATE "C"'
        )
    )
    return [DataAge(code, title, latest) for code, title, latest in rows]


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
