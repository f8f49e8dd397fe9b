"""What `usher drill` says of results, and what it ends with."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from usher.drill.faults import FAULTS
from usher.drill.like import Settings
from usher.model.drill import Drill

Usher = Callable[..., Any]

GOOD = Drill(
    number=0, fault="stop", kind="hang", at=1_795_000_000.0, version="1",
    detect=12.0, recover=15.0, cause="process.stopped",
)  # fmt: skip
LATE = Drill(
    number=0, fault="block", kind="hang", at=1_795_000_000.0, version="1",
    detect=40.0, cause="loop.blocked", restarts=1,
)  # fmt: skip


@pytest.fixture
def drilled(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Drills that are held without processes; returns the faults of each."""
    held: list[list[str]] = []

    def hold(
        moments: Mapping[str, float], settings: Settings, tell: Callable[[str, str], None]
    ) -> list[Drill]:
        assert all(0 <= at <= settings.own.interval for at in moments.values())
        held.append([*moments])
        tell("stop", "stands still")
        return [each for each in (GOOD, LATE) if each.fault in moments]

    monkeypatch.setattr("usher.cli.drill.hold", hold)
    return held


def test_what_came_true_ends_with_0(usher: Usher, drilled: list[list[str]]) -> None:
    printed = usher("drill", "stop")
    assert (printed.code, drilled) == (0, [["stop"]])
    assert printed.out.splitlines()[1].split() == [
        "stop", "12.0", "s", "15.0", "s", "0", "ok", "process.stopped",
    ]  # fmt: skip
    assert "stop: stands still" in printed.err
    assert "kept as DRILL-1 " in printed.err


def test_what_did_not_ends_with_6_and_says_why(usher: Usher, drilled: list[list[str]]) -> None:
    printed = usher("drill")
    assert (printed.code, drilled) == (6, [[*FAULTS]])
    lines = printed.out.splitlines()
    assert lines[2].split() == ["block", "40.0", "s", "never", "1", "missed", "loop.blocked"]
    assert lines[3:] == ["block: detected after 40.0 s, promised 30 s", "block: it did not recover"]


def test_programs_read_the_same(usher: Usher, drilled: list[list[str]]) -> None:
    answer = json.loads(usher("drill", "block", "--json").out)
    (drill,) = answer["drills"]
    assert (drill["id"], drill["recover"], len(drill["shortfalls"])) == ("DRILL-1", None, 2)
    assert answer["exit_code"] == 6


def test_earlier_drills_are_shown_for_the_faults_asked_for(
    usher: Usher, drilled: list[list[str]]
) -> None:
    assert usher("drill", "--history").out == "no drill so far\n"
    usher("drill", "stop", "block")
    answer = json.loads(usher("drill", "--history", "block", "--json").out)
    assert [each["id"] for each in answer["drills"]] == ["DRILL-2"]
    assert len(drilled) == 1


def test_a_home_that_cannot_keep_results_is_told_before_anything_runs(
    usher: Usher, drilled: list[list[str]], home: Path
) -> None:
    (home / "state").write_text("not a folder")
    refused = usher("drill")
    assert (refused.code, drilled) == (2, [])
    assert "cannot keep results in" in refused.err
