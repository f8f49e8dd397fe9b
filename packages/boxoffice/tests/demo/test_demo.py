"""The invented season: repeatable, consistent, and accepted like anybody's files."""

import io
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import openpyxl
import psycopg
import pytest

from boxoffice.demo import invent_season
from boxoffice.planning import Season

TODAY = date(2026, 3, 10)


def test_same_day_and_seed_give_the_same_bytes() -> None:
    first, second, other = (invent_season(TODAY, seed) for seed in (1, 1, 2))
    assert first == second
    assert first.workbooks[0].content != other.workbooks[0].content


@pytest.mark.parametrize("today", [TODAY, date(2026, 1, 1), date(2024, 2, 29), date(2026, 12, 31)])
def test_plan_is_a_valid_season_with_every_category(today: date) -> None:
    season = invent_season(today)
    plan = Season.model_validate(season.plan)
    assert {p.category.value for p in plan.performances} == {"play", "musical", "concert"}
    assert [p.is_active for p in plan.performances].count(False) == 1
    codes = {p.code for p in plan.performances}
    assert {w.name.split("_")[1] for w in season.workbooks} == codes
    assert all(w.name < f"{today:%Y%m%d}" for w in season.workbooks)


def test_sheets_of_a_workbook_agree_with_each_other() -> None:
    book = next(w for w in reversed(invent_season(TODAY).workbooks) if "MUS1001" in w.name)
    sheets = openpyxl.load_workbook(io.BytesIO(book.content))
    days = list(sheets["Daily"].iter_rows(min_row=4, values_only=True))
    shows = list(sheets["회차별판매"].iter_rows(min_row=4, values_only=True))
    markers = [cell.value for cell in sheets["회차별판매"][2]]
    paid, amount = (markers.index(f"dash_seat_paid_{name}") for name in ("tot", "sales"))
    assert sum(row[-1] for row in days) == sum(row[amount] for row in shows)
    assert sum(row[-2] for row in days) == sum(row[paid] for row in shows)
    assert all(0 <= row[paid] <= 520 for row in shows)


@pytest.mark.process
def test_demo_loads_once_and_without_a_warning(fresh_database: str) -> None:
    def demo(*options: str) -> str:
        done = subprocess.run(
            [str(Path(sys.executable).with_name("boxoffice")), "demo", *options],
            env={**os.environ, "DATABASE_URL": fresh_database},
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stderr

    assert "8 performances, 30 workbooks as of 2026-03-10" in demo("--as-of", "2026-03-10")
    assert "8 performances are there already" in demo("--once")
    demo("--as-of", "2026-03-10")
    with psycopg.connect(fresh_database) as connection:
        connection.execute("SELECT set_config('boxoffice.actor', 'system', true)")
        row = connection.execute(
            "SELECT count(*), sum((report ->> 'warningCount')::int), count(DISTINCT status)"
            " FROM boxoffice.snapshot"
        ).fetchone()
    assert row == (30, 0, 1)
