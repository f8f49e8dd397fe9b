"""Sees whether an app listens where its definition says, soon after each start.

What that means is judged in `usher.diagnosis.listening`. An app that listens as declared is looked
at no more; one whose port somebody else has is looked at until that is over, for it may live on
without ever saying so. Nothing runs for apps that declare no port.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from math import inf
from typing import Final, Protocol

from msgspec.structs import replace

from usher.diagnosis.listening import BEGINS_WITHIN, TAKEN, Declared, Seen, Verdict, judge
from usher.diagnosis.measured import Observed
from usher.diagnosis.signature import Signature
from usher.diagnosis.signatures.measured import BIND_MISMATCH
from usher.host import processes as host_processes
from usher.model import events as ev
from usher.model.facts import Listener
from usher.model.phase import Running, Starting
from usher.model.spec import ServiceSpec, TcpAddress
from usher.model.world import Instance, World
from usher.policy.probed import OWN_PORT
from usher.runtime import clock, listening, processes, runs, surroundings

AGES: Final = (1.0, 2.0, 3.0, 4.0, 8.0, 16.0, 32.0, 64.0)
"""Seconds after a start at which is looked."""

AGAIN: Final = 10.0
"""The longest from one look to the next, as long as something is wrong."""

RETRIES_WITHIN: Final = 5.0
"""Seconds after its port was last seen taken in which an app may try again by itself."""

YOUNG: Final = 1.0
"""Seconds after a start in which what listens was there before it."""


class Defined(Protocol):
    """A definition with the values of its variables."""

    @property
    def env(self) -> Mapping[str, str]:
        """Return the values."""
        ...


class Office(Protocol):
    """What has to be known, and where it is told what was seen."""

    @property
    def world(self) -> World:
        """Return the present state."""
        ...

    def known_as(self, spec: ServiceSpec) -> Defined:
        """Join a definition with the values of its variables."""
        ...

    def post(self, event: ev.Event) -> None:
        """Take an observation."""
        ...


class Findings(Protocol):
    """The book of findings (runtime.fault_watch)."""

    def seen(self, key: ev.Key, judged: Mapping[Signature, Observed | None]) -> None:
        """Take what was looked for at an instance, and what of it was found."""
        ...


class _Run:
    """A run whose ports are looked at."""

    def __init__(
        self, instance: Instance, pid: int, born: float, declared: tuple[Declared, ...]
    ) -> None:
        self.key = instance.key
        self.run = instance.run
        self.pid = pid
        self.born = born
        """Boot clock."""
        self.declared = declared
        self.before: frozenset[int] | None = None
        """Ports at which somebody listened when it was started; None: nobody looked then."""
        self.due: float | None = None
        """When it is looked at next; None: no more."""
        self.owes_from = born + BEGINS_WITHIN
        """From when on it is its own fault that it does not listen (boot clock)."""
        self.suspected: frozenset[str] = frozenset()
        """What the last look found: a single one may come in between."""


class PortWatch:
    """One a daemon; `follow` after the world changed."""

    def __init__(self, office: Office, findings: Findings) -> None:
        self._office = office
        self._findings = findings
        self._runs: dict[ev.Key, _Run] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None

    def follow(self, world: World) -> None:
        """Look at what was started since."""
        known, self._runs = self._runs, {}
        young: list[_Run] = []
        now = clock.read().boot
        for instance, spec in _up(world):
            before = known.get(instance.key)
            if before is not None and before.run == instance.run:
                self._runs[instance.key] = before
            elif (begun := self._begun(instance, spec, now)) is not None:
                self._runs[instance.key] = begun
                young += [begun] if begun.declared and now - begun.born <= YOUNG else []
        if young:
            ports = frozenset(each.port for each in listening.listeners())
            for run in young:
                run.before = ports
        self._arm()

    def close(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()
        if self._task is not None:
            self._task.cancel()

    def _begun(self, instance: Instance, spec: ServiceSpec, now: float) -> _Run | None:
        phase = instance.phase
        process = phase.process if isinstance(phase, Starting | Running) else None
        if process is None:
            return None
        env = dict(self._office.known_as(spec).env)
        run = _Run(instance, process.pid, process.since, _declared(spec, env, instance.key.slot))
        if run.declared:
            run.due = _next(now - run.born, now) or now
        return run

    # -- looking -----------------------------------------------------------------------------------

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due = [run.due for run in self._runs.values() if run.due is not None]
        if due and (self._task is None or self._task.done()):
            delay = max(0.0, min(due) - clock.read().boot)
            self._timer = asyncio.get_running_loop().call_later(delay, self._fire)

    def _fire(self) -> None:
        self._timer = None
        self._task = asyncio.create_task(self._look())
        self._task.add_done_callback(lambda task: None if task.cancelled() else self._arm())

    async def _look(self) -> None:
        now = clock.read().boot
        due = [run for run in self._runs.values() if run.due is not None and run.due <= now]
        found = await asyncio.to_thread(listening.listeners)
        for run in due:
            verdict = await asyncio.to_thread(_look_at, run, now - run.born, found)
            run.due = None
            if self._runs.get(run.key) is run:
                self._take(run, verdict, clock.read().boot)

    def _take(self, run: _Run, verdict: Verdict, now: float) -> None:
        wrong = frozenset(
            each.fault.id for each in (verdict.taken, verdict.elsewhere) if each is not None
        )
        again, run.suspected = wrong & run.suspected, wrong
        accused = self._is_accused(run)
        if wrong or not verdict.arrived:
            run.due = _next(now - run.born, now)
        if wrong or (accused and not verdict.listens):
            run.due = min(run.due or inf, now + AGAIN)
        silent = TAKEN.id in again and not verdict.listens
        if silent or accused:
            self._post(run, verdict, now)
        if silent and not accused and self._is_running(run):
            return  # first the trouble, with the next look its cause, which the incident takes up
        found = {TAKEN: verdict.taken, BIND_MISMATCH: verdict.elsewhere}
        judged = {fault: each if fault.id in again else None for fault, each in found.items()}
        self._findings.seen(run.key, judged)

    def _post(self, run: _Run, verdict: Verdict, now: float) -> None:
        """Say that it does not listen, or that it does again."""
        if verdict.listens:
            self._say(run, ok=True, detail="listens")
        elif verdict.taken is not None:
            run.owes_from = now + RETRIES_WITHIN
            text = verdict.taken.text
            self._say(run, ok=False, detail=f"not listening: {text}", elsewhere=text)
        elif now >= run.owes_from:
            # Nobody is in its way any more, so a restart helps.
            self._say(run, ok=False, detail="not listening, though its port is free")

    def _say(self, run: _Run, *, ok: bool, detail: str, elsewhere: str = "") -> None:
        self._office.post(
            ev.ProbeResult(run.key, run.run, OWN_PORT.name, ok, detail, elsewhere=elsewhere)
        )

    def _is_accused(self, run: _Run) -> bool:
        instance = self._instance(run)
        count = None if instance is None else instance.probes.get(OWN_PORT.name)
        return count is not None and not count.ok

    def _is_running(self, run: _Run) -> bool:
        instance = self._instance(run)
        return instance is not None and isinstance(instance.phase, Running)

    def _instance(self, run: _Run) -> Instance | None:
        service = self._office.world.services.get(run.key.service)
        return None if service is None else service.current.instances.get(run.key.slot)


def _up(world: World) -> Iterator[tuple[Instance, ServiceSpec]]:
    """List what should listen. A cluster's sockets are the keeper's; a reload has two of each."""
    for service in world.services.values():
        spec = service.spec
        if spec.kind == "service" and spec.channel != "cluster" and len(service.generations) == 1:
            for instance in service.current.instances.values():
                if isinstance(instance.phase, Starting | Running):
                    yield instance, spec


def _declared(spec: ServiceSpec, env: dict[str, str], slot: int) -> tuple[Declared, ...]:
    """Return the ports that an instance opens itself; those of `sockets` are the keeper's."""
    from usher.guard.checks import ports  # most apps of most homes are looked at by no check
    from usher.guard.definition import Definition

    own = {name: value for name, value in env.items() if name in spec.env_sources}
    surroundings.increment(spec, own, slot)
    app = Definition(replace(spec, env=own, instances=1))
    held = {each.address.port for each in spec.sockets if isinstance(each.address, TcpAddress)}
    address = ports.address(app)
    return tuple(Declared(w.port, address) for w in ports.wanted(app) if w.port not in held)


def _next(age: float, now: float) -> float | None:
    """When to look next at a run of this age; None: it has been looked at often enough."""
    return next((now - age + each for each in AGES if each > age), None)


def _look_at(run: _Run, age: float, found: Sequence[listening.Listener]) -> Verdict:
    """Tell its own of all listening sockets from those of others; called in a thread."""
    pids = processes.members([run.pid], runs.MARKER)[run.pid]
    inodes = {inode for pid in pids for inode in processes.sockets(pid)}
    own = [Listener(each.port, each.host) for each in found if each.inode in inodes]
    ports = {each.port for each in run.declared}
    foreign = {each.port for each in found if each.inode not in inodes} & ports
    opened = any(each.port in ports for each in own)
    others = [] if opened or not foreign else host_processes.listeners(foreign)
    older = [each for each in others if _was_there(each, run)]
    return judge(run.declared, Seen(run.pid, age, own, older))


def _was_there(listener: Listener, run: _Run) -> bool:
    """Whether it listened before the run began; what came later may do so for it (a container)."""
    if run.before is not None:
        return listener.port in run.before
    own = processes.stat(run.pid)
    holders = [processes.stat(each.pid) for each in listener.holders]
    return own is not None and any(each and each.started < own.started for each in holders)
