"""What the views compute equals what `tests.plain_figures` does, which knows nothing of SQL.

On two seasons made by hand and on generated ones; judged on their day and on earlier days; read
from the rows and from the summaries that an import keeps.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime, time, timedelta
from typing import Any, Protocol

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, text
from tests.plain_figures import FIGURES, appendix, corner
from tests.plain_figures.compare import differences
from tests.plain_figures.plays_by_show import PLAY_CLASSES
from tests.plain_figures.season import (
    CONCERT_CLASSES,
    Day,
    Performance,
    Plan,
    Season,
    Show,
    Snapshot,
)

from boxoffice.db.engine import create_engine
from boxoffice.db.summaries import summarise
from boxoffice.db.transactions import SYSTEM, transaction
from boxoffice.metrics.catalogue import METRICS, find
from boxoffice.metrics.readers import read_metric

BORDERS = (
    *("2023-12-31", "2024-01-01", "2024-02-28", "2024-02-29", "2024-03-01", "2024-12-29"),
    *("2024-12-30", "2025-01-05", "2025-03-02", "2025-03-03", "2025-03-31", "2026-02-28"),
)
"""Ends and beginnings of years, months and weeks, the leap day among them."""
APPENDIX, APPENDIX_DAY, CORNER = appendix.SEASON, appendix.AS_OF, corner.SEASON
CORNERS = {
    "on its day": corner.AS_OF,
    "before": corner.EARLIER,
    "month's end": corner.MONTH_END,
}


class Server(Protocol):
    """What the fixture `server` offers and this file needs."""

    def database(self, template: str = ...) -> AbstractContextManager[str]: ...


def test_every_metric_has_a_plain_form() -> None:
    assert FIGURES.keys() == {metric.slug for metric in METRICS}


@pytest.mark.parametrize("slug", FIGURES)
def test_appendix(appendix: Callable[[str], list[Any]], slug: str) -> None:
    assert differences(right(slug, APPENDIX, APPENDIX_DAY), appendix(slug)) == []


@pytest.mark.parametrize("slug", FIGURES)
@pytest.mark.parametrize("as_of", CORNERS.values(), ids=CORNERS)
def test_corners(corner: Callable[..., list[Any]], slug: str, as_of: date) -> None:
    assert differences(right(slug, CORNER, as_of), corner(slug, str(as_of))) == []


def right(slug: str, season: Season, as_of: date) -> list[Any]:
    return FIGURES[slug](season, as_of)


amounts = st.one_of(st.integers(-99, 99), st.integers(0, 2**33))
seats = st.integers(0, 40)
shares = st.decimals(0, 100, places=4)


def near(day: date, before: int, after: int) -> st.SearchStrategy[date]:
    return st.integers(-before, after).map(lambda offset: day + timedelta(offset))


@st.composite
def play_shows(draw: st.DrawFn, as_of: date) -> Show:
    hours = st.sampled_from([time(0), time(14), time(19, 30), time(23, 59)])
    actors = st.lists(st.sampled_from(["김", "이", "a", "B"]), max_size=3)
    return Show(
        datetime.combine(draw(near(as_of, 20, 25)), draw(hours)),
        *(draw(seats), draw(seats), draw(amounts), tuple(draw(actors))),
        *(draw(shares), draw(shares), draw(shares)),
        {f"{who}_{name}": 1 for who in ("paid", "invited") for name in PLAY_CLASSES[:3]},
    )


@st.composite
def nights(draw: st.DrawFn, as_of: date) -> Show:
    names = [f"{who}_seats_{c}" for who in ("paid", "invited") for c in CONCERT_CLASSES]
    classes = draw(st.dictionaries(st.sampled_from(names), seats, max_size=6))
    at = datetime.combine(draw(near(as_of, 5, 40)), time(18))
    return Show(at, draw(st.integers(0, 200)), draw(seats), classes=classes)


@st.composite
def snapshots(draw: st.DrawFn, as_of: date, category: str) -> Snapshot:
    record_date = draw(near(as_of, 16, 3))
    # Mostly of the last weeks, so that weeks, windows and targets meet; some a year old.
    at = st.one_of(near(record_date, 20, 0), near(record_date, 430, 0))
    day = st.builds(Day, at, amounts, seats, seats)
    show = nights(as_of) if category == "concert" else play_shows(as_of)
    return Snapshot(
        record_date,
        tuple(draw(st.lists(day, max_size=9, unique_by=lambda d: d.date))),
        tuple(draw(st.lists(show, max_size=6, unique_by=lambda s: s.at))),
        draw(st.sampled_from(["active", "active", "active", "superseded", "deleted"])),
    )


@st.composite
def plans(draw: st.DrawFn, as_of: date) -> Plan:
    start = draw(near(as_of, 20, 15))
    texts = st.sampled_from([None, "", "가", "나"])
    return Plan(1, start, start + timedelta(draw(st.integers(0, 6))), *(draw(texts) for _ in "123"))


@st.composite
def performances(draw: st.DrawFn, as_of: date, code: str) -> Performance:
    category = draw(st.sampled_from(["play", "musical", "concert"]))
    around = st.none() | near(as_of, 30, 30)
    sent = st.lists(snapshots(as_of, category), max_size=3, unique_by=lambda s: s.record_date)
    planned = st.lists(plans(as_of), max_size=4, unique_by=lambda p: p.start)
    return Performance(
        *(code, category, f"제목 {code}", draw(st.booleans()), None),
        *(as_of - timedelta(9), draw(near(as_of, 9, 9)), draw(around), draw(around)),
        draw(st.none() | st.decimals(0, 100, places=1)),
        draw(st.none() | amounts),
        draw(st.sampled_from([None, 0, 7, 120])),
        draw(st.dictionaries(st.sampled_from(CONCERT_CLASSES), st.sampled_from([0, 30]))),
        tuple(draw(sent)),
        draw(st.dictionaries(near(as_of, 20, 15), st.integers(0, 10**6), max_size=8)),
        tuple(draw(planned)),
    )


@st.composite
def seasons(draw: st.DrawFn) -> tuple[Season, date]:
    border = st.sampled_from(BORDERS).map(date.fromisoformat)
    as_of = draw(st.one_of(border, st.dates(date(2023, 1, 1), date(2027, 12, 31))))
    found = tuple(draw(performances(as_of, code)) for code in ("P1", "p-2", "P3"))
    notes = st.dictionaries(
        st.tuples(st.sampled_from([as_of.year, as_of.year - 1]), st.integers(1, 12)),
        st.sampled_from([None, "", "메모"]),
        max_size=3,
    )
    return Season(found, draw(notes)), as_of


@pytest.fixture(scope="module")
def shared(server: Server, template_database: str) -> Iterator[Engine]:
    """One database for all examples; each leaves nothing behind."""
    with server.database(template_database) as url:
        engine = create_engine(url)
        yield engine
        engine.dispose()


@pytest.fixture(scope="module")
def check(shared: Engine, new_stage: Callable[[Connection], Any]) -> Callable[..., None]:
    def run(season: Season, days: Sequence[date], *, summarised: bool) -> None:
        with transaction(shared, actor=SYSTEM, as_of=days[0]) as connection:
            stage = new_stage(connection)
            stage.season(season)
            if summarised:
                summarise(connection, list(stage.codes.values()))
            for as_of in days:
                connection.execute(
                    text("SELECT set_config('boxoffice.as_of', :day, true)"), {"day": str(as_of)}
                )
                assert differing(connection, season, as_of) == {}
            connection.rollback()

    return run


def differing(connection: Connection, season: Season, as_of: date) -> dict[str, list[str]]:
    found = {
        slug: differences(right(slug, season, as_of), read_metric(connection, find(slug)))
        for slug in FIGURES
    }
    return {slug: lines for slug, lines in found.items() if lines}


@settings(max_examples=25, deadline=None)
@given(made=seasons(), summarised=st.booleans(), earlier=st.integers(0, 12))
def test_generated_seasons(
    check: Callable[..., None], made: tuple[Season, date], summarised: bool, earlier: int
) -> None:
    season, as_of = made
    check(season, (as_of - timedelta(earlier),), summarised=summarised)


def test_summaries_say_what_the_rows_say(check: Callable[..., None]) -> None:
    check(CORNER, tuple(CORNERS.values()), summarised=True)
    check(APPENDIX, (APPENDIX_DAY,), summarised=True)


def test_a_wrong_figure_would_be_found(corner: Callable[..., list[Any]]) -> None:
    rows = right("play_profit_forecast", CORNER, CORNERS["on its day"])
    rows[0]["past_amount"] = 1
    got = corner("play_profit_forecast", str(CORNERS["on its day"]))
    assert differences(rows, got) == ["row 1, past_amount: 10000001, right is 1"]
    assert differences(rows[1:], got) == ["5 rows, right are 4"]
