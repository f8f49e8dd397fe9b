"""Generated rows and the same rows by way of real workbooks make every view equal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
from benchmarks.boxoffice.database import new_database
from benchmarks.boxoffice.season import AS_OF, Size, generate, plan
from benchmarks.boxoffice.workbooks import snapshot_workbook

from boxoffice.db.engine import create_engine
from boxoffice.db.transactions import SYSTEM, transaction
from boxoffice.ingest import UploadRequest, upload
from boxoffice.metrics.catalogue import METRICS
from boxoffice.metrics.readers import read_metric

if TYPE_CHECKING:
    from collections.abc import Iterator

SEASON = Size(performances=100, active=60)

# Numbers of rows are given in the order of writing.
_NUMBERS = frozenset({"show_sale_id", "snapshot_id"})

_SNAPSHOTS = """
SELECT snapshot.id, snapshot.original_name, category = 'concert'
FROM boxoffice.snapshot JOIN boxoffice.performance ON performance.id = snapshot.performance_id
ORDER BY record_date, snapshot.id
"""


def differences(server: str, superuser: str) -> tuple[int, list[str]]:
    """How many workbooks were imported, and the metrics whose rows differ (there should be none).

    A hundred performances with all their snapshots.
    """
    with (
        new_database(server, superuser, "benchmark_sql") as by_sql,
        new_database(server, superuser, "benchmark_workbooks") as by_books,
    ):
        with psycopg.connect(by_sql.superuser, autocommit=True) as connection:
            generate(connection, SEASON)
        with psycopg.connect(by_books.superuser, autocommit=True) as connection:
            plan(connection, SEASON)
        engine = create_engine(by_books.service)
        count = 0
        for name, content in _workbooks(by_sql.superuser):
            upload(engine, UploadRequest(name, content), as_of=AS_OF, actor=SYSTEM)
            count += 1
        engine.dispose()
        ours, theirs = _figures(by_sql.service), _figures(by_books.service)
    return count, [slug for slug in ours if ours[slug] != theirs[slug]]


def _workbooks(url: str) -> Iterator[tuple[str, bytes]]:
    with psycopg.connect(url) as connection:
        for snapshot_id, name, concert in connection.execute(_SNAPSHOTS).fetchall():
            yield name, snapshot_workbook(connection, snapshot_id, concert=concert)


def _figures(url: str) -> dict[str, list[dict[str, Any]]]:
    engine = create_engine(url)
    with transaction(engine, actor=SYSTEM, as_of=AS_OF, read_only=True) as connection:
        figures = {
            metric.slug: [
                {name: value for name, value in row.items() if name not in _NUMBERS}
                for row in read_metric(connection, metric)
            ]
            for metric in METRICS
        }
    engine.dispose()
    return figures
