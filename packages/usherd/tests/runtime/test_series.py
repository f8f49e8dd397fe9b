"""A day of measurements in little room: what is kept, for how long, and by whom it is found."""

from itertools import pairwise
from pathlib import Path

import pytest

from usher.runtime import series
from usher.runtime.series import COARSE, FINE, KEPT, STEP, Point, Ring, Series, SeriesStore

NOON = 1_763_715_600.0
"""A time at which steps of any length begin."""
DAY = 24 * 3600


def test_what_is_seen_in_one_step_is_one_point() -> None:
    ring = Ring(STEP, FINE)
    ring.add(Point(NOON, 5120, 5120, 10.0, 7, 2, asked=1, slowest=0.1))
    ring.add(Point(NOON + 4, 2048, 8192, 30.0, 9, 3, asked=1, failed=1, slowest=0.5))
    ring.add(Point(NOON + 5, restarts=1))
    ring.add(Point(NOON + 9.9, asked=1, slowest=0.2))
    (point,) = ring.points(0, NOON + 60)
    assert point == Point(NOON, 2048, 8192, 30.0, 9, 3, 1, 3, 1, 0.5)


def test_the_ring_forgets_what_is_too_old() -> None:
    ring = Ring(COARSE, KEPT)
    for step in range(2 * KEPT):
        ring.add(Point(NOON + step * COARSE, 1024, 1024))
    end = NOON + (2 * KEPT - 1) * COARSE
    found = ring.points(0, end)
    assert len(found) == KEPT
    assert [found[0].at, found[-1].at] == [end - DAY + COARSE, end]
    assert ring.points(0, end + DAY) == []  # nothing was added for a day


def test_a_clock_that_was_set_back_hides_what_is_not_yet() -> None:
    ring = Ring(STEP, FINE)
    ring.add(Point(NOON + 500, 1024, 1024))
    assert ring.points(0, NOON) == []


def test_room_is_bounded() -> None:
    one = Ring(STEP, FINE).room + Ring(COARSE, KEPT).room
    assert one <= 31 * 1024
    assert one * series.MOST <= 64_000_000


def test_fine_steps_stand_before_coarse_ones(tmp_path: Path) -> None:
    kept = Series(tmp_path / "api.0")
    for step in range(400):
        kept.add(Point(NOON + step * STEP, 1024, 1024))
    end = NOON + 399 * STEP
    found = kept.points(0, end)
    times = [point.at for point in found]
    assert times == sorted(set(times))
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert max(gaps) < 2 * COARSE  # nothing is missing where they meet
    assert gaps.count(STEP) == FINE - 1
    assert times[-1] - times[0] >= 390 * STEP - COARSE


def test_the_next_daemon_finds_the_steps_that_were_over(tmp_path: Path) -> None:
    store = SeriesStore(tmp_path)
    kept = store.get("a/b", 3)
    assert kept is not None
    for step in range(60):
        kept.add(Point(NOON + step * STEP, 1024 * (step + 1), 4096 * (step + 1)))
    # Killed: nothing is closed.
    path = tmp_path / "state" / "series" / "a%2Fb.3"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.stat().st_size == kept.coarse.room
    (path.parent / "gone.0").write_bytes(b"")
    again = SeriesStore(tmp_path)
    again.load(["a/b"])
    ((service, slot, found),) = again.known()
    assert (service, slot) == ("a/b", 3)
    assert found.coarse.points(0, NOON + 600) == kept.coarse.points(0, NOON + 600)[:-1]
    assert not (path.parent / "gone.0").exists()
    again.keep_only([])
    assert not path.exists()


def test_a_file_that_is_not_ours_counts_as_none(tmp_path: Path) -> None:
    path = tmp_path / "api.0"
    path.write_bytes(b"torn")
    kept = Series(path)
    assert kept.points(0, NOON) == []
    kept.add(Point(NOON, 1024, 1024))
    kept.save()
    assert [each.at for each in Series(path).points(0, NOON + 1)] == []
    assert [each.at for each in Series(path).coarse.points(0, NOON + 1)] == [NOON]


def test_a_disk_that_is_full_costs_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    kept = Series(tmp_path / "api.0")
    monkeypatch.setattr(series.os, "pwrite", full)
    for step in range(30):
        kept.add(Point(NOON + step * STEP, 1024, 1024))
    assert len(kept.fine.points(0, NOON + 600)) == 30


def test_too_many_instances_are_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(series, "MOST", 1)
    store = SeriesStore(tmp_path)
    assert store.get("a", 0) is not None
    assert store.get("b", 0) is None
    assert store.get("a", 0) is not None
