"""An imaginary host under the policy, and the rules of the policy as invariants of it.

The host has its own truth: which processes live, what was asked and not answered yet, which
requests are open. After every step the world is compared with that truth. Nothing here calls a
helper of the policy to find out what is right.
"""

import math
from dataclasses import dataclass, field
from typing import Any

from usher.model import actions as act
from usher.model import events as ev
from usher.model import phase as ph
from usher.model import spec as sp
from usher.model.fault import Fault, Unreachable
from usher.model.target import HttpTarget
from usher.model.world import Rolling, World
from usher.policy import table

PROBE = sp.ProbeSpec("http", HttpTarget("/"), interval=2, confirm_interval=1, timeout=1)
ESCALATE = 25.0
RESTART = sp.RestartPolicy(
    budget_count=4,
    budget_window=30,
    hold=40,
    hold_tries=2,
    start_limit=3,
    stable_after=10,
    escalate_after=ESCALATE,
)
SPAWN_LIMIT = 4
STORM = (5, 60.0)

AWAY = Fault("db.connection_refused", "wait", "refused", "start it", Unreachable("db", 1))

ROUNDING = 1e-6


@dataclass
class Process:
    """One imaginary process."""

    key: ev.Key
    run: int
    stop_signal_at: float | None = None
    killed: bool = False
    stopped_seen: bool = False
    draining: bool = False


@dataclass
class Answers:
    """The host's own count of probe answers of one instance."""

    passed_ever: bool = False
    ok_in_row: int = 0
    bad_in_row: int = 0
    failing: bool = False
    lately: list[bool] = field(default_factory=list)
    """Since it passed for the first time, or was well again."""


@dataclass
class Host:
    """Truth, and the comparison of the world with it."""

    policy: Any
    world: World = field(default_factory=lambda: World(spawn_limit=SPAWN_LIMIT))
    before: World = field(default_factory=World)
    """As it was before the step that is looked at."""
    boot: float = 1000.0
    keeper: bool = True
    jobs: int = 0
    open_jobs: set[str] = field(default_factory=set)
    checks: dict[ev.Key, int] = field(default_factory=dict)
    asked: dict[ev.Key, int] = field(default_factory=dict)
    alive: dict[ev.Key, Process] = field(default_factory=dict)
    evidence: dict[ev.Key, int] = field(default_factory=dict)
    examinations: dict[ev.Key, int] = field(default_factory=dict)
    looks: dict[ev.Key, int] = field(default_factory=dict)
    """Obstacles that are to be looked at."""
    excused: set[ev.Key] = field(default_factory=set)
    """What waited for something outside: its next start counts for nothing."""
    event: ev.Event = field(default_factory=ev.Tick)
    """What the step that is looked at is about."""
    answers: dict[ev.Key, Answers] = field(default_factory=dict)
    automatic: dict[ev.Key, list[float]] = field(default_factory=dict)
    ready_since_fresh: set[ev.Key] = field(default_factory=set)
    checked: set[tuple[ev.Key, int]] = field(default_factory=set)
    ready_at: dict[ev.Key, float] = field(default_factory=dict)
    down_since: dict[ev.Key, float] = field(default_factory=dict)
    """What needs nothing, is wanted and has fallen: since when."""
    escalated: dict[ev.Key, float] = field(default_factory=dict)
    """When a person was called for it, since it was well last."""
    parked: set[tuple[str, int]] = field(default_factory=set)
    """Instances that a person stopped singly."""
    changed_files: dict[str, list[float]] = field(default_factory=dict)
    """When a service was restarted for changed files."""
    relieved: dict[tuple[str, int], list[float]] = field(default_factory=dict)
    """When the instance of a slot was to be replaced for its memory, since anybody asked for
    anything or something else started it."""
    excess: set[tuple[str, int]] = field(default_factory=set)
    """Slots that were told to use too much memory, and not to be within their limit since."""
    steered: dict[str, tuple[ev.Key, ...]] = field(default_factory=dict)
    stalled_at: float = 0.0
    refused: bool = False
    """Whether the last request was."""
    broken: bool = False
    """Set while a step is checked, so that a finding is not followed by others it causes."""
    shutting_down: bool = False
    complete: bool = False
    journal: list[tuple[ev.Event, ev.Now]] = field(default_factory=list)

    # -- feeding -----------------------------------------------------------------------------------

    def feed(self, event: ev.Event) -> None:
        """One step with all its checks."""
        self.broken = True
        now = ev.Now(self.boot, self.boot + 1e9)
        before, self.event = self.world, event
        self.before = before
        self.world, actions = self.policy.step(before, event, now)
        self.journal.append((event, now))
        for action in actions:
            self._perform(action)
        self._check(before, event)
        self.broken = False

    def request(self, kind: Any, *arguments: Any) -> bool:
        """A request under a new job id; whether it was not refused."""
        self.jobs += 1
        job = f"job-{self.jobs}"
        self.open_jobs.add(job)
        self.refused = False
        self.relieved.clear()
        self.feed(kind(job, "test", *arguments))
        return not self.refused

    def person_acts(self, name: str) -> None:
        """A person starts the whole service: nothing of it is stopped singly any more."""
        self.parked = {each for each in self.parked if each[0] != name}
        self.changed_files.pop(name, None)

    def _forget_starts(self, name: str) -> None:
        """A person's start forgets everything (rule 8), also of a run that is still ending.

        What is still ready, because its stop had not come to it, has been ready.
        """
        for key in [each for each in self.automatic if each.service == name]:
            self.automatic[key] = []
        running = {each.key for each in self.instances() if self._is_ready(each.key)}
        gone = {key for key in self.ready_since_fresh if key.service == name and key not in running}
        self.ready_since_fresh -= gone

    def stale(self, event: ev.Event) -> None:
        """An observation of another incarnation changes nothing at all."""
        world, actions = self.policy.step(self.world, event, ev.Now(self.boot, self.boot))
        assert world is self.world, f"{event} is stale and changed the world"
        assert not actions

    def ended(self, key: ev.Key, status: ev.ExitStatus) -> None:
        """The process is gone; say so."""
        process = self.alive.pop(key)
        self.feed(ev.ProcessExited(key, process.run, status))
        self._check_end(key)

    def examined(self, key: ev.Key, fault: Fault | None) -> None:
        """Say why its run ended: a fault that a start repeats is not started again blindly."""
        run = self.examinations.pop(key)
        if not any(each.key == key for each in self.instances()):
            self.feed(ev.Examined(key, run, fault))
            return
        instance = self.instance(key)
        asked = instance.run == run and isinstance(instance.phase, ph.Backoff)
        tried = instance.history.attempt > 1
        self.feed(ev.Examined(key, run, fault))
        if asked and fault is not None and (tried or fault.restart == "wait"):
            assert isinstance(self.instance(key).phase, ph.Held), f"{key} is not held for {fault}"

    def rechecked(self, key: ev.Key, *, gone: bool) -> None:
        """Say whether what keeps it from being started is gone."""
        run = self.looks.pop(key)
        if not any(each.key == key for each in self.instances()):
            return
        phase = self.instance(key).phase
        if gone and isinstance(phase, ph.Held) and phase.fault == AWAY:
            self.excused.add(key)
        self.feed(ev.Rechecked(key, run, gone))
        assert (
            not gone
            or self.instance(key).run != run
            or not isinstance(self.instance(key).phase, ph.Held)
        ), f"{key} stays held"

    def probed(self, key: ev.Key, probe: str, *, ok: bool) -> None:
        """A probe was answered; count it here as well."""
        phase = self.instance(key).phase
        void = not ok and self.boot < self.stalled_at + PROBE.interval
        asked = probe == "http" and key.service == "api" and isinstance(phase, ph.Running)
        if asked and not void:
            mine = self.answers.setdefault(key, Answers())
            mine.lately = [*mine.lately, ok][-6:] if mine.passed_ever else []
            mine.passed_ever = mine.passed_ever or ok
            mine.ok_in_row = mine.ok_in_row + 1 if ok else 0
            mine.bad_in_row = 0 if ok else mine.bad_in_row + 1
            often = mine.lately.count(False) >= 4
            if mine.passed_ever and (mine.bad_in_row >= PROBE.failures or (often and not ok)):
                mine.failing = True
            if mine.ok_in_row >= PROBE.passes:
                mine.lately = [] if mine.failing else mine.lately
                mine.failing = False
        self.feed(ev.ProbeResult(key, self.alive[key].run, probe, ok=ok, detail="said the test"))

    # -- performing --------------------------------------------------------------------------------

    def _perform(self, action: act.Action) -> None:
        match action:
            case act.Check(key=key, run=run):
                self.checks[key] = run
                self.checked.add((key, run))
            case act.Spawn():
                self._spawn(action)
            case act.Signal():
                self._signal(action)
            case act.CollectEvidence(key=key, run=run):
                assert self.keeper
                self.evidence[key] = run
            case act.Examine(key=key, run=run):
                assert key not in self.alive, "examined before it was dead"
                self.examinations[key] = run
            case act.Recheck(key=key, run=run):
                self.looks[key] = run
            case act.Drain(key=key):
                assert self.keeper
                # Asked again after the loss of a keeper: decided before.
                if not self.alive[key].draining:
                    self._check_order(key)
                    self._check_handover(key)
                # The decision to stop it falls here; the order is checked now, not at the signal.
                self.alive[key].draining = True
            case act.Steer(service=service, keys=keys):
                assert self.keeper
                self.steered[service] = keys
            case act.Changed(key=key, event=event):
                self._said(key, event)
            case act.JobDone(job=job, outcome=outcome):
                self.refused = self.refused or outcome == "refused"
                assert job in self.open_jobs, f"{job} is answered though it is not open"
                self.open_jobs.remove(job)
            case act.ShutdownComplete():
                assert self.shutting_down
                assert not self.asked
                self.complete = True
            case act.Forget(service=service):
                assert not any(key.service == service for key in self.alive)
                self.steered.pop(service, None)
            case _:
                pass

    def _said(self, key: ev.Key, event: str) -> None:
        if event == "ready":
            self.ready_since_fresh.add(key)
            self.ready_at[key] = self.boot
        elif event == "escalated":
            assert self.world.services[key.service].want == "up", f"{key} is not wanted"
            assert not self._is_ready(key), f"{key} is well, and a person is called"
            again = self.boot - self.escalated.get(key, -ESCALATE)
            assert again >= ESCALATE - ROUNDING, f"a person is called twice for {key}"
            self.escalated[key] = self.boot
        elif event == "memory-exceeded":
            self._count_relief(key)
            self.excess.add((key.service, key.slot))
        elif event == "over-limit":
            self.excess.add((key.service, key.slot))
        elif event == "within-limit":
            place = (key.service, key.slot)
            assert place in self.excess, f"{key} never used too much memory"
            assert isinstance(self.event, ev.MemoryWithin), f"{key}: no reading said so"
            assert self._is_ready(key), f"{key} is told to be well, and is not"
            self.excess.remove(place)
        elif event == "files-changed":
            self._forget_relief(key.service)
            times = self.changed_files.setdefault(key.service, [])
            if self.boot not in times:
                times.append(self.boot)
            recent = [at for at in times if at > self.boot - STORM[1]]
            assert len(recent) <= STORM[0], f"{key} was restarted for files too often"

    def _count_relief(self, key: ev.Key) -> None:
        """What is replaced for its memory uses up its budget, whatever becomes of a successor."""
        times = self.relieved.setdefault((key.service, key.slot), [])
        times.append(self.boot)
        recent = [at for at in times if at > self.boot - RESTART.budget_window]
        most = RESTART.budget_count
        assert len(recent) <= most, f"{key} is replaced for its memory again and again"

    def _forget_relief(self, name: str) -> None:
        """What was down is started as a person starts it."""
        for place in [each for each in self.relieved if each[0] == name]:
            del self.relieved[place]

    def _spawn(self, action: act.Spawn) -> None:
        key, run = action.key, action.run
        assert self.keeper, "spawned without a keeper"
        assert not self.shutting_down, "spawned while shutting down"
        for other in [*self.alive, *self.asked]:
            same_slot = (other.service, other.slot) == (key.service, key.slot)
            assert not same_slot or self._is_rollout(key, other), f"{key} would run twice"
        assert (key.service, key.slot) not in self.parked, f"{key} runs, and a person stopped it"
        for need in self._spec(key).depends_on:
            assert self._fulfils(need.name, need.condition), f"{key} was spawned without {need}"
        if isinstance(self.event, ev.Tick):
            blocked = getattr(self._phase_before(key), "fault", None)
            assert blocked is None, f"{key} was started, and what kept it from that is there"
        self.answers[key] = Answers(passed_ever=self.answers.get(key, Answers()).passed_ever)
        history = self.instance(key).history
        by_person = (key, run) in self.checked and not (history.starts or history.proven)
        if by_person:
            self.automatic[key] = []
            self.ready_since_fresh.discard(key)
        if (key, run) in self.checked:
            self.answers[key] = Answers(passed_ever="http" in self.instance(key).probes)
        elif key not in self.excused:
            self._count_automatic(key)
        self.excused.discard(key)
        self.asked[key] = run

    def _spec(self, key: ev.Key) -> sp.ServiceSpec:
        generations = self.world.services[key.service].generations
        return next(each.spec for each in generations if each.number == key.generation)

    def _is_rollout(self, key: ev.Key, other: ev.Key) -> bool:
        """Whether these are the old and the new instance of a slot during a reload."""
        service = self.world.services[key.service]
        numbers = {service.current.number, service.candidate and service.candidate.number}
        return key.generation != other.generation and {key.generation, other.generation} == numbers

    def _check_handover(self, key: ev.Key) -> None:
        """Rule 10: what a rollout ends is replaced already, by what was healthy for long enough."""
        phase = self.instance(key).phase
        why = getattr(phase, "why", None)
        was_ready = key in self.ready_at
        if why not in ("handover", "rejected") or not was_ready:
            return
        service = self.world.services[key.service]
        if why == "rejected" and isinstance(self._phase_before(key), ph.Running):
            # What hung served nobody; that it hung may be what this very event says.
            hung = isinstance(self.event, ev.ProbeResult) and self.event.key == key
            was_ready = self._phase_before(key).ready and not hung
        others = [k for k in self.alive if (k.service, k.slot) == (key.service, key.slot)]
        others = [k for k in others if k != key and self._is_ready(k)]
        if why == "handover":
            assert others, f"{key} was ended and nothing replaces it"
            least = service.generations[1].spec.rollout.min_healthy
            healthy = self.boot - max(self.ready_at[k] for k in others)
            assert healthy >= least - ROUNDING, f"{key} was ended before its successor was proved"
        elif was_ready:
            assert others, f"{key} was ended, and serves while its predecessor does not"

    def _phase_before(self, key: ev.Key) -> Any:
        service = self.before.services.get(key.service)
        for generation in () if service is None else service.generations:
            if generation.number == key.generation and key.slot in generation.instances:
                return generation.instances[key.slot].phase
        return None

    def _is_ready(self, key: ev.Key) -> bool:
        phase = self.instance(key).phase
        return isinstance(phase, ph.Running) and phase.ready

    def _count_automatic(self, key: ev.Key) -> None:
        starts = self.automatic.setdefault(key, [])
        starts.append(self.boot)
        policy = self.world.services[key.service].spec.restart
        recent = [at for at in starts if at > self.boot - policy.budget_window]
        assert len(recent) <= policy.budget_count, f"{key} used up its budget and goes on"
        if key not in self.ready_since_fresh:
            assert len(recent) <= policy.start_limit, f"{key} was never ready and goes on"

    def _fulfils(self, name: str, condition: str) -> bool:
        service = self.world.services.get(name)
        if service is None:
            return False
        phases = [each.phase for g in service.generations for each in g.instances.values()]
        if all(isinstance(each.phase, ph.Exited) for each in service.current.instances.values()):
            return True
        if condition == "completed":
            return False
        if condition == "ready":
            return any(isinstance(phase, ph.Running) and phase.ready for phase in phases)
        return any(key.service == name for key in self.alive)

    def _signal(self, action: act.Signal) -> None:
        key = action.key
        assert self.keeper, "signalled without a keeper"
        process = self.alive.get(key)
        assert process is not None, f"{key} was signalled and does not live"
        assert process.run == action.run
        if action.signal == 18:
            assert process.stopped_seen, "continued without evidence that it is stopped"
        elif action.signal == 9:
            assert action.scope == "run"
            assert process.stop_signal_at is not None, "killed before it was asked to stop"
            waited = self.boot - process.stop_signal_at
            stop = self._spec(key).stop
            phase = self.instance(key).phase
            hung = isinstance(phase, ph.Stopping) and phase.why == "probe"
            assert waited >= min(stop.timeout, 3.0 if hung else stop.timeout) - ROUNDING
            process.killed = True
        else:
            decided = process.draining or process.stop_signal_at is not None
            process.stop_signal_at = self.boot
            if not decided:
                self._check_order(key)
                self._check_handover(key)

    def _check_order(self, key: ev.Key) -> None:
        """Rule 4: an intended stop comes after those of everything that needs the service."""
        phase = self.instance(key).phase
        intended = not isinstance(phase, ph.Stopping) or phase.why == "stop"
        if self.world.services[key.service].want == "up" or not intended:
            return
        for name, service in self.world.services.items():
            if any(need.name == key.service for need in service.spec.depends_on):
                lives = [k for k in [*self.alive, *self.asked] if k.service == name]
                assert not lives, f"{key} is stopped before {lives}"

    # -- comparing ---------------------------------------------------------------------------------

    def instance(self, key: ev.Key) -> Any:
        """The instance in the world."""
        for generation in self.world.services[key.service].generations:
            if generation.number == key.generation:
                return generation.instances[key.slot]
        raise KeyError(key)

    def instances(self) -> list[Any]:
        """All instances of the world."""
        return [
            instance
            for service in self.world.services.values()
            for generation in service.generations
            for instance in generation.instances.values()
        ]

    def _check(self, before: World, event: ev.Event) -> None:
        runs = {key: process.run for key, process in self.alive.items()} | self.asked
        live = {i.key: i.run for i in self.instances() if isinstance(i.phase, ph.Live)}
        assert live == runs, "rule 6: a live phase exactly where a run exists"
        assert set(self.world.jobs) == self.open_jobs, "rule 9: open here, open there"
        due = self.policy.next_deadline(self.world)
        if isinstance(event, ev.Tick) and due is not None:
            assert due > self.boot, "a deadline in the past after a tick: a busy loop"
        if self.keeper:
            self._check_steering()
        self._check_health()
        self._check_rolling()
        self._check_places(before)
        self._check_table(before, event)
        self._check_escalation(event)

    def _check_escalation(self, event: ev.Event) -> None:
        """Whoever stays down although it is wanted and needs nothing: a person is called in time.

        What somebody asked for may have begun the counting anew, or not: that case is left out.
        """
        fallen: dict[ev.Key, float] = {}
        for name in ("db", "cache"):
            service = self.world.services.get(name)
            for each in () if service is None else service.current.instances.values():
                since = self.down_since.get(each.key)
                if service.want == "down" or not self._goes_on(each):
                    self.escalated.pop(each.key, None)
                elif since is not None or _has_fallen(each.phase):
                    fallen[each.key] = self.boot if since is None else since
        if not isinstance(event, ev.Tick | ev.Observation):
            fallen = dict.fromkeys(fallen, math.inf)
        self.down_since = fallen
        for key, since in fallen.items() if isinstance(event, ev.Tick) and self.keeper else ():
            late = self.boot - since >= ESCALATE and not self._is_ready(key)
            assert key in self.escalated or not late, (
                f"{key} is down since {since}, and nobody was called"
            )

    def _goes_on(self, instance: Any) -> bool:
        """Whether what fell, if it did, may yet be in the same trouble."""
        match instance.phase:
            case ph.Running(ready=True):
                return self.boot - self.ready_at[instance.key] < RESTART.stable_after
            case ph.Inactive() | ph.Exited():
                return False
            case ph.Held(fault=fault):
                return fault != AWAY
            case ph.Draining(why=why) | ph.Stopping(why=why):
                return why in ("timeout", "probe")
            case _:
                return True

    def _check_places(self, before: World) -> None:
        """No more starts under way than places; a candidate that failed is not kept."""
        waiting = [i for i in self.instances() if _is_asked_for(i)]
        assert self.world.spawning == len(waiting), "the starts under way are counted wrongly"
        assert len(waiting) <= SPAWN_LIMIT, "too many starts are under way"
        self.parked &= {(i.key.service, i.key.slot) for i in self.instances()}
        for name, service in self.world.services.items():
            was = before.services.get(name)
            if was is not None and was.want == "down" and service.want == "up":
                self.person_acts(name)
                self._forget_starts(name)
            if service.candidate is not None and self.keeper:
                for each in service.candidate.instances.values():
                    assert not isinstance(each.phase, ph.Failed | ph.Backoff | ph.Held), (
                        f"{each.key} has failed, and its reload goes on"
                    )

    def _check_end(self, key: ev.Key) -> None:
        """An intended stop ends inactive, whatever the exit status was."""
        service = self.world.services.get(key.service)
        if service is None or service.want == "up":
            return
        current = service.current.instances.get(key.slot)
        if current is not None and current.key == key:
            assert isinstance(current.phase, ph.Inactive), "wanted down, and not inactive"

    def _check_steering(self) -> None:
        for name, service in self.world.services.items():
            if service.spec.sockets:
                ready = {
                    instance.key
                    for generation in service.generations
                    for instance in generation.instances.values()
                    if isinstance(instance.phase, ph.Running) and instance.phase.ready
                }
                trusted = {key for key in ready if self.instance(key).phase.trial is None}
                ready = trusted or ready
                assert self.steered.get(name, ()) == tuple(sorted(ready))

    def _check_health(self) -> None:
        for instance in self.instances():
            if isinstance(instance.phase, ph.Running) and instance.key in self.answers:
                failing = self.answers[instance.key].failing
                assert instance.phase.ready is not failing, f"{instance.key}: ready is wrong"

    def _check_rolling(self) -> None:
        """Rule 10: our own restarts take one at a time; what a person stopped is no restart."""
        for service in self.world.services.values():
            ours = [
                instance.key.slot
                for generation in service.generations
                for instance in generation.instances.values()
                if isinstance(instance.phase, ph.Draining)
                and instance.phase.why == "restart"
                and not (instance.parked or instance.leaving)
            ]
            if service.want == "up" and isinstance(service.rollout, Rolling):
                assert len(ours) <= 1, "our own restarts take more than one at a time"

    def _check_table(self, before: World, event: ev.Event) -> None:
        """No instance went where the transition table has no way."""
        after = {instance.key: instance for instance in self.instances()}
        for service in before.services.values():
            for generation in service.generations:
                for old in generation.instances.values():
                    new = after.get(old.key)
                    if new is not None and new.phase != old.phase:
                        way = (_word(old.phase), type(event).__name__, _word(new.phase))
                        assert _word(new.phase) in _reachable(way[0], way[1]), way


def _is_asked_for(instance: Any) -> bool:
    phase = instance.phase
    return isinstance(phase, ph.Checking) or (
        isinstance(phase, ph.Starting) and phase.process is None
    )


def _has_fallen(phase: Any) -> bool:
    return isinstance(phase, ph.Backoff | ph.Held | ph.Failed)


def _word(phase: Any) -> str:
    return str(type(phase).__struct_config__.tag)


def _reachable(phase: str, event: str) -> set[str]:
    """Phases after a whole step: by the event, then by any number of settled transitions."""
    found = {phase} | set(table.targets(phase, event))
    while True:
        more = {edge.new for edge in table.SETTLED if edge.old in found} - found
        if not more:
            return found
        found |= more
