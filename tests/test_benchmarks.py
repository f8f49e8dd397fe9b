"""What the benchmark says of its samples."""

from dataclasses import replace

import pytest
from benchmarks.recovery.hangs import Trial
from benchmarks.recovery.report import Report
from benchmarks.rig.figure import Figure
from benchmarks.rig.goals import GOALS, behind, verdicts
from benchmarks.rig.measures.flood import damage
from benchmarks.rig.measures.killed import Aftermath
from benchmarks.rig.report import quartiles, ratio, replace_section
from benchmarks.rig.services import printed_line


def figure(key: str, **samples: list[float]) -> Figure:
    return Figure(key, f"title of {key}", "s", samples=samples)


PRINTED = [printed_line(i) for i in range(5)]


@pytest.mark.parametrize(
    ("kept", "lost", "foreign"),
    [
        (PRINTED, 0, 0),
        ([b"10:00 " + line for line in PRINTED], 0, 0),
        (PRINTED[:-1], 1, 0),
        ([*PRINTED, PRINTED[0]], 0, 1),
        ([*PRINTED[:-1], PRINTED[-1][:50] + b"\n", PRINTED[-1][50:]], 1, 2),
        ([], 5, 0),
    ],
    ids=["whole", "stamped", "one is missing", "doubled", "torn in two", "nothing"],
)
def test_damage_to_a_log(kept: list[bytes], lost: int, foreign: int) -> None:
    assert damage(b"".join(kept), b"".join(PRINTED)) == (lost, foreign)


def test_what_became_of_services_whose_manager_was_killed() -> None:
    before = {1: "same", 2: "ended", 3: "doubled", 4: "replaced"}
    after = {1: "same", 3: "doubled", 30: "doubled", 40: "replaced"}
    assert Aftermath.of(before, after, known={1, 30, 40}) == Aftermath(lost=2, doubled=1, unknown=1)


def test_a_ratio_is_that_of_the_medians() -> None:
    assert ratio(figure("x", usher=[9.0, 1.0, 2.0], pm2=[4.0]), "pm2") == "0.50x"


def test_without_a_ratio_its_reason_stands_there() -> None:
    measured = figure("x", usher=[1.0], runit=[0.0])
    measured.fail("pm2", "it did not start")
    assert ratio(measured, "pm2") == "failed"
    assert ratio(measured, "supervisor") == "not offered"
    assert ratio(measured, "runit") == "peer 0"
    assert ratio(figure("x", usher=[0.0], runit=[0.0]), "runit") == "both 0"


def test_quartiles_begin_and_end_with_the_extremes() -> None:
    assert quartiles([5.0, 1.0, 2.0, 3.0, 4.0]) == [1, 2, 3, 4, 5]
    assert quartiles([7.0]) == [7] * 5


@pytest.mark.parametrize(("ours", "met"), [(33.0, True), (34.0, False)])
def test_a_goal_is_a_share_of_what_the_peer_needs(ours: float, met: bool) -> None:
    [verdict] = verdicts([figure("list", usher=[ours], pm2=[100.0])])
    assert (verdict.limit, verdict.met) == (pytest.approx(100 / 3), met)


def test_a_goal_of_zero_counts_the_worst_sample_not_the_median() -> None:
    [verdict] = verdicts([figure("killed-lost", usher=[0.0, 0.0, 1.0])])
    assert verdict.met is False


def test_a_goal_without_its_peer_is_neither_met_nor_missed() -> None:
    [verdict] = verdicts([figure("list", usher=[1.0])])
    assert verdict.met is None


def test_time_stamps_are_compared_with_another_figure_of_the_peer() -> None:
    figures = [figure("log-dated-cpu", usher=[0.5], pm2=[9.0]), figure("log-plain-cpu", pm2=[0.6])]
    [verdict] = verdicts(figures)
    assert (verdict.ours, verdict.limit) == (0.5, 0.6)


def test_goals_are_told_apart() -> None:
    assert len({goal.text for goal in GOALS}) == len(GOALS)


def test_behind_is_where_a_peer_needs_less_and_should_not() -> None:
    figures = [
        figure("up-100", usher=[2.0], pm2=[1.0], supervisor=[3.0], runit=[0.1]),
        figure("rss-1", usher=[2.0], pm2=[3.0], supervisor=[1.0]),
        Figure("loop-starts", "", "", ranked=False, samples={"usher": [9], "pm2": [1]}),
    ]
    assert [(peer, each.key, times) for peer, each, times in behind(figures)] == [
        ("pm2", "up-100", 2.0)
    ]


def test_figures_are_placed_between_the_markers_again_and_again() -> None:
    others = "<!-- others: begin -->\nkept\n<!-- others: end -->\n"
    page = f"{others}<!-- figures: begin -->\nold\n<!-- figures: end -->\nafter\n"
    new = replace_section(page, "new\n")
    assert new == f"{others}<!-- figures: begin -->\n\nnew\n\n<!-- figures: end -->\nafter\n"
    assert "\n\nmine\n\n<!-- others: end -->" in replace_section(page, "mine", "others")
    assert replace_section(new, "new\n") == new


def test_a_page_without_markers_is_left_alone() -> None:
    with pytest.raises(ValueError, match="cannot place the figures"):
        replace_section("nothing here", "new")


RUN = Trial("loop", detected=12.0, recovered=20.0, incidents=1, kind="hang", answers=True)


@pytest.mark.parametrize(
    ("wrong", "met"),
    [
        ({}, True),
        ({"detected": 30.1, "recovered": 40.0}, False),
        ({"recovered": float("inf")}, False),
        ({"incidents": 2}, False),
        ({"kind": "crash"}, False),
        ({"answers": False}, False),
    ],
    ids=["as promised", "late", "never mended", "told twice", "told wrongly", "does not answer"],
)
def test_a_fault_is_mended_as_promised_only_if_every_run_is(
    wrong: dict[str, object], met: bool
) -> None:
    report = Report("", "", {}, trials=[RUN, replace(RUN, **wrong)])
    [row] = [line for line in report.as_markdown().splitlines() if "event loop blocked" in line]
    assert row.rstrip(" |").endswith("| met" if met else "| MISSED")
