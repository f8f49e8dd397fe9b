"""The driver's contract (style e): order, journal before effect, one timer, stalls noticed."""

import asyncio
from typing import Any

from usher.model import actions as act
from usher.model import events as ev
from usher.model.world import World
from usher.runtime.driver import Driver


class Clock:
    def __init__(self) -> None:
        self.boot = 1000.0

    def __call__(self) -> ev.Now:
        return ev.Now(boot=self.boot, wall=self.boot)


class Recorder:
    """Policy, memory and hands in one, writing down what is called in which order."""

    def __init__(self) -> None:
        self.calls: list[Any] = []
        self.answers: list[tuple[act.Action, ...]] = []
        self.deadline: float | None = None
        self.wants_snapshot = False
        self.changes = True

    def step(
        self, world: World, event: ev.Event, now: ev.Now, /
    ) -> tuple[World, tuple[act.Action, ...]]:
        self.calls.append(("step", type(event).__name__))
        actions = self.answers.pop(0) if self.answers else ()
        return (World(next_id=world.next_id + 1) if self.changes else world), actions

    def next_deadline(self, world: World, /) -> float | None:
        return self.deadline

    def append(self, event: ev.Event, now: ev.Now, /) -> None:
        self.calls.append(("append", type(event).__name__))

    def snapshot(self, world: World, /) -> None:
        self.calls.append(("snapshot", world.next_id))
        self.wants_snapshot = False


KEY = ev.Key("a", 1, 0)


def driver(recorder: Recorder, clock: Clock) -> Driver:
    made: list[Driver] = []

    def perform(action: act.Action) -> None:
        recorder.calls.append(("perform", type(action).__name__))
        if isinstance(action, act.Spawn):
            # An action may answer at once: its event must wait for the step that caused it.
            made[0].post(ev.Spawned(key=KEY, run=1, pid=1))

    made.append(Driver(World(), recorder, recorder, perform, clock))
    return made[0]


async def test_journal_then_actions_then_the_next_event() -> None:
    recorder = Recorder()
    recorder.answers = [(act.Spawn(KEY, 1), act.StopProbes(KEY, 1))]
    driver(recorder, Clock()).post(ev.KeeperBack())
    assert recorder.calls == [
        ("step", "KeeperBack"),
        ("append", "KeeperBack"),
        ("perform", "Spawn"),
        ("perform", "StopProbes"),
        ("step", "Spawned"),
        ("append", "Spawned"),
    ]


async def test_an_event_that_changes_nothing_is_not_remembered() -> None:
    recorder = Recorder()
    recorder.changes = False
    driver(recorder, Clock()).post(ev.KeeperBack())
    assert recorder.calls == [("step", "KeeperBack")]


async def test_a_grown_journal_is_replaced_after_the_step() -> None:
    recorder = Recorder()
    recorder.wants_snapshot = True
    driver(recorder, Clock()).post(ev.KeeperBack())
    assert recorder.calls[-1] == ("snapshot", 1)


async def fired(recorder: Recorder, count: int) -> None:
    async with asyncio.timeout(5):
        while len([call for call in recorder.calls if call[0] == "step"]) < count:
            await asyncio.sleep(0.005)


async def test_a_deadline_brings_a_tick_and_no_sooner() -> None:
    recorder, clock = Recorder(), Clock()
    recorder.deadline = clock.boot + 0.02
    one = driver(recorder, clock)
    one.post(ev.KeeperBack())
    await asyncio.sleep(0.04)
    assert [call[1] for call in recorder.calls if call[0] == "step"] == ["KeeperBack"]
    clock.boot += 0.02
    recorder.deadline = clock.boot
    one.post(ev.KeeperBack())
    await fired(recorder, 3)
    one.close()
    assert recorder.calls[4][1] == "Tick"


async def test_a_timer_that_fires_late_says_that_the_host_stood_still() -> None:
    recorder, clock = Recorder(), Clock()
    recorder.deadline = clock.boot + 0.01
    one = driver(recorder, clock)
    one.post(ev.KeeperBack())
    clock.boot += 30
    await fired(recorder, 3)
    one.close()
    steps = [call[1] for call in recorder.calls if call[0] == "step"]
    assert steps[:3] == ["KeeperBack", "Stalled", "Tick"]
