"""A summary may be missing and is never wrong: with and without one, every figure is the same."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from importlib.resources import as_file, files
from typing import Any, Protocol

import pytest
from alembic import command
from alembic.config import Config
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, delete, insert, select, text, update

from boxoffice.db import schema
from boxoffice.db.engine import create_engine
from boxoffice.db.schema import upgrade
from boxoffice.db.summaries import summarise
from boxoffice.db.tables import (
    concert_daily_sale,
    concert_show_sale,
    daily_target,
    performance,
    performance_summary,
    play_daily_sale,
    play_show_sale,
    snapshot,
    stored_file,
)
from boxoffice.db.transactions import SYSTEM, transaction
from boxoffice.metrics.catalogue import METRICS
from boxoffice.metrics.readers import Row, read_metric


class Server(Protocol):
    """What the fixture `server` offers and this file needs."""

    def database(self) -> AbstractContextManager[str]: ...


AS_OF = date(2025, 3, 5)
FILE = "0" * 64


def add_performance(connection: Connection, code: str, category: str) -> int:
    values = {
        "code": code,
        "category": category,
        "title": code,
        "show_start_date": AS_OF,
        "show_end_date": AS_OF,
        "sale_start_date": AS_OF - timedelta(days=60),
        "sale_end_date": AS_OF + timedelta(days=20),
        "seats_per_show": 100,
        "break_even_amount": 1000,
    }
    return connection.execute(
        insert(performance).values(values).returning(performance.c.id)
    ).scalar_one()


def add_snapshot(connection: Connection, performance_id: int, record_date: date, seed: int) -> int:
    header = {
        "performance_id": performance_id,
        "record_date": record_date,
        "original_name": f"{record_date}_x.xlsx",
        "sha256": FILE,
        "uploaded_by": "system",
    }
    created = connection.execute(insert(snapshot).values(header).returning(snapshot.c.id))
    snapshot_id: int = created.scalar_one()
    concert = connection.execute(
        select(performance.c.category == "concert").where(performance.c.id == performance_id)
    ).scalar_one()
    key = {"snapshot_id": snapshot_id, "source_row": 4}
    for back in range(0, 80, 1 + seed % 7):
        day = {**key, "sales_date": record_date - timedelta(days=back), "amount": seed * 7 + back}
        seats = {"paid_seats": back, "invited_seats": 1} if concert else {"seats": back}
        connection.execute(
            insert(concert_daily_sale if concert else play_daily_sale), {**day, **seats}
        )
    for ahead in range(-20, 20, 1 + seed % 5):
        show = {**key, "show_at": record_date + timedelta(days=ahead), "paid_seats": ahead + 20}
        show["invited_seats"] = seed % 3
        if not concert:
            show |= {"cast_members": [f"A{ahead % 2}"], "paid_amount": (ahead + 20) * 1000 + seed}
            for share in ("deposit", "paid", "free"):
                show[f"{share}_occupancy_pct"] = (ahead + 21) / 3
        connection.execute(insert(concert_show_sale if concert else play_show_sale), show)
    return snapshot_id


def figures(connection: Connection) -> dict[str, list[Row]]:
    return {metric.slug: read_metric(connection, metric) for metric in METRICS}


def summarised(connection: Connection) -> dict[int, date]:
    """The record dates of the performances that have a summary."""
    columns = performance_summary.c
    rows = connection.execute(
        select(columns.performance_id, columns.record_date).where(columns.snapshot_id.is_not(None))
    )
    return {row.performance_id: row.record_date for row in rows}


@pytest.fixture
def season(engine: Engine) -> Callable[..., AbstractContextManager[Connection]]:
    """Opens transactions on a database that knows one file."""
    with transaction(engine, actor=SYSTEM) as connection:
        connection.execute(insert(stored_file), {"sha256": FILE, "size_bytes": 1, "content": b"x"})
    return lambda as_of=AS_OF: transaction(engine, actor=SYSTEM, as_of=as_of)


Season = Callable[..., AbstractContextManager[Connection]]

snapshots = st.lists(
    st.tuples(st.integers(0, 2), st.integers(-12, 3), st.integers(1, 50)), max_size=6
)


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(uploads=snapshots, late=snapshots, judged=st.integers(-9, 3))
def test_every_figure_of_every_day_is_the_same_with_and_without(
    season: Season, uploads: Any, late: Any, judged: int
) -> None:
    """`late` come after the summing up, as if somebody had forgotten to call it."""
    with season(AS_OF + timedelta(days=judged)) as connection:
        ids = [
            add_performance(connection, f"P{n}", category)
            for n, category in enumerate(("play", "musical", "concert"))
        ]
        add_targets(connection, ids[0])
        stage(connection, ids, uploads)
        summarise(connection, ids)
        stage(connection, ids, late)
        mixed = figures(connection)
        summarise(connection, ids)
        fast = figures(connection)
        for number in ids:
            connection.execute(text("SELECT boxoffice.forget_summary(:n)"), {"n": number})
        assert summarised(connection) == {}
        slow = figures(connection)
        connection.rollback()
    assert fast == slow
    assert mixed == slow


def stage(connection: Connection, ids: list[int], uploads: Any) -> None:
    """The last upload of a day counts."""
    for which, day, seed in uploads:
        record_date = AS_OF + timedelta(days=day)
        connection.execute(
            update(snapshot)
            .where(snapshot.c.performance_id == ids[which], snapshot.c.record_date == record_date)
            .values(status="superseded")
        )
        add_snapshot(connection, ids[which], record_date, seed)


def add_targets(connection: Connection, performance_id: int) -> None:
    connection.execute(
        insert(daily_target),
        [
            {"performance_id": performance_id, "target_date": AS_OF + timedelta(days=n),
             "target_amount": 100 + n}
            for n in range(-30, 30, 3)
        ],
    )  # fmt: skip


NEWEST, OLDER = AS_OF, AS_OF - timedelta(days=1)

FORMER = {
    "performance_summary": "INSERT INTO boxoffice.performance_summary (performance_id, record_date)"
    " VALUES (:n, :day)",
    "week_summary": "INSERT INTO boxoffice.week_summary VALUES (:n, :day, 1, 1, 1, 1, 1, 1, 1)",
    "month_summary": "INSERT INTO boxoffice.month_summary VALUES (:n, :day, :day, 1, 1)",
}
"""Rows of the summaries as they were at 0005, and wrong."""

CHANGES: dict[str, tuple[Callable[[Connection, int, list[int]], object], bool]] = {
    "a new snapshot": (
        lambda c, number, _: add_snapshot(c, number, AS_OF + timedelta(days=1), 3),
        True,
    ),
    "the newest one is deleted": (
        lambda c, _, ids: c.execute(
            update(snapshot).where(snapshot.c.id == ids[1]).values(status="deleted")
        ),
        True,
    ),
    "a deleted one is purged": (
        lambda c, _, ids: c.execute(delete(snapshot).where(snapshot.c.id == ids[2])),
        False,
    ),
    "a deleted one is restored": (
        lambda c, _, ids: c.execute(
            update(snapshot).where(snapshot.c.id == ids[2]).values(status="active")
        ),
        True,
    ),
    "a target is set": (
        lambda c, number, _: c.execute(
            insert(daily_target),
            {"performance_id": number, "target_date": NEWEST, "target_amount": 1},
        ),
        True,
    ),
    "the performance is deleted": (
        lambda c, number, _: c.execute(
            update(performance).where(performance.c.id == number).values(deleted_at=text("now()"))
        ),
        True,
    ),
    "the performance is renamed": (
        lambda c, number, _: c.execute(
            update(performance).where(performance.c.id == number).values(title="New")
        ),
        False,
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_it_was_made_of_forgets_it(season: Season, change: str) -> None:
    act, forgets = CHANGES[change]
    with season() as connection:
        numbers = [add_performance(connection, code, "play") for code in ("P1", "P2")]
        ids = [add_snapshot(connection, numbers[0], day, 1) for day in (OLDER, NEWEST)]
        ids.append(add_snapshot(connection, numbers[0], AS_OF - timedelta(days=9), 1))
        connection.execute(update(snapshot).where(snapshot.c.id == ids[2]).values(status="deleted"))
        add_snapshot(connection, numbers[1], NEWEST, 2)
        summarise(connection, numbers)
        assert summarised(connection) == {numbers[0]: NEWEST, numbers[1]: NEWEST}
        act(connection, numbers[0], ids)
        assert (numbers[0] not in summarised(connection)) is forgets
        assert numbers[1] in summarised(connection), "somebody else's is forgotten"


def test_summing_up_leaves_the_judged_day_alone(season: Season) -> None:
    with season() as connection:
        number = add_performance(connection, "P1", "play")
        add_snapshot(connection, number, OLDER, 1)
        summarise(connection, [number])
        assert connection.execute(text("SELECT boxoffice.as_of()")).scalar_one() == AS_OF
        assert summarised(connection) == {number: OLDER}


def test_without_snapshots_there_is_nothing_to_sum_up(season: Season) -> None:
    with season() as connection:
        number = add_performance(connection, "P1", "play")
        summarise(connection, [number])
        summarise(connection, [])
        assert summarised(connection) == {}


def test_an_upgrade_fills_summaries_when_formulas_have_changed(
    engine: Engine, season: Season
) -> None:
    with season() as connection:
        number = add_performance(connection, "P1", "play")
        add_snapshot(connection, number, OLDER, 1)
    upgrade(engine, anew=True)
    with season() as connection:
        assert summarised(connection) == {}, "the formulas are the same: nothing to do"
    with engine.begin() as connection:
        connection.execute(text("COMMENT ON TABLE boxoffice.performance_summary IS 'others'"))
    upgrade(engine, anew=True)
    with season() as connection:
        assert summarised(connection) == {number: OLDER}


def test_a_database_with_summaries_of_a_former_release_gets_all_of_this_one(
    server: Server,
) -> None:
    with server.database() as url:
        engine = create_engine(url)
        with engine.begin() as connection:
            schema._run_file(connection, "role.sql")
            connection.execute(text("CREATE SCHEMA boxoffice"))
            with as_file(files("boxoffice") / "db" / "migrations") as folder:
                config = Config()
                config.set_main_option("script_location", str(folder).replace("%", "%%"))
                config.attributes["connection"] = connection
                command.upgrade(config, "0005")
            connection.execute(
                insert(stored_file), {"sha256": FILE, "size_bytes": 1, "content": b"x"}
            )
            for number, category in enumerate(("play", "concert")):
                performance_id = add_performance(connection, f"P{number}", category)
                add_snapshot(connection, performance_id, OLDER, 1)
                former = {"n": performance_id, "day": OLDER}
                for table in ("performance_summary", "week_summary", "month_summary"):
                    connection.execute(text(FORMER[table]), former)
        upgrade(engine)
        with transaction(engine, actor=SYSTEM, as_of=AS_OF) as connection:
            ids = connection.execute(select(performance.c.id)).scalars().all()
            assert summarised(connection) == dict.fromkeys(ids, OLDER)
            fast = figures(connection)
            for number in ids:
                connection.execute(text("SELECT boxoffice.forget_summary(:n)"), {"n": number})
            assert figures(connection) == fast
        engine.dispose()
