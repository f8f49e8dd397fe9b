"""F.4.3: times of incidents come from a clock that nobody sets, whoever sets the other one."""

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from usher.incidents.impact import reached
from usher.incidents.measures import durations
from usher.incidents.report import Shown, report
from usher.model.actions import Changed
from usher.model.events import Key, Now
from usher.model.incident import Cause, Diagnosis, Incident
from usher.runtime.history import History
from usher.runtime.incident_log import IncidentLog

HOUR = 3600.0
BEGIN = 1_763_700_000.0
"""Wall clock at the zero of the boot clock."""

NEEDS = {"web": ("api",)}

FOUND = Diagnosis((Cause("process.deadlock", "two locks", 0.9, ("state S",), fingerprint="x"),))

HANG = (
    (1000.0, "api", "ready"),
    (1001.0, "web", "ready"),
    (1100.0, "api", "probe-failing"),
    (1105.0, "api", "unhealthy"),
    (1106.5, "api", "diagnosed"),
    (1107.0, "web", "degraded"),
    (1108.0, "api", "replaced"),
    (1110.0, "api", "started"),
    (1114.0, "api", "recovered"),
    (1115.0, "web", "restored"),
)
STABLE = 60.0

KNOWN = {"detect": 5.0, "identify": 1.5, "act": 3.0, "mitigate": 10.0, "whole": 15.0}


class Host:
    """One host with its clocks, and an usher of which nothing runs but its book of incidents."""

    def __init__(self, home: Path) -> None:
        self._home = home
        (home / "state").mkdir(exist_ok=True)
        self.boot, self.set_by, self.boot_id = 1000.0, 0.0, "one"
        self.told: dict[int, Incident] = {}
        self.begin()

    def now(self) -> Now:
        return Now(boot=self.boot, wall=BEGIN + self.boot + self.set_by)

    def begin(self) -> None:
        """A daemon begins."""
        path = self._home / "state" / "events.jsonl"
        self.history = History(path, boot_id=self.boot_id)
        needs: Callable[[str], tuple[str, ...]] = lambda name: NEEDS.get(name, ())  # noqa: E731
        self.log = IncidentLog(self._home, self.history, needs, self.now, self._tell)
        self.log.begin()

    async def happens(self, at: float, service: str, event: str) -> None:
        self.boot = at
        key = Key(service=service, generation=1, slot=0)
        if event == "diagnosed":
            self.history.explain(key, 1, FOUND, self.now())
        else:
            changed = Changed(
                key=key, run=1, event=event, phase="running", ready=True, detail=event
            )
            self.history.record(changed, self.now())
        await asyncio.sleep(0)  # who follows the stream has it now

    async def ends(self) -> None:
        """The daemon ends as when it is killed: what it has not written yet is not written."""
        await asyncio.sleep(0)
        self.log.close()
        self.history.close()

    def _tell(self, incidents: Any) -> None:
        self.told |= {each.number: each for each in incidents}

    def only(self) -> Incident:
        (incident,) = self.log.all()
        return incident


@pytest.fixture
async def host(tmp_path: Path) -> Any:
    made = Host(tmp_path)
    yield made
    await made.ends()


def figures(incident: Incident) -> dict[str, Any]:
    """Every length of time that anybody is told, in seconds."""
    begin = incident.occurred.at
    shown = report(incident, "en", lambda at: Shown("day", f"{round(at - begin, 1) + 0.0}", "UTC"))
    return {
        "durations": durations(incident)._asdict(),
        "impact": [(each.service, each.seconds) for each in reached(incident)],
        "well": begin - (incident.occurred.not_before or 0.0),
        "closed": None if incident.closed is None else incident.closed - begin,
        "timeline": [round(each.at - begin, 3) for each in incident.timeline],
        "report": shown,
    }


def steps() -> Iterator[tuple[float, int, bool]]:
    """By how much the clock is set, before which event, and whether a new daemon sees that."""
    for by in (HOUR, -HOUR):
        for at in range(len(HANG) + 1):
            for again in (False, True):
                yield by, at, again


async def story(host: Host, by: float = 0.0, before: int = -1, *, again: bool = False) -> Any:
    """The hang; what is told of it a minute after its end."""
    for number, (at, service, event) in enumerate(HANG):
        if number == before:
            host.set_by += by
            if again:
                await host.ends()
                host.begin()
        await host.happens(at, service, event)
    host.set_by += by if before == len(HANG) else 0.0
    host.boot += STABLE - 1
    assert host.only().state == "recovered"
    host.boot += 1
    incident = host.only()
    assert incident.state == "closed"
    return figures(incident)


@pytest.mark.parametrize(("by", "before", "again"), [*steps()])
async def test_f4_3_a_clock_that_is_set_changes_no_duration(
    tmp_path: Path, by: float, before: int, again: bool
) -> None:
    (tmp_path / "steady").mkdir()
    (tmp_path / "set").mkdir()
    steady, set_by_hand = Host(tmp_path / "steady"), Host(tmp_path / "set")
    expected = await story(steady)
    measured = [expected["durations"][each] for each in KNOWN]
    assert measured == pytest.approx(list(KNOWN.values()), abs=0.002)
    assert expected["closed"] == pytest.approx(15 + STABLE)
    found = await story(set_by_hand, by, before, again=again)
    assert found.pop("report") == expected.pop("report")
    assert found.pop("durations") == pytest.approx(expected.pop("durations"), abs=0.002)
    for name, seconds in expected.pop("impact"):
        assert dict(found["impact"])[name] == pytest.approx(seconds, abs=0.002)
    assert found["timeline"] == pytest.approx(expected["timeline"], abs=0.002)
    for name in ("well", "closed"):
        assert found[name] == pytest.approx(expected[name], abs=0.002)
    await steady.ends()
    await set_by_hand.ends()


async def test_f4_3_the_next_incident_has_the_times_of_the_logs(host: Host) -> None:
    """As nothing goes on any more, the time line is that of the wall clock again."""
    await story(host, HOUR, 5)
    await host.happens(2000.0, "api", "unhealthy")
    newest, _ = host.log.all()
    assert newest.detected == pytest.approx(BEGIN + 2000.0 + HOUR, abs=0.002)
    well = newest.occurred.not_before
    assert well is not None
    assert newest.detected - well == pytest.approx(2000.0 - 1114.0, abs=0.002)


async def test_f4_3_it_is_closed_in_time_although_the_clock_was_set_back(host: Host) -> None:
    """Nobody asks and nothing happens: the daemon wakes up by itself."""
    for at, service, event in HANG:
        await host.happens(at, service, event)
    host.set_by -= HOUR
    host.boot += STABLE
    async with asyncio.timeout(30):
        while not host.told or host.told[1].state != "closed":
            await asyncio.sleep(0.05)


async def test_f4_3_a_process_began_as_long_ago_as_it_did(host: Host) -> None:
    """What a finding says of its begin was read off the wall clock as it was then."""
    await host.happens(1000.0, "api", "unhealthy")
    host.set_by += HOUR
    host.boot = 1020.0
    since = host.now().wall - 20
    cause = Cause("drift.foreign", "a stranger", 0.95, ("pid 7",), since=since)
    host.history.note("finding", "drift.foreign: pid 7", host.now(), "mail", cause=cause)
    await asyncio.sleep(0)
    newest = host.log.all()[0]
    assert (newest.kind, newest.occurred.precision) == ("foreign", "exact")
    assert newest.detected - newest.occurred.at == pytest.approx(20, abs=0.002)


async def test_f4_3_across_boots_and_in_old_files_the_wall_clock_counts(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "events.jsonl").write_text(
        json.dumps(
            {
                "seq": 1, "time": "2025-11-21T04:50:00.000+00:00", "service": "api", "slot": 0,
                "run": 1, "event": "unhealthy", "phase": "running", "ready": False, "detail": "",
            }
        )
        + "\n"
    )  # fmt: skip
    host = Host(tmp_path)
    await host.happens(1000.0, "api", "probe-failing")
    assert host.only().detected == BEGIN + 600
    assert host.only().timeline[-1].at == BEGIN + 1000
    host.boot_id = "two"
    await host.ends()
    host.begin()
    host.boot, host.set_by = 10.0, 2000.0
    await host.happens(20.0, "api", "recovered")
    assert host.only().recovered == BEGIN + 2020
    await host.ends()


def test_f4_3_what_the_stream_says_of_its_clocks(tmp_path: Path) -> None:
    history = History(tmp_path / "events.jsonl", boot_id="one")
    history.note("booted", "", Now(boot=12.3456, wall=BEGIN))
    history.close()
    (line,) = (tmp_path / "events.jsonl").read_bytes().splitlines()
    written = msgspec.json.decode(line)
    assert (written["since_boot"], written["boot_id"]) == (12.346, "one")
