"""Signs of life: when they count, and when nothing is known yet."""

from pathlib import Path

import pytest

from usher.model.target import LogTarget, WatchdogTarget
from usher.probe.answer import Answer
from usher.runtime.heartbeats import READ_LIMIT, Heartbeat, Pings

LOG = LogTarget("tick [0-9]+", within=30)


def _ok(answer: Answer | None) -> bool | None:
    return None if answer is None else answer.ok


def _write(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


def test_a_line_counts_for_its_time(tmp_path: Path) -> None:
    path = tmp_path / "out.log"
    _write(path, "tick 1\n")
    beat = Heartbeat(LOG, (str(path),), 100.0)
    assert beat.look(101.0) is None, "what was written before says nothing of this run"
    _write(path, "other\ntick 2\n")
    assert _ok(beat.look(110.0)) is True
    assert _ok(beat.look(140.0)) is True
    late = beat.look(140.1)
    assert late is not None
    assert late.detail == "a line with 'tick [0-9]+' came 30 s ago, expected every 30 s"


def test_what_never_comes_fails_after_its_time(tmp_path: Path) -> None:
    beat = Heartbeat(LOG, (str(tmp_path / "none.log"),), 100.0)
    assert beat.look(130.0) is None
    assert _ok(beat.look(130.1)) is False


def test_a_line_is_looked_at_when_it_is_whole_and_in_a_new_file(tmp_path: Path) -> None:
    path = tmp_path / "out.log"
    _write(path, "before\n")
    beat = Heartbeat(LOG, (str(path),), 100.0)
    _write(path, "tick")
    assert beat.look(101.0) is None
    _write(path, " 3\n")
    assert _ok(beat.look(102.0)) is True
    path.rename(tmp_path / "out.log.1")
    _write(path, "tick 4\n")
    assert _ok(beat.look(140.0)) is True


def test_of_a_flood_the_last_is_read(tmp_path: Path) -> None:
    path = tmp_path / "out.log"
    path.touch()
    beat = Heartbeat(LOG, (str(path),), 100.0)
    _write(path, "x" * READ_LIMIT + "\ntick 5\n")
    assert _ok(beat.look(101.0)) is True
    assert _ok(beat.look(132.0)) is False


def test_pings_count_for_whom_is_asked() -> None:
    now = 100.0
    pings = Pings(lambda: now)
    target = WatchdogTarget(10)
    pings.note(7, False)
    pings.begin(7)
    assert pings.look(7, target, 105.0) is None
    assert _ok(pings.look(7, target, 111.0)) is False, "what came before was nobody's"
    now = 112.0
    pings.note(7, False)
    assert _ok(pings.look(7, target, 122.0)) is True
    pings.note(7, True)
    said = pings.look(7, target, 113.0)
    assert said is not None
    assert said.detail == "the process said WATCHDOG=trigger"
    pings.end(7)
    assert pings.look(7, target, 200.0) is None


@pytest.mark.parametrize("triggered", [True, False])
def test_a_word_of_a_stranger_is_not_kept(triggered: bool) -> None:
    pings = Pings(lambda: 1.0)
    for pid in range(1000):
        pings.note(pid, triggered)
    assert pings.look(5, WatchdogTarget(10), 1.0) is None
