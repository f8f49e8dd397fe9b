"""What is remembered of scheduled restarts, and when it is told: with this process as the app."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from usher.diagnosis.measured import Observed
from usher.diagnosis.signature import Signature
from usher.model import actions as act
from usher.model import events as ev
from usher.model.phase import Inactive, Process, Running
from usher.model.spec import ServiceSpec
from usher.model.world import Generation, Instance, Service, World
from usher.runtime import clock, processes, scheduled_restarts
from usher.runtime.scheduled_restarts import ScheduledRestarts
from usher.runtime.series import Point, SeriesStore

KEY = ev.Key("api", 1, 0)
DAY = 24 * 3600.0


class Home:
    """A home with one app; each night its schedule is due."""

    def __init__(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.home = home
        self.now = ev.Now(1_000_000.0, 1_763_715_600.0)
        self.size = 0
        self.world = World()
        self.told: list[Observed | None] = []
        self.series = SeriesStore(home)
        self.lives(since=self.now.boot - DAY)
        monkeypatch.setattr(clock, "read", lambda: self.now)
        monkeypatch.setattr(processes, "usage", lambda pid: processes.Usage(self.size, 0.0))
        self.restarts = self.daemon()

    def daemon(self) -> ScheduledRestarts:
        """A daemon that begins now."""
        made = ScheduledRestarts(self, self.series, self)
        made.begin(self.world.services)
        return made

    def lives(self, since: float | None) -> None:
        phase = Inactive() if since is None else Running(Process(os.getpid(), since), since)
        instance = Instance(KEY, run=1, phase=phase)
        spec = ServiceSpec("api", ("x",), "/")
        self.world = World(services={"api": Service(0, Generation(1, spec, {0: instance}))})

    def pid(self, key: ev.Key, run: int) -> int | None:
        return os.getpid()

    def seen(self, key: ev.Key, judged: Mapping[Signature, Observed | None]) -> None:
        assert (key.service, key.slot) == ("api", 0)
        (found,) = judged.values()
        self.told.append(found)

    def night(self, megabytes: float) -> Observed | None:
        """A day goes by; then the app is restarted at this size. Returns what is told."""
        self.now = ev.Now(self.now.boot + DAY, self.now.wall + DAY)
        self.lives(since=self.now.boot - DAY)
        self.size = round(megabytes * 1_000_000)
        self.restarts.recorded(self.event("scheduled"))
        return self.told[-1] if self.told else None

    def event(self, event: str) -> act.Changed:
        return act.Changed(KEY, 1, event, "running", ready=True)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    (tmp_path / "state").mkdir()
    return Home(tmp_path, monkeypatch)


def test_a2_18_a_nightly_restart_that_masks_a_leak_is_told(home: Home) -> None:
    assert [home.night(size) for size in (200, 230, 260)] == [None, None, None]
    found = home.night(300)
    assert found is not None
    assert found.fault.id == "memory.masked_leak"
    assert "191 MiB, 219 MiB, 248 MiB, 286 MiB, after 24 h each" in found.text


def test_a2_18_nights_are_remembered_by_the_next_daemon(home: Home) -> None:
    for size in (200, 230, 260):
        home.night(size)
    home.restarts = home.daemon()
    assert home.told[-1] is None
    assert home.night(300) is not None
    home.told.clear()
    home.daemon()
    assert [found is not None for found in home.told] == [True]


def test_what_was_measured_of_the_run_counts(home: Home) -> None:
    """Each run leaks, and every night it is as large as the night before."""
    for _ in range(3):
        home.series = SeriesStore(home.home / "other")
        series = home.series.get("api", 0)
        assert series is not None
        home.restarts._series = home.series
        begin = home.now.wall
        for minute in range(0, 24 * 60, 2):
            size = (60 + minute) * 1_000_000
            series.add(Point(begin + minute * 60 + 1, size, size))
        found = home.night(1500)
    assert found is not None
    assert "grew in each of the last runs" in found.text


def test_what_is_down_or_was_restarted_for_another_reason_is_not_counted(home: Home) -> None:
    home.lives(since=None)
    home.restarts.recorded(home.event("scheduled"))
    home.lives(since=0.0)
    home.restarts.recorded(home.event("files-changed"))
    assert home.told == []
    assert not (home.home / "state" / "scheduled.json").exists()


def test_a_deleted_app_is_forgotten(home: Home) -> None:
    for size in (200, 230, 260):
        home.night(size)
    home.restarts.recorded(home.event("deleted"))
    assert home.night(300) is None


def test_a_damaged_file_costs_the_memory_and_nothing_else(home: Home) -> None:
    (home.home / "state" / "scheduled.json").write_bytes(b"{")
    home.restarts = home.daemon()
    assert home.night(200) is None


def test_no_more_is_kept_than_is_looked_at(home: Home) -> None:
    for _ in range(scheduled_restarts.KEPT + 5):
        home.night(200)
    assert len(home.restarts._ends["api"][0]) == scheduled_restarts.KEPT
