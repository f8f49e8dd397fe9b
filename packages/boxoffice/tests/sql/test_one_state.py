"""A report that is read while an import goes on stands on one state: all old, or all new."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Engine, update
from tests.plain_figures import FIGURES
from tests.plain_figures.compare import differences
from tests.plain_figures.corner import AS_OF, SEASON
from tests.plain_figures.season import Day, Season, Snapshot

from boxoffice.db.summaries import summarise
from boxoffice.db.tables import snapshot
from boxoffice.db.transactions import SYSTEM, transaction
from boxoffice.metrics.catalogue import find
from boxoffice.metrics.readers import read_metric

BEFORE = SEASON.performances[0].snapshots[0]
AFTER = replace(BEFORE, days=(Day(AS_OF, 5, 1),), shows=BEFORE.shows[:2])
CHANGED = replace(
    SEASON.performances[0],
    snapshots=(replace(BEFORE, status="superseded"), AFTER, *SEASON.performances[0].snapshots[1:]),
)
NEW = Season((CHANGED, *SEASON.performances[1:]), SEASON.notes)


def differing(connection: Connection, season: Season, slugs: list[str]) -> list[str]:
    return [
        slug
        for slug in slugs
        if differences(FIGURES[slug](season, AS_OF), read_metric(connection, find(slug)))
    ]


def supersede(connection: Connection, stage: Any, given: Snapshot) -> None:
    """What an import does, after it has read the file."""
    code = CHANGED.code
    of_the_day = (snapshot.c.performance_id == stage.codes[code]) & (
        snapshot.c.record_date == given.record_date
    )
    connection.execute(update(snapshot).where(of_the_day).values(status="superseded"))
    stage.snapshot_of(CHANGED, given)
    summarise(connection, [stage.codes[code]])


def test_a_report_during_an_import_sees_one_state(
    engine: Engine, new_stage: Callable[..., Any]
) -> None:
    slugs = list(FIGURES)
    half = len(slugs) // 2
    with transaction(engine, actor=SYSTEM) as connection:
        stage = new_stage(connection)
        stage.season(SEASON)
    assert differences(
        FIGURES["play_target_attainment"](NEW, AS_OF),
        FIGURES["play_target_attainment"](SEASON, AS_OF),
    ), "the import changes nothing"
    with transaction(engine, actor=SYSTEM, as_of=AS_OF, read_only=True) as report:
        assert differing(report, SEASON, slugs[:half]) == []
        with transaction(engine, actor=SYSTEM) as connection:
            supersede(connection, replace(stage, connection=connection), AFTER)
            # Not committed: nobody sees any of it, and nobody waits for it.
            with transaction(engine, actor=SYSTEM, as_of=AS_OF, read_only=True) as other:
                assert differing(other, SEASON, slugs) == []
        # Committed: the report that began before it stays with what it saw.
        assert differing(report, SEASON, slugs[half:]) == []
    with transaction(engine, actor=SYSTEM, as_of=AS_OF, read_only=True) as report:
        assert differing(report, NEW, slugs) == []
