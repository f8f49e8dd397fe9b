"""Would a wrong view be noticed? Each mutant of `mutants.toml` must change a figure of a season.

A mutant is installed in a transaction that is rolled back, and the metrics that read it are
compared with the figures of `tests.plain_figures`, which `test_corner.py` and `test_appendix.py`
hold to figures computed by hand.
"""

import ast
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError
from tests.plain_figures import FIGURES, appendix, corner
from tests.plain_figures.compare import differences
from tests.plain_figures.season import Season

from boxoffice.db.lineage import ViewFile, load_views
from boxoffice.db.summaries import summarise
from boxoffice.db.tables import metadata
from boxoffice.metrics.catalogue import METRICS, find
from boxoffice.metrics.readers import read_metric

ROOT = Path(__file__).parents[4]
Trial = tuple[Engine, Season, date, bool]


@dataclass(frozen=True)
class Mutant:
    """A view file with some of its text replaced by another."""

    sentence: str
    view: str
    edits: tuple[tuple[str, str], ...]

    def sql(self, original: str) -> str:
        for text_, becomes in self.edits:
            times = original.count(text_)
            assert times == 1, f'"{text_}" stands {times} times in {self.view}'
            original = original.replace(text_, becomes)
        return original


def _mutant(sentence: str, entry: dict[str, Any]) -> Mutant:
    edits = [entry, *entry.get("also", [])]
    return Mutant(sentence, entry["view"], tuple((e["text"], e["becomes"]) for e in edits))


SENTENCES: list[dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("mutants.toml").read_text("utf-8")
)["sentence"]
MUTANTS = {
    f"{sentence['id']}-{number}": _mutant(sentence["id"], entry)
    for sentence in SENTENCES
    for number, entry in enumerate(sentence.get("mutants", ()), 1)
}
VIEWS = {view.name: view for view in load_views(t.name for t in metadata.tables.values())}
SLUGS = {metric.slug for metric in METRICS}


def test_every_sentence_is_held_by_something() -> None:
    assert len({sentence["id"] for sentence in SENTENCES}) == len(SENTENCES)
    for sentence in SENTENCES:
        assert sentence.get("mutants") or sentence.get("test"), sentence["id"]


@pytest.mark.parametrize("test", [s["test"] for s in SENTENCES if "test" in s])
def test_what_no_view_can_say_has_a_test(test: str) -> None:
    path, _, name = test.partition("::")
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    assert name in {each.name for each in tree.body if isinstance(each, ast.FunctionDef)}


def test_every_metric_has_a_mutant() -> None:
    assert {slug for m in MUTANTS.values() for slug in reading(VIEWS[m.view])} == SLUGS


def reading(view: ViewFile) -> list[str]:
    """The metrics that a view is, or is read by, the nearest first."""
    reached = {view.name}
    for other in VIEWS.values():  # each stands after those it reads
        if other.reads & reached:
            reached.add(other.name)
    return sorted(reached & SLUGS)


@contextmanager
def as_owner(engine: Engine, as_of: date) -> Iterator[Connection]:
    """A transaction that may replace views; everything it does is undone."""
    with engine.connect() as connection:
        settings = {"search_path": "boxoffice", "boxoffice.actor": "system"}
        for name, value in {**settings, "boxoffice.as_of": str(as_of)}.items():
            connection.execute(
                text("SELECT set_config(:name, :value, true)"), {"name": name, "value": value}
            )
        yield connection
        connection.rollback()


def install(connection: Connection, mutant: Mutant) -> None:
    sql = mutant.sql(VIEWS[mutant.view].sql).replace("%", "%%")
    head = f"CREATE OR REPLACE VIEW {mutant.view} WITH (security_invoker = true) AS\n"
    connection.exec_driver_sql(head + sql)


def is_found(connection: Connection, mutant: Mutant, season: Season, as_of: date) -> bool:
    for slug in reading(VIEWS[mutant.view]):
        try:
            got = read_metric(connection, find(slug))
        except DBAPIError:  # a figure that fails is noticed by everybody
            return True
        if differences(FIGURES[slug](season, as_of), got):
            return True
    return False


@pytest.fixture(scope="module")
def trials(corner_engine: Engine, appendix_engine: Engine, empty_engine: Engine) -> list[Trial]:
    """What a mutant is tried on, in this order: where, what, which day, whether from summaries."""
    return [
        (corner_engine, corner.SEASON, corner.AS_OF, False),
        (corner_engine, corner.SEASON, corner.EARLIER, False),
        (appendix_engine, appendix.SEASON, appendix.AS_OF, False),
        (corner_engine, corner.SEASON, corner.EARLIER, True),
        (corner_engine, corner.SEASON, corner.MONTH_END, False),
        (empty_engine, Season(), corner.AS_OF, False),
    ]


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=MUTANTS)
def test_mutant_is_found(trials: list[Trial], mutant: Mutant) -> None:
    for engine, season, as_of, summarised in trials:
        with as_owner(engine, as_of) as connection:
            install(connection, mutant)
            if summarised:
                ids = connection.execute(text("SELECT id FROM performance")).scalars().all()
                summarise(connection, ids)
            if is_found(connection, mutant, season, as_of):
                return
    pytest.fail(f"no figure changes: {mutant.edits}")


def test_views_as_they_are_have_no_findings(trials: list[Trial]) -> None:
    """Otherwise every mutant would be found."""
    for engine, season, as_of, _ in trials:
        with as_owner(engine, as_of) as connection:
            for slug in SLUGS:
                assert not is_found(connection, Mutant("", slug, ()), season, as_of), slug
