"""A deleted performance leaves no trace in any figure, and comes back into all of them.

Judged by a season that never had it.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path
from typing import Protocol

import pytest
from sqlalchemy import Engine

from boxoffice.cli.load import read_season
from boxoffice.db.engine import create_engine
from boxoffice.db.transactions import SYSTEM, transaction
from boxoffice.ingest import UploadRequest, upload
from boxoffice.metrics.catalogue import METRICS
from boxoffice.metrics.readers import read_metric
from boxoffice.planning import Season, store_plan
from boxoffice.planning.performances import (
    delete_performance,
    find_performance,
    restore_performance,
)
from boxoffice.testing import golden_folder

DELETED = ("PLY25001", "CON25003")
ROW_NUMBERS = {"performance_id", "show_sale_id", "snapshot_id"}
"""Which differ by what was stored before."""


class Server(Protocol):
    """What the fixture `server` offers and this file needs."""

    def database(self, template: str = ...) -> AbstractContextManager[str]: ...


@pytest.fixture
def without_them(server: Server, template_database: str) -> Iterator[Engine]:
    with server.database(template_database) as url:
        engine = create_engine(url)
        yield engine
        engine.dispose()


def fill(engine: Engine, folder: Path, leave_out: tuple[str, ...] = ()) -> date:
    """Load a season; the day it is judged by."""
    season, as_of = read_season(folder)
    performances = tuple(p for p in season.performances if p.code not in leave_out)
    with transaction(engine, actor=SYSTEM) as connection:
        store_plan(connection, Season(as_of=as_of, performances=performances))
    for file in season.uploads:
        if file.code not in leave_out:
            content = (folder / "inputs" / "files" / file.file).read_bytes()
            upload(engine, UploadRequest(file.file, content), as_of=as_of, actor=SYSTEM)
    return as_of


def figures(engine: Engine, as_of: date) -> Mapping[str, object]:
    with transaction(engine, actor=SYSTEM, as_of=as_of, read_only=True) as connection:
        return {
            metric.slug: [
                {name: value for name, value in row.items() if name not in ROW_NUMBERS}
                for row in read_metric(connection, metric)
            ]
            for metric in METRICS
        }


def test_figures_are_those_of_a_season_without_it(engine: Engine, without_them: Engine) -> None:
    folder = golden_folder() / "season-small"
    as_of = fill(engine, folder)
    fill(without_them, folder, leave_out=DELETED)
    whole = figures(engine, as_of)
    with transaction(engine, actor=SYSTEM) as connection:
        for code in DELETED:
            stored = find_performance(connection, code)
            assert stored
            delete_performance(connection, stored)
    left, right = figures(engine, as_of), figures(without_them, as_of)
    assert {slug for slug in left if left[slug] != right[slug]} == set()
    assert left != whole
    with transaction(engine, actor=SYSTEM) as connection:
        assert all(restore_performance(connection, code) for code in DELETED)
    assert figures(engine, as_of) == whole
