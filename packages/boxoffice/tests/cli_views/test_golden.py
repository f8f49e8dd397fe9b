"""Whole seasons, loaded and exported by the commands: every cell against the right figures.

The comparison is the golden set's own (`compare.py`).
"""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any, Protocol

import pytest
from sqlalchemy import func, select
from tests.plain_figures import FIGURES
from tests.plain_figures.compare import differences
from tests.plain_figures.stored import stored_season

from boxoffice.cli import load, views
from boxoffice.db.engine import create_engine
from boxoffice.db.tables import metadata
from boxoffice.db.transactions import SYSTEM, transaction
from boxoffice.main import build_parser
from boxoffice.metrics.catalogue import METRICS, find
from boxoffice.metrics.original import ORIGINAL_VIEWS
from boxoffice.metrics.readers import read_metric
from boxoffice.testing import golden_folder

SEASONS = ("season-small", "season-a")


class Server(Protocol):
    """What the fixture `server` offers and this file needs."""

    def database(self, template: str = ...) -> Any: ...


@cache
def golden_compare() -> Any:
    spec = spec_from_file_location("golden_compare", golden_folder() / "compare.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def judged_day(season: Path) -> date:
    return date.fromisoformat(json.loads((season / "golden.json").read_text("utf-8"))["as_of"])


def run(*words: str) -> int:
    command = {"load": load, "views": views}[words[0]]
    return command.run(build_parser(command).parse_args(words))


@pytest.fixture(scope="module", params=SEASONS)
def season(request: pytest.FixtureRequest, server: Server) -> Iterator[tuple[Path, str]]:
    """The folder of a season and the URL of a database it was loaded into."""
    folder = golden_folder() / request.param
    with server.database() as url, pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", url)
        assert run("load", str(folder)) == 0
        yield folder, url


@pytest.fixture(scope="module")
def exported(season: tuple[Path, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, _ = season
    target = tmp_path_factory.mktemp("views") / "not" / "there"
    assert run("views", "export", str(target), "--as-of", judged_day(folder).isoformat()) == 0
    return target


@pytest.mark.parametrize("name", [view.name for view in ORIGINAL_VIEWS.values()])
def test_every_cell_is_right(season: tuple[Path, str], exported: Path, name: str) -> None:
    compare = golden_compare()
    head, right = compare.read_rows(season[0] / "views_right" / f"{name}.csv")
    got_head, got = compare.read_rows(exported / f"{name}.csv")
    assert sorted(got_head) == sorted(head)
    assert compare.differences(got, right, compare.KEYS[name], head) == ([], [], [])


def test_loading_again_changes_nothing(season: tuple[Path, str]) -> None:
    folder, url = season
    before = _contents(url)
    assert run("load", str(folder)) == 0
    assert _contents(url) == before


def test_the_comparison_would_notice(exported: Path) -> None:
    """A figure that is off by one won, and a row that is not there."""
    compare = golden_compare()
    name = "view_play_overall_revenue_analysis"
    head, right = compare.read_rows(exported / f"{name}.csv")
    wrong = [{**right[0], "total_sales": str(int(right[0]["total_sales"]) + 1)}, *right[2:]]
    cells, missing, extra = compare.differences(wrong, right, compare.KEYS[name], head)
    assert (len(cells), len(missing), len(extra)) == (1, 1, 0)


def test_the_keys_of_the_catalogue_tell_rows_apart(season: tuple[Path, str]) -> None:
    folder, url = season
    engine = create_engine(url)
    as_of = judged_day(folder)
    with transaction(engine, actor=SYSTEM, as_of=as_of, read_only=True) as connection:
        for metric in METRICS:
            rows = read_metric(connection, metric)
            keys = {tuple(row[name] for name in metric.key) for row in rows}
            assert len(keys) == len(rows), metric.slug
    engine.dispose()


@pytest.mark.parametrize("days_before", [0, 1, 2, 3, 8, 21, 60, 400])
def test_every_day_of_the_season_is_right(season: tuple[Path, str], days_before: int) -> None:
    """Also on days of which nobody has written down the right figures (`tests.plain_figures`)."""
    folder, url = season
    engine = create_engine(url)
    as_of = judged_day(folder) - timedelta(days_before)
    with transaction(engine, actor=SYSTEM, as_of=as_of, read_only=True) as connection:
        stored = stored_season(connection)
        for slug, figure in FIGURES.items():
            if slug != "upload_calendar":  # which names the files as they were sent
                found = differences(figure(stored, as_of), read_metric(connection, find(slug)))
                assert found == [], slug
    engine.dispose()


def _contents(url: str) -> list[Any]:
    """Counts of all tables that hold data; the audit grows with every attempt, on purpose."""
    engine = create_engine(url)
    with transaction(engine, actor=SYSTEM) as connection:
        counts = [
            (name, connection.execute(select(func.count()).select_from(table)).scalar_one())
            for name, table in sorted(metadata.tables.items())
            if table.name != "upload_audit"
        ]
    engine.dispose()
    assert dict(counts)["boxoffice.snapshot"] > 0
    return counts
