"""View files are ordered by what they read, and refused when they read upwards or in circles."""

import pytest

from boxoffice.db.lineage import LineageError, Source, load_views, order_views
from boxoffice.db.tables import metadata

LOW, MIDDLE, HIGH = "10_staging", "20_intermediate", "30_marts"


def source(name: str, layer: str, query: str) -> Source:
    return Source(name, layer, f"-- One row.\n{query}")


def test_every_view_follows_those_it_reads() -> None:
    views = order_views(
        [
            source("a", HIGH, "SELECT 1 FROM b"),
            source("b", HIGH, "SELECT 1 FROM c JOIN sale USING (id)"),
            source("c", LOW, "SELECT 1 FROM sale"),
        ],
        ["sale"],
    )
    assert [view.name for view in views] == ["c", "b", "a"]
    assert views[1].reads == {"c", "sale"}


@pytest.mark.parametrize(
    ("query", "reads"),
    [
        ("SELECT 1 FROM sale", {"sale"}),
        ("SELECT 1 from\n  sale s", {"sale"}),
        ("SELECT 1 FROM other LEFT JOIN LATERAL (SELECT 1 FROM sale) AS s ON true", {"sale"}),
        ("SELECT 1 FROM sales", set()),
        ("SELECT 1 -- FROM sale", set()),
        ("SELECT ' FROM sale ' AS it FROM x", set()),
        ("SELECT 'it''s FROM sale' AS it", set()),
        ("SELECT extract(year FROM sale_date)", set()),
    ],
)
def test_what_a_query_reads(query: str, reads: set[str]) -> None:
    [view] = order_views([source("v", LOW, query)], ["sale"])
    assert view.reads == reads


@pytest.mark.parametrize(
    ("sources", "message"),
    [
        (
            [source("low", LOW, "SELECT 1 FROM high"), source("high", HIGH, "SELECT 1")],
            'cannot order view "low": it stands in 10_staging and reads "high" of 30_marts',
        ),
        (
            [source("a", HIGH, "SELECT 1 FROM b"), source("b", HIGH, "SELECT 1 FROM a")],
            "cannot order views: they read each other: ",
        ),
        (
            [Source("a", MIDDLE, "SELECT 1")],
            'cannot read view "a": its first line does not say what a row is',
        ),
    ],
    ids=["upwards", "circle", "no grain"],
)
def test_files_that_contradict_each_other(sources: list[Source], message: str) -> None:
    with pytest.raises(LineageError) as refused:
        order_views(sources, [])
    assert str(refused.value).startswith(message)


def test_only_staging_reads_snapshots() -> None:
    """Whatever reads `snapshot` decides which one counts: that must stand in one place."""
    views = load_views(table.name for table in metadata.tables.values())
    assert {view.name for view in views if "snapshot" in view.reads} == {"active_snapshot"}
