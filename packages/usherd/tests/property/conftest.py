"""Random stories on an imaginary host: requests, observations, and time that passes.

After each step the host (`tests.imaginary_host`) compares the world with its own truth.
"""

from typing import Any

import msgspec
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from tests.imaginary_host import AWAY, PROBE, RESTART, SPAWN_LIMIT, Host, Process

from usher.model import events as ev
from usher.model import spec as sp
from usher.model.fault import Fault, PortTaken
from usher.model.target import TcpTarget
from usher.model.world import World, read_world

REMOTE = sp.ProbeSpec("remote", TcpTarget("db:1"), scope="dependency", interval=2, timeout=1)
MEMORY = sp.MemorySpec(limit=2**20)
STOP = sp.StopPolicy(timeout=5, kill_timeout=2)
WEB = sp.SocketSpec("web", sp.TcpAddress("127.0.0.1", 80), mode="per-instance")

IN_VAIN = Fault("net.port_in_use", "no", "EADDRINUSE", "free it", PortTaken("", 80))
FOR_GOOD = Fault("py.syntax_error", "no", "SyntaxError", "mend it")
FAULTS = (None, IN_VAIN, FOR_GOOD, AWAY)


def _spec(name: str, *needs: tuple[str, sp.Condition], **more: Any) -> sp.ServiceSpec:
    depends_on = tuple(sp.Dependency(*need) for need in needs)
    more = {"restart": RESTART, "stop": STOP, "memory": MEMORY, **more}
    return sp.ServiceSpec(name, ("program",), "/", depends_on=depends_on, **more)


PLAN = (
    _spec("db", ready=sp.ReadySpec(sp.ProbeReady(PROBE), timeout=20)),
    _spec("migrate", ("db", "ready"), kind="job", restart=sp.RestartPolicy(when="on-failure")),
    _spec(
        "api",
        ("db", "ready"),
        ("migrate", "completed"),
        instances=3,
        probes=(PROBE, REMOTE),
        sockets=(WEB,),
    ),
    _spec("cache", ready=sp.ReadySpec(sp.NotifyReady(), timeout=8)),
    _spec("worker", ("api", "ready"), ("cache", "started"), restart_with=("cache",)),
)
NAMES = tuple(spec.name for spec in PLAN)

names = st.sampled_from(NAMES)
some = st.integers(min_value=0, max_value=30)
statuses = st.sampled_from([ev.Exit(0), ev.Exit(1), ev.Killed(11, core=True), ev.Vanished()])


def _pick(choices: list[Any], number: int) -> Any:
    return choices[number % len(choices)]


def machine_for(policy: Any) -> type[RuleBasedStateMachine]:  # noqa: C901 - a class in a function
    """The property test over these two functions."""

    class Supervision(RuleBasedStateMachine):
        """Random requests and observations; helper rules reach the deep states."""

        def __init__(self) -> None:
            super().__init__()
            self.host = Host(policy)

        @initialize()
        def plan(self) -> None:
            self.host.request(ev.PlanChanged, PLAN, NAMES)

        # -- requests --

        @rule(name=names)
        def start(self, name: str) -> None:
            self.host.person_acts(name)
            self.host.request(ev.Start, (name,))

        @rule(name=names)
        def stop(self, name: str) -> None:
            self.host.request(ev.Stop, (name,))

        @rule(name=names)
        def restart(self, name: str) -> None:
            kept = set(self.host.parked)
            self.host.person_acts(name)
            if not self.host.request(ev.Restart, (name,)):
                self.host.parked = kept

        @rule(name=names, in_place=st.booleans())
        def reload(self, name: str, in_place: bool) -> None:
            self.host.changed_files.pop(name, None)
            self.host.request(ev.Reload, (name,), {}, in_place)

        @rule(number=some, argv=st.sampled_from(("program", "other", "third")))
        def reload_changed(self, number: int, argv: str) -> None:
            spec = msgspec.structs.replace(_pick(list(PLAN), number), argv=(argv,))
            self.host.changed_files.pop(spec.name, None)
            self.host.request(ev.PlanChanged, (spec,), (), (), (spec.name,))

        @rule(count=st.integers(1, 5))
        def scale(self, count: int) -> None:
            self.host.request(ev.Scale, "api", count)

        @rule(slot=st.integers(0, 3))
        def stop_one(self, slot: int) -> None:
            if self.host.request(ev.Stop, ("api",), {"api": (slot,)}):
                self.host.parked.add(("api", slot))

        @rule(slot=st.integers(0, 3), kind=st.sampled_from((ev.Start, ev.Restart)))
        def start_one(self, slot: int, kind: Any) -> None:
            kept = set(self.host.parked)
            self.host.changed_files.pop("api", None)
            self.host.parked.discard(("api", slot))
            was_up = self._is_up("api")
            if not self.host.request(kind, ("api",), {"api": (slot,)}):
                self.host.parked = kept
            elif not was_up:
                there = self.host.world.services["api"].current.instances
                self.host.parked |= {("api", other) for other in there if other != slot}

        @rule(slot=st.integers(0, 3))
        def delete_one(self, slot: int) -> None:
            if self.host.request(ev.Delete, ("api",), {"api": (slot,)}):
                self.host.parked.discard(("api", slot))

        def _is_up(self, name: str) -> bool:
            service = self.host.world.services.get(name)
            return service is not None and service.want == "up"

        @rule(name=names)
        def reset(self, name: str) -> None:
            for key in self.host.automatic:
                if key.service == name:
                    self.host.automatic[key] = []
            self.host.changed_files.pop(name, None)
            self.host.request(ev.ResetFailed, (name,))

        @rule(name=st.sampled_from(("worker", "cache")))
        def delete(self, name: str) -> None:
            self.host.request(ev.Delete, (name,))

        @rule(number=some, argv=st.sampled_from(("program", "other")), count=st.integers(1, 4))
        def change(self, number: int, argv: str, count: int) -> None:
            spec = msgspec.structs.replace(_pick(list(PLAN), number), argv=(argv,))
            if spec.instances > 1:
                spec = msgspec.structs.replace(spec, instances=count)
            start = (spec.name,) if count > 2 else ()
            if start:
                self.host.person_acts(spec.name)
            self.host.request(ev.PlanChanged, (spec,), start)

        @rule(number=some)
        def schedule(self, number: int) -> None:
            self.host.relieved.clear()
            self.host.feed(ev.ScheduleDue(_pick(["migrate", "api", "cache"], number)))

        @rule(name=st.sampled_from(("api", "cache", "worker")))
        def change_files(self, name: str) -> None:
            for number in range(7):
                self._answer_all()
                for key in list(self.host.alive):
                    self._prove(key)
                self.host.feed(ev.FilesChanged(name, f"/srv/{number}"))
                self._tick_until(self.host.boot + 0.5)

        @precondition(lambda self: self.host.alive)
        @rule(number=some, how=st.sampled_from(("grows", "shrinks", "leaks")))
        def change_memory(self, number: int, how: str) -> None:
            process = _pick(list(self.host.alive.values()), number)
            if how == "grows":
                self.host.feed(ev.MemoryExceeded(process.key, process.run, 2**30, 2**20))
            elif how == "shrinks":
                self.host.feed(ev.MemoryWithin(process.key, process.run, 2**19, 2**20))
            else:
                self._leak(process.key, dies=number % 2 == 0, fault=_pick(list(FAULTS), number))

        def _leak(self, key: ev.Key, *, dies: bool, fault: Fault | None) -> None:
            """A leak whose successors die beside it, or come up and leak on."""
            for _ in range(RESTART.budget_count + 1):
                for each in list(self.host.alive.values()):
                    if (each.key.service, each.key.slot) == (key.service, key.slot):
                        self.host.feed(ev.MemoryExceeded(each.key, each.run, 5 * 2**18, 2**20))
                self._answer_all()
                for each in [other for other in self.host.alive if other.service == key.service]:
                    if dies and each.generation == self._candidate_of(key.service):
                        self.host.ended(each, ev.Exit(1))
                    elif each in self.host.alive:
                        self._prove(each)
                for each in list(self.host.examinations):
                    self.host.examined(each, fault)
                self._tick_until(self.host.boot + 2.0)

        def _candidate_of(self, name: str) -> int | None:
            service = self.host.world.services.get(name)
            candidate = None if service is None else service.candidate
            return None if candidate is None else candidate.number

        @precondition(lambda self: len(self.host.journal) > 40)
        @rule()
        def shut_down(self) -> None:
            self.host.shutting_down = True
            self.host.request(ev.Shutdown)

        # -- observations --

        @precondition(lambda self: self.host.checks)
        @rule(
            number=some,
            findings=st.sampled_from(((), (), (), ("wrong host",))),
            room=st.sampled_from((None, None, ev.Room(free=1, used=2))),
        )
        def answer_check(self, number: int, findings: tuple[str, ...], room: Any) -> None:
            key = _pick(list(self.host.checks), number)
            self.host.feed(ev.CheckDone(key, self.host.checks.pop(key), findings, room))

        @precondition(lambda self: self.host.asked)
        @rule(number=some, works=st.sampled_from((True, True, True, False)))
        def answer_spawn(self, number: int, works: bool) -> None:
            key = _pick(list(self.host.asked), number)
            run = self.host.asked.pop(key)
            if works:
                self.host.alive[key] = Process(key, run)
                self.host.feed(ev.Spawned(key, run, 4000 + run))
            else:
                self.host.feed(ev.SpawnFailed(key, run, "exec", "no such file"))

        @precondition(lambda self: self.host.alive)
        @rule(number=some, status=statuses)
        def end(self, number: int, status: ev.ExitStatus) -> None:
            self.host.ended(_pick(list(self.host.alive), number), status)

        @precondition(lambda self: self.host.alive)
        @rule(number=some)
        def notify(self, number: int) -> None:
            process = _pick(list(self.host.alive.values()), number)
            self.host.feed(ev.Ready(process.key, process.run))

        @precondition(lambda self: self.host.alive)
        @rule(number=some, probe=st.sampled_from(("http", "remote", "ready")), ok=st.booleans())
        def probe(self, number: int, probe: str, ok: bool) -> None:
            key = _pick(list(self.host.alive), number)
            for _ in range(2 + number % 3):
                if key in self.host.alive:
                    self.host.boot += 1.0
                    self.host.probed(key, probe, ok=ok)

        @precondition(lambda self: self.host.evidence)
        @rule(number=some, state=st.sampled_from(("running", "stopped", "traced", "gone")))
        def diagnose(self, number: int, state: Any) -> None:
            key = _pick(list(self.host.evidence), number)
            run = self.host.evidence.pop(key)
            if key in self.host.alive:
                self.host.alive[key].stopped_seen |= state == "stopped"
            self.host.feed(ev.Diagnosed(key, run, state))

        @precondition(lambda self: self.host.examinations)
        @rule(number=some, fault=st.sampled_from(FAULTS))
        def examine(self, number: int, fault: Fault | None) -> None:
            key = _pick(list(self.host.examinations), number)
            self.host.examined(key, fault)

        @precondition(lambda self: self.host.looks)
        @rule(number=some, gone=st.booleans())
        def recheck(self, number: int, gone: bool) -> None:
            self.host.rechecked(_pick(list(self.host.looks), number), gone=gone)

        @rule(name=names, fault=st.sampled_from(FAULTS), gone=st.booleans())
        def fail_for_a_reason(self, name: str, fault: Fault | None, gone: bool) -> None:
            for _ in range(3):
                self._answer_all()
                for key in [key for key in self.host.alive if key.service == name]:
                    self.host.ended(key, ev.Exit(1))
                    if key in self.host.examinations:
                        self.host.examined(key, fault)
                self._tick_until(self.host.boot + 12.0)
                for key in list(self.host.looks):
                    self.host.rechecked(key, gone=gone)

        @precondition(lambda self: self.host.alive)
        @rule(number=some)
        def drained(self, number: int) -> None:
            process = _pick(list(self.host.alive.values()), number)
            self.host.feed(ev.Drained(process.key, process.run))

        @precondition(lambda self: self.host.alive)
        @rule(number=some, late=st.integers(1, 3))
        def stale(self, number: int, late: int) -> None:
            key, run = _pick([(p.key, p.run) for p in self.host.alive.values()], number)
            old = run - late if run > late else run + late
            self.host.stale(ev.ProcessExited(key, old, ev.Exit(1)))
            self.host.stale(ev.ProbeResult(key, old, "http", ok=False))
            self.host.stale(ev.Spawned(key, old, 1))

        # -- time and the keeper --

        @rule(seconds=st.sampled_from((0.1, 1.0, 5.0, 45.0)))
        def wait(self, seconds: float) -> None:
            until = self.host.boot + seconds
            self._tick_until(until)
            self.host.boot = until

        @rule()
        def tick(self) -> None:
            due = policy.next_deadline(self.host.world)
            if due is not None:
                self.host.boot = max(self.host.boot, due)
            self.host.feed(ev.Tick())

        @rule(seconds=st.sampled_from((3.0, 600.0)))
        def stall(self, seconds: float) -> None:
            self.host.stalled_at = self.host.boot
            self.host.feed(ev.Stalled(seconds))

        @precondition(lambda self: self.host.keeper)
        @rule()
        def lose_keeper(self) -> None:
            self.host.keeper = False
            self.host.feed(ev.KeeperLost())
            assert policy.next_deadline(self.host.world) is None

        @precondition(lambda self: not self.host.keeper)
        @rule(number=some)
        def keeper_back(self, number: int) -> None:
            self._keeper_back(lost=number)

        def _keeper_back(self, lost: int) -> None:
            host = self.host
            for key, run in list(host.asked.items()):
                del host.asked[key]
                host.alive[key] = Process(key, run)
            for index, process in enumerate(list(host.alive.values())):
                if index == lost:
                    del host.alive[process.key]
                    host.feed(ev.Lost(process.key, process.run))
                else:
                    host.feed(ev.Adopted(process.key, process.run, 5000))
            host.keeper = True
            host.checks.clear()
            host.looks.clear()
            host.feed(ev.KeeperBack())

        # -- helpers that reach deep states --

        @rule()
        def everything_ready(self) -> None:
            for _ in range(12):
                self._answer_all()
                for key in list(self.host.alive):
                    self._prove(key)
                self._tick_until(self.host.boot + 2.0)

        @rule(name=names, times=st.integers(2, 9))
        def crash_loop(self, name: str, times: int) -> None:
            for _ in range(times):
                self._answer_all()
                for key in [key for key in self.host.alive if key.service == name]:
                    self.host.ended(key, ev.Exit(1))
                due = policy.next_deadline(self.host.world)
                if due is not None and due < self.host.boot + 20:
                    self._tick_until(due)

        @precondition(lambda self: self.host.alive)
        @rule(number=some)
        def hang(self, number: int) -> None:
            key = _pick(list(self.host.alive), number)
            for ok in (True, True, False, False, False):
                if key in self.host.alive:
                    self.host.boot += 1.0
                    self.host.probed(key, "http", ok=ok)

        def _answer_all(self) -> None:
            host = self.host
            if not host.keeper:
                self._keeper_back(lost=-1)
            for _ in range(3):
                for key in list(host.checks):
                    host.feed(ev.CheckDone(key, host.checks.pop(key)))
                for key in list(host.asked):
                    run = host.asked.pop(key)
                    host.alive[key] = Process(key, run)
                    host.feed(ev.Spawned(key, run, 4000 + run))
            for process in list(host.alive.values()):
                if process.stop_signal_at is not None or process.killed:
                    host.ended(process.key, ev.Killed(15))

        def _prove(self, key: ev.Key) -> None:
            host = self.host
            for probe in ("ready", "ready", "http", "http", "remote"):
                if key in host.alive:
                    host.probed(key, probe, ok=True)
            if key in host.alive:
                host.feed(ev.Ready(key, host.alive[key].run))
            if key in host.alive and key.service == "migrate":
                host.ended(key, ev.Exit(0))

        def _tick_until(self, until: float) -> None:
            for _ in range(200):
                due = policy.next_deadline(self.host.world)
                if due is None or due > until:
                    break
                self.host.boot = max(self.host.boot, due)
                self.host.feed(ev.Tick())
            else:
                raise AssertionError("time stands still: 200 ticks")
            self.host.boot = max(self.host.boot, until)

        # -- the end --

        def teardown(self) -> None:
            """Shutdown completes if the kernel honours SIGKILL; the journal replays."""
            host = self.host
            if host.broken:
                return
            assert read_world(msgspec.json.encode(host.world)) == host.world
            if not host.keeper:
                self._keeper_back(lost=-1)
            if not host.shutting_down:
                self.shut_down()
            for _ in range(60):
                for key, run in list(host.asked.items()):
                    host.alive[key] = Process(key, run)
                    del host.asked[key]
                    host.feed(ev.Spawned(key, run, 1))
                for process in [p for p in host.alive.values() if p.killed]:
                    host.ended(process.key, ev.Killed(9))
                self._tick_until(host.boot + 1.0)
            assert not host.alive, "something outlived the shutdown"
            assert host.complete, "the shutdown never completed"
            assert not host.open_jobs, f"never answered: {host.open_jobs}"
            replayed = World(spawn_limit=SPAWN_LIMIT)
            for event, now in host.journal:
                replayed, _ = policy.step(replayed, event, now)
            assert replayed == host.world, "the journal replays to another world"

    return Supervision


@pytest.fixture
def supervision() -> Any:
    """Function from a policy (step, next_deadline) to the machine that tests it."""
    return machine_for
