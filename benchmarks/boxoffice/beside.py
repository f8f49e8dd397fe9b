"""The plain way to do the same, in the same run: its importer and its views."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from benchmarks.boxoffice.measures import PAGE, RAW_ROWS, tomorrows_workbooks
from benchmarks.boxoffice.plain_importer import insert_play, read_play
from benchmarks.boxoffice.season import AS_OF
from benchmarks.rig.command import BenchmarkError

from boxoffice.db.engine import create_engine
from boxoffice.db.transactions import Actor, transaction
from boxoffice.metrics.catalogue import find
from boxoffice.metrics.readers import read_metric

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.boxoffice.database import Database

    from boxoffice.metrics.readers import Row

NAIVE = Path(__file__).with_name("naive")
"""The slowest ten metrics as they are written at first: everything joined, then grouped, the newest
snapshot found by a subquery, the limit last. Each has some columns of the metric of its name."""

_ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Plain:
    """Seconds for one workbook, the median of some."""

    reading: float
    inserting: float


@dataclass(frozen=True, slots=True)
class Beside:
    """One metric by our view and by the naive statement, as the same person; medians in ms."""

    metric: str
    ours: float
    naive: float


def import_plainly(database: Database, files: int) -> Plain:
    """Read workbooks with openpyxl and insert row by row; nothing stays."""
    reading: list[float] = []
    inserting: list[float] = []
    with psycopg.connect(database.superuser) as connection:
        for _, content in tomorrows_workbooks(database, files, RAW_ROWS):
            begin = time.perf_counter()
            days, shows = read_play(content)
            reading.append(time.perf_counter() - begin)
            begin = time.perf_counter()
            insert_play(connection, _new_snapshot(connection), days, shows)
            inserting.append(time.perf_counter() - begin)
            connection.rollback()
    return Plain(statistics.median(reading), statistics.median(inserting))


def compare_views(database: Database, who: str) -> Iterator[Beside]:
    """Each naive statement beside our metric, which must say the same."""
    engine = create_engine(database.url, pool_size=1)
    actor = Actor(database.actors[who])
    for file in sorted(NAIVE.glob("*.sql")):
        metric = find(file.stem)
        statement = file.read_text()

        def ours(connection: Any, metric: Any = metric) -> list[Row]:
            return read_metric(connection, metric, limit=PAGE)

        def naive(connection: Any, statement: str = statement) -> list[Row]:
            rows = connection.exec_driver_sql(statement.replace("%", "%%")).mappings()
            return [dict(row) for row in rows]

        ours_ms, right = _timed(engine, actor, ours)
        naive_ms, rows = _timed(engine, actor, naive)
        _demand_same(metric.slug, right, rows)
        yield Beside(metric.slug, ours_ms, naive_ms)
    engine.dispose()


def _timed(engine: Any, actor: Actor, read: Callable[[Any], list[Row]]) -> tuple[float, list[Row]]:
    seconds: list[float] = []
    rows: list[Row] = []
    for _ in range(_ROUNDS):
        with transaction(engine, actor=actor, as_of=AS_OF, read_only=True) as connection:
            begin = time.perf_counter()
            rows = read(connection)
            seconds.append(time.perf_counter() - begin)
    return statistics.median(seconds) * 1000, rows


def _demand_same(metric: str, right: list[Row], rows: list[Row]) -> None:
    names = list(rows[0]) if rows else []
    if metric.endswith("by_category"):
        names.remove("category")  # the naive one leaves the total without a name
    key = [[row[name] for name in names] for row in rows]
    if sorted(map(str, key)) != sorted(str([row[name] for name in names]) for row in right):
        raise BenchmarkError(f'the naive form of "{metric}" says something else')


def _new_snapshot(connection: psycopg.Connection[Any]) -> int:
    row = connection.execute(
        "INSERT INTO boxoffice.snapshot"
        " (performance_id, record_date, original_name, sha256, uploaded_by)"
        " SELECT performance_id, '1999-01-01', original_name, sha256, uploaded_by"
        " FROM boxoffice.snapshot LIMIT 1 RETURNING id"
    ).fetchone()
    assert row
    return row[0]
