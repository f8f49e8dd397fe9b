"""Holds figures against the rules of usher.diagnosis.measured and tells what they mean.

It looks when the sampler has measured, and at the moments at which a process ends; it has no timer.
What is found is told once, and once more when it is over; until then it stands among the findings.
"""

import asyncio
from collections.abc import Collection, Coroutine, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

from msgspec.structs import replace

from usher.diagnosis import leak, measured
from usher.diagnosis.catalogue import CATALOGUE
from usher.diagnosis.listening import TAKEN
from usher.diagnosis.measured import Observed
from usher.diagnosis.signature import Rank, Severity, Signature
from usher.diagnosis.signatures import measured as faults
from usher.model import actions as act
from usher.model import events as ev
from usher.model.finding import Finding
from usher.model.incident import Cause
from usher.model.spec import ServiceSpec
from usher.model.target import HttpTarget
from usher.model.world import Instance, World
from usher.policy import status
from usher.runtime import clock, host_figures, processes
from usher.runtime.sampling import Sample

LONG_EVERY: Final = 6
"""Steps after which long windows are judged again: they move slowly."""
CALM: Final = 3
"""Looks in a row that must not show a fault any more: at its threshold it would come and go."""

NO_SPACE: Final = CATALOGUE["fs.no_space"]
_FULL: Final = "No space left"
_DISK: Final = "disk"
"""What all logs that cannot be written have in common, and runs that ended of it (death.py)."""

_ENDS: Final = ("exited", "stopped", "retired", "completed", "lost", "started")
_OF_A_RUN: Final = (
    *(faults.RISING, faults.LEAK, faults.DESCRIPTORS, faults.SLOW),
    *(TAKEN, faults.BIND_MISMATCH),
)
"""Faults that end with the process."""

_SEEN: Final = 0.9
"""That it is so, is certain; whether it is why an app is in trouble, nearly."""
_HINT: Final = 0.4

_INFORMATION: Final = {each.id for each in faults.SIGNATURES if each.severity is Severity.INFO}


class Defined(Protocol):
    """A definition with the values of its variables."""

    @property
    def env(self) -> Mapping[str, str]:
        """Return the values."""
        ...


class Office(Protocol):
    """What has to be known."""

    home: Path

    @property
    def world(self) -> World:
        """Return the present state."""
        ...

    def pid(self, key: ev.Key, run: int) -> int | None:
        """Return the main pid of a live run."""
        ...

    def known_as(self, spec: ServiceSpec) -> Defined:
        """Join a definition with the values of its variables."""
        ...

    def log_files(self) -> frozenset[str]:
        """Return the paths of all logs."""
        ...


class Notes(Protocol):
    """Where it is told (runtime.history)."""

    def note(
        self,
        event: str,
        detail: str,
        now: ev.Now,
        service: str,
        slot: int | None,
        cause: Cause | None = None,
    ) -> None:
        """Take an event for the stream; service "" stands for the host."""
        ...


class _Subject(NamedTuple):
    """What a finding is about; service "" stands for the host, slot None for all instances."""

    service: str
    slot: int | None = None


HOST: Final = _Subject("")


class _Open:
    """A finding that is not over."""

    def __init__(self, finding: Finding) -> None:
        self.finding = finding
        self.absent = 0


class FaultWatch:
    """One a daemon."""

    def __init__(self, office: Office, notes: Notes) -> None:
        self._office = office
        self._notes = notes
        self._open: dict[tuple[_Subject, str], _Open] = {}
        self._host = host_figures.HostWatch(office.home)
        self._tasks: set[asyncio.Task[None]] = set()

    def close(self) -> None:
        """Look at nothing any more."""
        for task in self._tasks:
            task.cancel()

    def findings(self) -> list[Finding]:
        """Return what is not over and somebody should look at; information is left out."""
        return [each.finding for (_, code), each in self._open.items() if code not in _INFORMATION]

    def of(self, key: ev.Key) -> list[Finding]:
        """Return what is not over of an instance."""
        about = (_Subject(key.service), _Subject(key.service, key.slot))
        return [each.finding for (subject, _), each in self._open.items() if subject in about]

    # -- when something was measured --

    def look(self, samples: list[Sample]) -> None:
        """Judge what was measured now, and from time to time the host."""
        for sample in samples:
            subject = _Subject(sample.key.service, sample.key.slot)
            self._fold(subject, _judged(sample, self._host.available))
        for subject, found in _static(self._office.world):
            self._fold(subject, {faults.STATIC_HEALTH: found})
        if self._host.is_due():
            folders = {str(Path(path).parent) for path in self._office.log_files()}
            self._begin(self._look_at_host(folders))

    async def _look_at_host(self, folders: Collection[str]) -> None:
        found = await asyncio.to_thread(self._host.look, folders)
        self._fold(HOST, found)

    # -- when something happens --

    def recorded(self, changed: act.Changed) -> None:
        """An event was decided: forget findings of a run that is over, look at one to be killed."""
        subject = _Subject(changed.key.service, changed.key.slot)
        if changed.event == "killing":
            self._killing(changed, subject)
        elif changed.event in _ENDS:
            for fault in _OF_A_RUN:
                self._over(subject, fault.id, "the process has ended")
            if changed.event == "lost":
                self._over(_Subject(subject.service), NO_SPACE.id, "who wrote its log has ended")
        elif changed.event == "deleted":
            for which in [each for each in self._open if each[0].service == subject.service]:
                self._over(*which, "it was deleted")

    def _killing(self, changed: act.Changed, subject: _Subject) -> None:
        """The stop signal did not end it in time: see who keeps it."""
        from usher.guard.checks import ports  # few apps have to be killed
        from usher.guard.definition import Definition

        pid = self._office.pid(changed.key, changed.run)
        spec = status.spec_of(self._office.world, changed.key)
        if pid is None or spec is None:
            return
        env = dict(self._office.known_as(spec).env)
        known = ports.wanted(Definition(replace(spec, env=env)))
        count = processes.accepted(pid, {each.port for each in known})
        if count:
            noun = "connection" if count == 1 else "connections"
            text = f"{count} open {noun} after {spec.stop.timeout:g} s of stopping"
            self._say(subject, Observed(faults.SLOW_STOP, text))

    def seen(self, key: ev.Key, judged: Mapping[Signature, Observed | None]) -> None:
        """Somebody else looked at an instance, and is sure: what is not seen is over at once."""
        self._seen(_Subject(key.service, key.slot), judged)

    def seen_of(self, service: str, judged: Mapping[Signature, Observed | None]) -> None:
        """Take the same of a service as a whole, or of a remote."""
        self._seen(_Subject(service), judged)

    def resume(self, service: str, observed: Observed) -> None:
        """Take up what an earlier daemon told, to say when it is over or becomes graver."""
        subject = _Subject(service)
        self._open[subject, observed.fault.id] = _Open(_finding(subject, observed))

    def _seen(self, subject: _Subject, judged: Mapping[Signature, Observed | None]) -> None:
        for fault, observed in judged.items():
            if observed is not None:
                self._tell(subject, observed)
            else:
                self._over(subject, fault.id, "it is not seen any more")

    def log_told(self, service: str, error: str | None) -> None:
        """A log cannot be written, or (None) can be again."""
        subject = _Subject(service)
        if error is None:
            self._over(subject, NO_SPACE.id, "its log is written again")
        elif _FULL in error:
            self._tell(subject, Observed(NO_SPACE, f"{error}; the app goes on"))

    # -- the book --

    def _fold(self, subject: _Subject, judged: Mapping[Signature, Observed | None]) -> None:
        """Tell what is new, and what is over; `judged` has each fault that was looked for."""
        for fault, observed in judged.items():
            if observed is not None:
                self._tell(subject, observed)
            elif (known := self._open.get((subject, fault.id))) is not None:
                known.absent += 1
                if known.absent >= CALM:
                    self._over(subject, fault.id, "it is not seen any more")

    def _tell(self, subject: _Subject, observed: Observed) -> None:
        """Tell what lasts, once, and once more when it becomes grave."""
        which = (subject, observed.fault.id)
        known, found = self._open.get(which), _finding(subject, observed)
        if known is None or known.finding.severity == "warning" != found.severity:
            self._say(subject, observed)
        self._open[which] = _Open(found)

    def _say(self, subject: _Subject, observed: Observed) -> None:
        words = f"{observed.fault.id}: {observed.text}"
        self._notes.note("finding", words, clock.read(), *subject, cause=_cause(subject, observed))

    def _over(self, subject: _Subject, code: str, why: str) -> None:
        if self._open.pop((subject, code), None) is not None:
            self._notes.note("finding-over", f"{code}: {why}", clock.read(), *subject)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _cause(subject: _Subject, observed: Observed) -> Cause:
    """The same as what an incident may be caused by."""
    fault = observed.fault
    shared = "" if subject.service else fault.id
    return Cause(
        id=fault.id,
        text=fault.cause,
        confidence=_HINT if _is_hint(fault) else _SEEN,
        evidence=(observed.text,),
        restart=fault.restart.value,
        remedy=fault.remedy,
        check=fault.collect,
        fingerprint=f"{fault.id} {subject.service}",
        grave=fault.severity is Severity.CRITICAL,
        shared=_DISK if fault is NO_SPACE else shared,
    )


def _is_hint(fault: Signature) -> bool:
    """Whether it explains nothing by itself: information, or what one sees of another fault."""
    return fault.severity is Severity.INFO or fault.rank is Rank.CONSEQUENCE


def _finding(subject: _Subject, observed: Observed) -> Finding:
    fault = observed.fault
    grave = fault.severity in (Severity.CRITICAL, Severity.ERROR)
    return Finding(
        observed.text,
        app=subject.service,
        hint=fault.remedy,
        severity="error" if grave else "warning",
        code=fault.id,
    )


def _judged(sample: Sample, available: int | None) -> dict[Signature, Observed | None]:
    """Hold a run against the rules about one app."""
    now, pace = clock.read().wall, sample.series.fine.step
    points = [p for p in sample.series.fine.points(sample.since - pace, now) if p.high]
    sizes = [leak.Sample(point.at, point.low) for point in points]
    memory = measured.Memory(sizes, sample.limit, available, pace)
    found = {faults.RISING: measured.rising_fast(memory)}
    if int(now / pace) % LONG_EVERY:
        return found
    counts = [(point.at, point.descriptors) for point in points]
    most_used = sample.reading.descriptors.most_used
    hour = sample.series.points(now - measured.HOUR, now)
    answers = [(point.at, point.slowest) for point in hour if point.asked and not point.failed]
    return found | {
        faults.LEAK: measured.leak_suspected(memory),
        faults.DESCRIPTORS: measured.descriptors(counts, most_used, pace),
        faults.SLOW: measured.slow_answers(answers),
    }


def _static(world: World) -> Iterator[tuple[_Subject, Observed | None]]:
    """Find services whose health endpoint is fine while a dependency's probe fails."""
    for service in world.services.values():
        spec = service.current.spec
        if not any(probe.scope == "dependency" for probe in spec.probes):
            continue
        for slot, instance in service.current.instances.items():
            text = _contradiction(spec, instance)
            found = Observed(faults.STATIC_HEALTH, text) if text else None
            yield _Subject(spec.name, slot), found


def _contradiction(spec: ServiceSpec, instance: Instance) -> str:
    answers = [
        (probe, answer)
        for probe in spec.probes
        if (answer := instance.probes.get(probe.name)) is not None
    ]
    well = next(
        (
            f"{probe.name} says {answer.last or 'ok'}"
            for probe, answer in answers
            if probe.scope == "self" and isinstance(probe.target, HttpTarget) and answer.ok
        ),
        "",
    )
    down = [
        (probe.name, answer.last)
        for probe, answer in answers
        if probe.scope == "dependency" and answer.failing
    ]
    if not (well and down):
        return ""
    name, said = down[0]
    return f"the health endpoint does not cover {name}: {well} while {name} fails: {said}"
