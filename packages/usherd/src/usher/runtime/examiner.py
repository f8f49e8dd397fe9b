"""Looks at what a run left behind, at one that lives and does not answer, and at obstacles.

What takes longer than a moment is read in a thread; what it means is judged in `usher.diagnosis`
(docs/decisions/0055).
"""

import asyncio
import contextlib
import shutil
import socket
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple, Protocol

import msgspec

from usher.diagnosis import hang
from usher.diagnosis.death import Death, Judgement, judge, last_words
from usher.diagnosis.match import Matcher
from usher.diagnosis.obstacles import Surroundings
from usher.host.database_url import target_of
from usher.model import actions as act
from usher.model import events as ev
from usher.model.evidence import Measured
from usher.model.incident import Diagnosis
from usher.model.spec import ServiceSpec
from usher.model.target import Target
from usher.model.world import World
from usher.policy import status
from usher.policy.words import count, seconds
from usher.runtime import evidence, log_files, obstacles, processes
from usher.runtime.env_drift import EnvDrift
from usher.runtime.evidence_shelf import EvidenceShelf
from usher.runtime.log_paths import NOWHERE, log_paths
from usher.runtime.memory_kills import MemoryKills
from usher.runtime.redacting import Redacting
from usher.runtime.series import SeriesStore
from usher.runtime.versions import Versions

LINES: Final = 200
"""Last lines of a run that are looked at (operations.md B.1) ..."""
WINDOW: Final = 60.0
"""... as far as they were written in these last seconds."""
WIDTH: Final = 2048
"""Characters of each line: a pattern may take time that grows with the square of the line."""

OVERLAP: Final = 1.0
"""Seconds before a start is known in which the process may have said something."""

AT_ONCE: Final = 0.15
"""Seconds for looking at an obstacle while a start waits for the answer."""
AGAIN: Final = 2.0
"""The same when it is looked at later."""

ANSWERED: Final = 60.0
"""Seconds after a signal in which an end may be the answer to it."""

LOOK_BACK: Final = 600.0
"""Seconds of figures that are kept with what was seen of a process."""


class Defined(Protocol):
    """A definition with the values of its variables."""

    @property
    def env(self) -> Mapping[str, str]:
        """Return the values."""
        ...


class Figures(Protocol):
    """What is measured and counted."""

    memory_kills: MemoryKills
    series: SeriesStore


class Office(Protocol):
    """What is known of an instance."""

    @property
    def figures(self) -> Figures:
        """Return what is measured and counted."""
        ...

    def spec_of(self, key: ev.Key) -> ServiceSpec | None:
        """Return the definition of an instance's generation; None when it is forgotten."""
        ...

    def instance_id(self, key: ev.Key) -> int:
        """Return PM2's number of an instance."""
        ...

    def known_as(self, spec: ServiceSpec) -> Defined:
        """Join a definition with the values of its variables."""
        ...

    @property
    def world(self) -> World:
        """Return the present state."""
        ...

    env_drift: EnvDrift
    versions: Versions
    redacting: Redacting


class Seen(NamedTuple):
    """What was seen of a live process: for the policy, and for the stream of events."""

    event: ev.Diagnosed
    diagnosis: Diagnosis | None
    """None: it has ended, and is examined when its end is told."""


class _Place(NamedTuple):
    """What is looked at for one instance."""

    logs: tuple[str, ...]
    around: Surroundings
    spec: ServiceSpec
    env: Mapping[str, str]


class _Signal(NamedTuple):
    """One that a person had us send."""

    run: int
    number: int
    at: float
    """Boot clock."""


class Examiner:
    """One a daemon."""

    def __init__(self, home: Path, office: Office) -> None:
        self._home = home
        self._office = office
        self._matcher: asyncio.Future[Matcher] | None = None
        """Made in a thread as soon as something runs: it takes a tenth of a second, which the first
        examination should not need."""
        self._shelf = EvidenceShelf(home / "state" / "evidence")
        self._signals: dict[ev.Key, _Signal] = {}
        """The last one of each instance that a person had us send."""
        self._read_to: dict[ev.Key, float] = {}
        """Up to when (wall clock) the logs belong to runs that were looked at before."""

    def born(self, now: ev.Now) -> None:
        """Something was started: kills that the kernel counted before are none of its end."""
        self._office.figures.memory_kills.look(now.boot)
        self._prepared()

    def signalled(self, key: ev.Key, run: int, number: int, now: ev.Now) -> None:
        """Take note that a person had us send a signal: an end by it is nobody else's doing."""
        self._signals[key] = _Signal(run, number, now.boot)

    def _prepared(self) -> "asyncio.Future[Matcher]":
        if self._matcher is None:
            self._matcher = asyncio.get_running_loop().run_in_executor(None, Matcher)
        return self._matcher

    async def examine(self, action: act.Examine, now: ev.Now) -> Judgement | None:
        """Say why a run ended; None when its definition is forgotten."""
        place = self._place(action.key)
        if place is None:
            return None
        began = now.wall - (now.boot - action.process.since) - OVERLAP
        since = max(began, now.wall - WINDOW, self._read_to.get(action.key, 0.0))
        self._read_to[action.key] = now.wall
        kills = self._office.figures.memory_kills
        ended = kills.ended(action.process.pid, action.status, action.process.since, now.boot)
        matcher = await self._prepared()
        memory = await asyncio.to_thread(kills.verdict, ended)
        if memory.killed:
            kills.claim(ended)
        sent = self._sent_to(action, now)
        death = Death((), action.status, action.by_us, place.around, memory, sent)
        found = await asyncio.to_thread(_judge, death, place, since, matcher)
        obstacle = found.fault and found.fault.obstacle
        if found.fault is None:
            return found
        if obstacle is not None and await obstacles.gone(obstacle, AT_ONCE):
            # It is over: a start may well succeed now.
            return found._replace(fault=None)
        if obstacle is None and found.fault.restart == "no":
            obstacle = obstacles.unchanged(place.spec, found.diagnosis.causes[0].place)
        fault = msgspec.structs.replace(found.fault, obstacle=obstacle)
        return found._replace(fault=fault)

    def _sent_to(self, action: act.Examine, now: ev.Now) -> int | None:
        """Number of the signal that a person had us send to this run a moment ago."""
        sent = self._signals.pop(action.key, None)
        fits = sent is not None and sent.run == action.run and now.boot - sent.at <= ANSWERED
        return sent.number if sent is not None and fits else None

    async def look(self, key: ev.Key, run: int, pid: int, probe: str, now: ev.Now) -> Seen | None:
        """Say why a live process does not answer to a probe, and keep what was seen of it.

        Without a probe: what is seen of one that uses too much memory.
        None when its definition is forgotten.
        """
        place = self._place(key)
        if place is None:
            return None
        answers = status.answers_to(self._office.world, key, probe)
        since = said_since(now, _started(pid, now), answers.failed_since)
        asked = evidence.Asked(
            key=key,
            run=run,
            pid=pid,
            cwd=place.spec.cwd,
            logs=place.logs,
            stack_signal=place.spec.stack_signal,
            environment=tuple(sorted(place.env)),
            probe=probe,
            status=answers.status,
            probes=tuple(self._probes(key, now)),
            changed=lambda: self._changed(place.spec, pid, now),
            recognise=partial(_recognised, await self._prepared()),
            figures=tuple(self._figures(key, now)),
            redact=self._office.redacting.text,
            since=since,
        )
        seen = await evidence.collect(asked)
        cause = hang.judge(seen, await asyncio.to_thread(_dependencies, place))
        if cause is None:
            return Seen(evidence.diagnosed(key, seen, ""), None)
        matcher = await self._prepared()
        said = await asyncio.to_thread(_said, place, since, matcher)
        kept = await asyncio.to_thread(self._shelf.keep, seen)
        return Seen(
            evidence.diagnosed(key, seen, cause.text),
            msgspec.structs.replace(hang.with_log(cause, said), file=kept),
        )

    def _probes(self, key: ev.Key, now: ev.Now) -> Iterator[str]:
        view = status.service_view(self._office.world, key.service, now)
        for instance in view.instances:
            if (instance.slot, instance.generation) == (key.slot, key.generation):
                for probe in instance.probes:
                    result = "not asked yet" if probe.ok is None else "passes"
                    if probe.ok is False:
                        result = f"failed {count(probe.in_row, 'time')} in a row"
                    yield f"probe {probe.name}: {result}" + (f": {probe.last}" * bool(probe.last))

    def _figures(self, key: ev.Key, now: ev.Now) -> Iterator[Measured]:
        series = self._office.figures.series.find(key.service, key.slot)
        for each in [] if series is None else series.points(now.wall - LOOK_BACK, now.wall):
            if each.high:
                yield Measured(each.at, each.high, each.cpu, each.descriptors, each.slowest)

    def _changed(self, spec: ServiceSpec, pid: int, now: ev.Now) -> Iterator[str]:
        """Say what differs from when it was well; called in a thread."""
        drift = self._office.env_drift.of(spec, [pid])
        if drift:
            yield f"variables that differ from the file or the process: {', '.join(drift)}"
        for version in self._office.versions.all()[-1:]:
            ago = seconds(max(0.0, now.wall - version.at))
            yield f"definitions changed {ago} ago by {version.who}: {version.what}"
        changed = obstacles.changed_since(spec, _started(pid, now))
        if changed:
            yield f"files changed since it was started: {', '.join(changed)}"

    async def recheck(self, action: act.Recheck) -> ev.Rechecked:
        """Look at an obstacle again."""
        seen = await obstacles.gone(action.obstacle, AGAIN)
        return ev.Rechecked(action.key, action.run, gone=bool(seen), seen=seen)

    def _place(self, key: ev.Key) -> _Place | None:
        spec = self._office.spec_of(key)
        if spec is None:
            # A rejected generation is forgotten at once; it logged where what it met there does.
            other = status.successor_of(self._office.world, key)
            return None if other is None else self._place(other)
        paths = log_paths(self._home, spec, key.slot, self._office.instance_id(key))
        logs = tuple(each for each in dict.fromkeys((paths.err, paths.out)) if each != NOWHERE)
        env = self._office.known_as(spec).env
        return _Place(logs, _around(spec, env), spec, env)


def said_since(now: ev.Now, started: float, failing: float | None) -> float:
    """From when on lines may say why a live process does not answer (seconds since 1970).

    `started` is of that clock, too; `failing`, since when its probe fails, of that of the boot.
    """
    failed = now.wall if failing is None else now.wall - (now.boot - failing)
    return max(started, failed - WINDOW)


def _started(pid: int, now: ev.Now) -> float:
    """When a process was started (wall clock, seconds); now when it is gone."""
    seen = processes.stat(pid)
    return now.wall if seen is None else now.wall - (now.boot - seen.started / processes.TICKS)


def _recognised(matcher: Matcher, lines: Sequence[str]) -> Iterator[str]:
    """Name each known fault once, with the first line that speaks of it."""
    seen: dict[str, str] = {}
    for match in matcher.matches(line[:WIDTH] for line in lines):
        seen.setdefault(match.signature.id, match.text)
    return (f"{fault}: {line}" for fault, line in seen.items())


def _judge(death: Death, place: _Place, since: float, matcher: Matcher) -> Judgement:
    """Read the last words of a run and judge its end; called in a thread."""
    found = judge(death._replace(lines=_last_words(place.logs, since)), matcher)
    return _beside(found, place.spec.cwd)


def _said(place: _Place, since: float, matcher: Matcher) -> Diagnosis:
    """Say what the log of a live run names; called in a thread."""
    found = last_words(_last_words(place.logs, since), place.around, matcher)
    return msgspec.structs.replace(found, excluded=_excluded(found, place.spec.cwd))


def _excluded(found: Diagnosis, cwd: str) -> tuple[str, ...]:
    return tuple(f"{area}: {_seen_of(area, cwd)}" for area in found.excluded)


def _around(spec: ServiceSpec, env: Mapping[str, str]) -> Surroundings:
    port = env.get("PORT", "")
    target = target_of(env, spec.pool.variable if spec.pool else "")
    return Surroundings(
        cwd=spec.cwd,
        port=int(port) if port.isascii() and port.isdecimal() else None,
        database=None if target is None else (target.host, target.port),
    )


def _dependencies(place: _Place) -> dict[str, str]:
    """Name what the app depends on, by the addresses that the kernel shows; may ask for names."""
    found: dict[str, str] = {}
    for name, target in _asked(place.spec):
        address = getattr(target, "address", "")
        host, _, port = address.rpartition(":")
        if host and port.isdecimal():
            found |= dict.fromkeys(_numeric(host.strip("[]"), int(port)), name)
    if place.around.database is not None:
        found |= dict.fromkeys(_numeric(*place.around.database), "the database")
    return found


def _asked(spec: ServiceSpec) -> Iterator[tuple[str, Target]]:
    yield from ((each.name, each.target) for each in spec.probes if each.scope == "dependency")
    yield from ((each.name, each.target) for each in spec.externals)


def _numeric(host: str, port: int) -> set[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        return set()
    return {f"{each[4][0]}:{port}" for each in found}


def _last_words(logs: Sequence[str], since: float) -> list[str]:
    """Read the last lines of a run, those of both outputs in the order in which they came."""
    read = log_files.read_together(logs, log_files.Window(LINES, int(since * 1e9)))
    return [log_files.text_of(line.text)[:WIDTH] for line in read]


def _beside(found: Judgement, cwd: str) -> Judgement:
    """Add what was seen beside the log against other causes."""
    causes = found.diagnosis.causes
    return found._replace(diagnosis=Diagnosis(causes, _excluded(found.diagnosis, cwd)))


def _seen_of(area: str, cwd: str) -> str:
    if area == "memory":
        return "no kill of it for lack of memory is known, and no line speaks of one"
    if area == "disk":
        with contextlib.suppress(OSError):
            room = shutil.disk_usage(cwd)
            return f"{room.free / room.total:.0%} free, and no line speaks of it"
    return "no line speaks of it"
