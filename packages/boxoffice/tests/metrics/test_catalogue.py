"""The catalogue, the database, the former names and the documents say the same."""

import json
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from boxoffice.db.transactions import SYSTEM, Actor, transaction
from boxoffice.metrics.catalogue import METRICS, MetricUnknown, find
from boxoffice.metrics.conformity import findings
from boxoffice.metrics.labels import LABELS
from boxoffice.metrics.original import ORIGINAL_VIEWS
from boxoffice.metrics.readers import read_metric
from boxoffice.metrics.words import Metric, won
from boxoffice.testing import golden_folder

ROOT = Path(__file__).parents[4]


def test_slugs_are_unique_and_found() -> None:
    assert len({metric.slug for metric in METRICS}) == len(METRICS) == 38
    assert find("play_all_shows").slug == "play_all_shows"
    with pytest.raises(MetricUnknown, match='there is none called "play_all_show"'):
        find("play_all_show")


def test_a_key_is_made_of_columns() -> None:
    with pytest.raises(ValueError, match=r"its key \{'month'\} is no column"):
        Metric("x", "x", "x", ("month",), "", "", won("amount"))


def test_the_database_has_the_views_and_columns_of_the_catalogue(engine: Engine) -> None:
    with engine.connect() as connection:
        assert list(findings(connection)) == []


@pytest.mark.parametrize(
    ("breach", "finding"),
    [
        ("DROP VIEW target_totals", 'view "target_totals" is missing'),
        ("CREATE VIEW mine AS SELECT 1 AS one", 'view "mine" belongs to no file'),
        (
            "ALTER VIEW target_totals RESET (security_invoker)",
            'view "target_totals" reads with the rights of its owner, not of the reader',
        ),
        (
            "ALTER VIEW target_totals RENAME COLUMN target_amount TO amount",
            'metric "target_totals": column "amount" stands in the view only',
        ),
    ],
)
def test_conformity_notices(engine: Engine, breach: str, finding: str) -> None:
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL search_path = boxoffice"))
        connection.execute(text(breach))
        assert finding in list(findings(connection))


def test_every_former_view_has_a_metric() -> None:
    new = {"concert_monthly", "concert_show_seats", "marketing_effect", "play_revenue_by_actor"}
    assert {metric.slug for metric in METRICS} == ORIGINAL_VIEWS.keys() | new
    for slug, view in ORIGINAL_VIEWS.items():
        ours = {column.name for column in find(slug).columns}
        assert set(view.columns.values()) <= ours, slug


def test_every_column_has_one_label_in_both_languages() -> None:
    names = {column.name for metric in METRICS for column in metric.columns}
    assert LABELS.keys() == names
    for metric in METRICS:
        labels = [column.label for column in metric.columns]
        for headings in ([label.ko for label in labels], [label.en for label in labels]):
            assert len(set(headings)) == len(headings), f"{metric.slug} repeats a heading"
            assert all(headings)
    hangul = re.compile("[가-힣]")
    for name, label in LABELS.items():
        assert hangul.search(label.ko), name
        assert label.en.isascii(), name


def test_figures_that_differ_say_why() -> None:
    """`known_wrong.json` names every cell of the former server that was wrong."""
    for season in ("season-small", "season-a"):
        wrong = json.loads((golden_folder() / season / "known_wrong.json").read_text("utf-8"))
        views = {cell["view"] for cell in wrong["cells"]}
        silent = {
            slug
            for slug, view in ORIGINAL_VIEWS.items()
            if view.name in views and not find(slug).changed
        }
        assert silent == set()


@pytest.mark.parametrize("tool", ["gen_view_lineage", "gen_metrics_reference"])
def test_documents_are_in_step(tool: str) -> None:
    command = [sys.executable, str(ROOT / "tools" / f"{tool}.py"), "--check"]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (result.returncode, result.stderr) == (0, "")


def test_actors_without_rights_read_no_figure(engine: Engine) -> None:
    """A total over performances must not tell what its reader may not see."""
    with engine.begin() as connection:
        connection.execute(text("SELECT set_config('boxoffice.actor', 'system', true)"))
        connection.execute(
            text(
                "INSERT INTO boxoffice.performance"
                " (code, category, title, show_start_date, show_end_date)"
                " VALUES ('P1', 'play', 'x', '2025-01-01', '2025-01-01')"
            )
        )
    seen = {}
    for actor in (SYSTEM, Actor("somebody")):
        with transaction(engine, actor=actor, as_of=date(2025, 6, 18)) as connection:
            seen[actor.name] = len(read_metric(connection, find("target_totals")))
    assert seen == {"system": 1, "somebody": 0}
