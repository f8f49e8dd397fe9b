"""What definitions ask us to observe: the clock, memory, files."""

import asyncio
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from usher.model import events as ev
from usher.model.spec import MemorySpec, WatchSpec
from usher.runtime import schedule
from usher.runtime.memory import Limited, MemoryMeter
from usher.runtime.processes import Usage
from usher.runtime.schedule import Schedule, local_zone, next_time
from usher.runtime.watch import FileWatch

BERLIN = ZoneInfo("Europe/Berlin")
SEOUL = ZoneInfo("Asia/Seoul")


def at(text: str, zone: ZoneInfo = BERLIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


# -- the clock -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "after", "due"),
    [
        ("30 2 * * *", at("2026-11-21 12:00", SEOUL), "2026-11-22T02:30:00+09:00"),
        ("*/10 * * * * *", at("2026-11-21 12:00:01", SEOUL), "2026-11-21T12:00:10+09:00"),
        # 02:30 does not exist on the last Sunday of March: due right after the gap.
        ("30 2 * * *", at("2026-03-28 12:00"), "2026-03-29T03:00:00+02:00"),
        # 02:30 comes twice on the last Sunday of October: due the first time ...
        ("30 2 * * *", at("2026-10-24 12:00"), "2026-10-25T02:30:00+02:00"),
        # ... and not the second.
        ("30 2 * * *", at("2026-10-25 02:30"), "2026-10-26T02:30:00+01:00"),
    ],
)
def test_when_an_expression_is_due(expression: str, after: datetime, due: str) -> None:
    found = next_time(expression, after)
    assert found is not None
    assert found.isoformat() == due


def test_the_zone_is_that_of_the_host() -> None:
    assert local_zone({"TZ": "Asia/Seoul"}) == SEOUL
    assert local_zone({"TZ": ":Asia/Seoul"}) == SEOUL
    offset = datetime.now(local_zone({})).utcoffset()
    assert offset == datetime.now().astimezone().utcoffset()
    assert local_zone({"TZ": "No/Where"}).utcoffset(None) == timedelta(0)


class Clock:
    """Wall clock and loop timers that a test moves."""

    def __init__(self, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = now
        self.timers: list[tuple[float, Callable[[], None]]] = []
        self.due: list[str] = []
        monkeypatch.setattr(asyncio, "get_running_loop", lambda: self)
        self.schedule = Schedule(self.due.append, lambda: self.now)

    def call_later(self, delay: float, call: Callable[[], None]) -> Any:
        entry = (delay, call)
        self.timers.append(entry)
        timers = self.timers

        class Handle:
            def cancel(self) -> None:
                if entry in timers:
                    timers.remove(entry)

        return Handle()

    def pass_by(self, seconds: float) -> None:
        """The clock goes on and the timer that is due by then fires."""
        (entry,) = self.timers
        self.timers.remove(entry)
        self.now += timedelta(seconds=seconds)
        entry[1]()


def test_one_timer_for_all_expressions_and_none_without(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(at("2026-11-21 12:00:50", SEOUL), monkeypatch)
    clock.schedule.follow({})
    assert clock.timers == []
    clock.schedule.follow({"a": "* * * * *", "b": "*/2 * * * *"})
    assert [delay for delay, _ in clock.timers] == [10.0]
    clock.pass_by(10)
    assert clock.due == ["a"]
    clock.pass_by(60)
    assert sorted(clock.due) == ["a", "a", "b"]
    clock.schedule.follow({})
    assert clock.timers == []


def test_a_far_time_is_looked_at_again_for_the_clock_may_be_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Clock(at("2026-11-21 12:00", SEOUL), monkeypatch)
    clock.schedule.follow({"a": "0 13 * * *"})
    assert clock.timers[0][0] == schedule.LONGEST_SLEEP
    clock.pass_by(3600)  # somebody set it
    assert clock.due == ["a"]


def test_what_was_slept_through_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(at("2026-11-21 02:00", SEOUL), monkeypatch)
    clock.schedule.follow({"a": "30 2 * * *"})
    clock.pass_by(10 * 3600)
    assert clock.due == []
    clock.pass_by(60)
    assert clock.due == []


def test_a_known_expression_keeps_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(at("2026-11-21 12:00:50", SEOUL), monkeypatch)
    clock.schedule.follow({"a": "* * * * *"})
    clock.now += timedelta(seconds=15)
    clock.schedule.follow({"a": "* * * * *", "b": "0 0 * * *"})
    clock.pass_by(0)
    assert clock.due == ["a"]


# -- memory ----------------------------------------------------------------------------------------

KEY = ev.Key("api", 1, 0)
LIMIT = MemorySpec(limit=100, interval=0.001, samples=3)


@pytest.mark.parametrize(
    ("readings", "told"),
    [
        ([90, 110, 110, 110, 120, 90, 110], []),  # three intervals' worth never in a row
        ([110, 110, 110, 110, 110, 110], [110, 110]),  # said again as long as it lasts
        ([90, 151], [151]),  # a fast leak: one reading is enough
        ([100, 100, 100], []),  # the limit itself is allowed
    ],
)
async def test_how_many_readings_are_enough(readings: list[int], told: list[int]) -> None:
    found: list[ev.MemoryExceeded | ev.MemoryWithin] = []
    left = list(readings)
    done = asyncio.Event()

    def read(pids: Collection[int]) -> dict[int, Usage]:
        assert set(pids) == {7}
        if len(left) == 1:
            done.set()
        return {7: Usage(memory=left.pop(0) if left else 0, cpu=0.0)}

    meter = MemoryMeter(found.append, read)
    meter.follow({(KEY, 1): Limited(7, LIMIT)})
    async with asyncio.timeout(10):
        await done.wait()
    meter.close()
    await asyncio.sleep(0)
    assert [each.used for each in found] == told
    assert all((each.key, each.run, each.limit) == (KEY, 1, 100) for each in found)


async def test_what_is_known_to_be_too_big_is_told_to_be_within_its_limit() -> None:
    found: list[ev.MemoryExceeded | ev.MemoryWithin] = []
    readings = iter([90, 110, 100, 160, 80])
    done = asyncio.Event()

    def read(pids: Collection[int]) -> dict[int, Usage]:
        used = next(readings, None)
        if used == 110:  # one reading above it is not enough, and no proof of the contrary
            meter.follow({(KEY, 1): Limited(7, LIMIT, excess=True)})
        if used is None:
            done.set()
        return {} if used is None else {7: Usage(memory=used, cpu=0.0)}

    meter = MemoryMeter(found.append, read)
    meter.follow({(KEY, 1): Limited(7, LIMIT)})
    async with asyncio.timeout(10):
        await done.wait()
    meter.close()
    assert [(type(each), each.used) for each in found] == [
        (ev.MemoryWithin, 100),
        (ev.MemoryExceeded, 160),
        (ev.MemoryWithin, 80),
    ]


async def test_nothing_is_read_when_nothing_has_a_limit() -> None:
    readings: list[Collection[int]] = []

    def read(pids: Collection[int]) -> dict[int, Usage]:
        readings.append(pids)
        return {}

    meter = MemoryMeter(lambda _: None, read)
    meter.follow({(KEY, 1): Limited(7, LIMIT)})
    meter.follow({})
    await asyncio.sleep(0.02)
    assert readings == []


# -- files -----------------------------------------------------------------------------------------


class Seen:
    """Changes as they are told."""

    def __init__(self) -> None:
        self.changes: list[tuple[str, str]] = []
        self.watch = FileWatch(lambda service, path: self.changes.append((service, path)))

    async def until(self, number: int) -> None:
        async with asyncio.timeout(15):
            while len(self.changes) < number:
                await asyncio.sleep(0.02)


async def touch_until_seen(seen: Seen, path: Path, number: int) -> None:
    """The watcher needs a moment to begin; so the file is written until all were told of it."""
    async with asyncio.timeout(15):
        while len(set(seen.changes)) < number:
            path.write_text("x")
            await asyncio.sleep(0.2)


async def test_a_change_is_told_once_with_the_file_and_to_whom_it_concerns(tmp_path: Path) -> None:
    for folder in ("a", "b", "a/logs"):
        (tmp_path / folder).mkdir()
    seen = Seen()
    seen.watch.follow(
        {
            "a": WatchSpec(paths=(str(tmp_path / "a"),), ignore=(r"\.tmp$",), delay=0.1),
            "both": WatchSpec(paths=(str(tmp_path),), delay=0.1),
        },
        frozenset({str(tmp_path / "a" / "logs")}),
    )
    await touch_until_seen(seen, tmp_path / "a" / "main.py", 2)
    assert set(seen.changes) == {
        ("a", str(tmp_path / "a" / "main.py")),
        ("both", str(tmp_path / "a" / "main.py")),
    }
    await asyncio.sleep(0.5)
    seen.changes.clear()
    (tmp_path / "a" / "x.tmp").write_text("ignored by a")
    (tmp_path / "a" / "logs" / "out.log").write_text("never counts")
    await seen.until(1)
    await asyncio.sleep(0.3)
    assert seen.changes == [("both", str(tmp_path / "a" / "x.tmp"))]
    seen.watch.close()


async def test_seeing_a_change_logs_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Our own log may lie in the watched folder."""
    caplog.set_level("INFO")
    seen = Seen()
    seen.watch.follow({"a": WatchSpec(paths=(str(tmp_path),), delay=0.1)}, frozenset())
    await touch_until_seen(seen, tmp_path / "file", 1)
    seen.watch.close()
    assert caplog.records == []


async def test_many_changes_in_a_row_are_one(tmp_path: Path) -> None:
    seen = Seen()
    seen.watch.follow({"a": WatchSpec(paths=(str(tmp_path),), delay=0.6)}, frozenset())
    await touch_until_seen(seen, tmp_path / "first", 1)
    await asyncio.sleep(0.5)
    seen.changes.clear()
    for number in range(20):
        (tmp_path / f"{number}").write_text("x")
    await seen.until(1)
    await asyncio.sleep(0.5)
    assert len(seen.changes) == 1
    seen.watch.close()
