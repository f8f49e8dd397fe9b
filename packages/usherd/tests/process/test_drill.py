"""Drills in full: faults are really brought about, and nothing is left of where that was done."""

import contextlib
import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.usher_home import until

from usher.drill.records import drills

pytestmark = pytest.mark.process

WELL = '[apps.well]\ncommand = ["sleep", "1000"]\n'


@pytest.fixture
def place(usher: Any) -> Path:
    """The folder for temporary files of this usher: drills are held in it."""
    folder = usher.folder / "tmp"
    folder.mkdir()
    usher.env["TMPDIR"] = str(folder)
    return folder


def at_work(place: Path) -> set[int]:
    """Pids of everything that belongs to a drill that was held there."""
    mark = f"{place}/usher-drill-".encode()
    found: set[int] = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if mark in (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes():
                    found.add(int(entry.name))
    return found


@contextlib.contextmanager
def begun(usher: Any, fault: str) -> Iterator[subprocess.Popen[str]]:
    """A drill in which the fault has just been brought about."""
    drill = subprocess.Popen(
        [sys.executable, "-m", "usher.main", "drill", fault],
        cwd=usher.folder,
        env=usher.env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with drill:
        try:
            assert drill.stderr is not None
            # It says a line a step, and ends within its own patience.
            assert any(f"{fault}: " in line for line in drill.stderr)
            yield drill
        finally:
            drill.terminate()


def test_f4_4_a_drill_measures_detection_and_recovery(usher: Any, place: Path) -> None:
    usher.config(WELL)
    usher("start")
    before = usher.pids()
    answer = json.loads(usher("drill", "crash", "stop", "--json").stdout)
    stop, crash = answer["drills"]
    assert (stop["fault"], stop["kind"], stop["cause"]) == ("stop", "hang", "process.stopped")
    assert (crash["fault"], crash["kind"]) == ("crash", "crash")
    assert crash["cause"] == "py.uncaught_exception"
    assert (stop["restarts"], crash["restarts"]) == (0, 1)
    # Three failing answers, two seconds apart at least: less would be a guess.
    assert 4.0 < stop["detect"] <= 30.0
    assert stop["detect"] < stop["recover"] <= 45.0
    assert 0.0 < crash["detect"] < crash["recover"] <= 45.0
    assert [each["shortfalls"] for each in answer["drills"]] == [[], []]
    # Nothing of the user's was touched, nothing is left, and what was measured is kept.
    assert usher.pids() == before
    assert json.loads(usher("incidents", "--json").stdout)["incidents"] == []
    assert [*place.iterdir()] == []
    kept = usher.home / "state" / "drills.jsonl"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert [each.id for each in drills(usher.home)] == ["DRILL-1", "DRILL-2"]
    shown = usher("drill", "--history").stdout.splitlines()
    assert [line.split()[0] for line in shown] == ["ID", "DRILL-1", "DRILL-2"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_drill_that_is_interrupted_leaves_nothing(
    usher: Any, place: Path, number: signal.Signals
) -> None:
    with begun(usher, "stop") as drill:  # which would not hear of its end, either
        assert len(at_work(place)) >= 4  # keeper, daemon, the app, and one beside it
        drill.send_signal(number)
        assert drill.wait(60) == 130
    until(lambda: not at_work(place), 10)
    assert [*place.iterdir()] == []
    assert drills(usher.home) == []


def test_what_a_killed_drill_has_left_is_ended_by_the_next(usher: Any, place: Path) -> None:
    with begun(usher, "no-answer") as drill:
        drill.kill()
        drill.wait(10)
    (left,) = place.iterdir()
    assert at_work(place)
    os.utime(left, (0, 0))  # not one that is just about to begin
    usher("drill", "crash")
    assert not left.exists()
    assert not at_work(place)


def test_a_drill_may_have_the_settings_of_an_app(usher: Any, place: Path) -> None:
    probe = 'probes.is = { command = ["true"], interval = "500ms", confirm_interval = "200ms", '
    usher.config(
        f'{WELL}{probe}timeout = "500ms" }}\n[apps.unasked]\ncommand = ["sleep", "1000"]\n'
    )
    usher("start")
    (stop,) = json.loads(usher("drill", "stop", "--like", "well", "--json").stdout)["drills"]
    assert stop["like"] == "well"
    assert stop["detect"] < 4.0  # the defaults take more: see above
    done = usher("drill", "stop", "--like", "unasked", code=1)
    assert "no hang of it would be noticed" in done.stderr
    assert [each.like for each in drills(usher.home)] == ["well"]


def test_an_unknown_fault_is_refused_before_anything_runs(usher: Any, place: Path) -> None:
    done = usher("drill", "sotp", code=1)
    assert "cannot drill 'sotp'" in done.stderr
    assert not usher.home.exists()


def test_the_faults_are_listed_with_what_is_expected(usher: Any) -> None:
    listed = json.loads(usher("drill", "--list", "--json").stdout)["faults"]
    promises = {each["fault"]: each["promise"] for each in listed}
    assert promises["stop"].items() >= {"detect": 30.0, "recover": 45.0, "restarts": 0}.items()
    assert len(usher("drill", "--list", "stop").stdout.splitlines()) == 2
