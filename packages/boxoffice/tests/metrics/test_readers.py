"""Reading a metric: its columns, order and filters."""

from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import Connection, Engine, insert

from boxoffice.db.tables import daily_target, performance
from boxoffice.db.transactions import SYSTEM, transaction
from boxoffice.domain.categories import Category
from boxoffice.metrics.catalogue import find
from boxoffice.metrics.readers import (
    DataAge,
    Selection,
    Value,
    data_as_of,
    read_metric,
    stream_metric,
)

TOTALS = find("target_totals")


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """Three performances whose order differs by collation: code points put Z before a."""
    with transaction(engine, actor=SYSTEM, as_of=date(2025, 6, 18)) as connection:
        for code, amount in (("a", 3), ("Z", 2), ("B-1", 2)):
            dates = {"show_start_date": date(2025, 1, 1), "show_end_date": date(2025, 1, 2)}
            row = {"code": code, "category": "play", "title": f"제목 {code}", **dates}
            number = connection.execute(insert(performance).values(row).returning(performance.c.id))
            target = {"target_date": date(2025, 6, 1), "target_amount": amount}
            connection.execute(
                insert(daily_target), {"performance_id": number.scalar_one(), **target}
            )
        yield connection


@pytest.mark.parametrize(
    ("order_by", "codes"),
    [
        (None, ["B-1", "Z", "a"]),
        (["-performance_code"], ["a", "Z", "B-1"]),
        (["target_amount"], ["B-1", "Z", "a"]),
        (["-target_amount", "-title"], ["a", "Z", "B-1"]),
    ],
)
def test_order(connection: Connection, order_by: list[str] | None, codes: list[str]) -> None:
    rows = read_metric(connection, TOTALS, order_by=order_by)
    assert [row["performance_code"] for row in rows] == codes


def test_a_row_has_the_columns_of_the_catalogue(connection: Connection) -> None:
    [row] = read_metric(connection, TOTALS, where={"performance_code": "a"})
    assert list(row.items()) == [
        ("performance_code", "a"),
        ("title", "제목 a"),
        ("target_amount", 3),
    ]


def test_pages_go_on_after_the_key_of_the_last_row(connection: Connection) -> None:
    """By code point like the order itself: by the database's collation Z might come after a."""
    seen: list[Value] = []
    while page := read_metric(connection, TOTALS, limit=1, after=seen[-1:] or None):
        seen += [row["performance_code"] for row in page]
    assert seen == ["B-1", "Z", "a"]


def test_pages_need_the_whole_key(connection: Connection) -> None:
    with pytest.raises(ValueError, match="2 values are not its key"):
        read_metric(connection, TOTALS, after=["a", "b"])


@pytest.mark.parametrize(
    ("selection", "codes"),
    [
        (Selection(codes=("a", "Z")), ["Z", "a"]),
        (Selection(category=Category.PLAY), ["B-1", "Z", "a"]),
        (Selection(category=Category.CONCERT), []),
        (Selection(is_active=True), ["B-1", "Z", "a"]),
        (Selection(is_active=False), []),
        (Selection(codes=("a",), category=Category.MUSICAL), []),
    ],
)
def test_selected_performances(
    connection: Connection, selection: Selection, codes: list[str]
) -> None:
    rows = read_metric(connection, TOTALS, selection=selection)
    assert [row["performance_code"] for row in rows] == codes
    streamed = [row for rows in stream_metric(connection, TOTALS, selection) for row in rows]
    assert streamed == rows


def test_what_has_no_performance_or_day_cannot_be_selected_by_it(connection: Connection) -> None:
    with pytest.raises(ValueError, match='rows of "concert_overview" are of no one'):
        read_metric(connection, find("concert_overview"), selection=Selection(codes=("a",)))
    with pytest.raises(ValueError, match='rows of "target_totals" are of no one'):
        read_metric(connection, TOTALS, selection=Selection(first_day=date(2025, 1, 1)))


def test_null_can_be_asked_for(connection: Connection) -> None:
    occupancy = find("play_occupancy")
    assert len(read_metric(connection, occupancy, where={"target_occupancy_pct": None})) == 3


@pytest.mark.parametrize("wrong", ["amount", "target_amount; DROP TABLE x", "--target_amount"])
def test_unknown_columns_are_named(connection: Connection, wrong: str) -> None:
    with pytest.raises(ValueError, match="is none of its columns"):
        read_metric(connection, TOTALS, order_by=[wrong])
    with pytest.raises(ValueError, match="is none of its columns"):
        read_metric(connection, TOTALS, where={wrong: 1})


def test_age_of_the_data(connection: Connection) -> None:
    assert data_as_of(connection) == [
        DataAge("B-1", "제목 B-1", None),
        DataAge("Z", "제목 Z", None),
        DataAge("a", "제목 a", None),
    ]
