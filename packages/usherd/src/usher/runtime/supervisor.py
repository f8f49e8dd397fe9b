"""The supervised system as one object: it owns the world and joins policy, memory and hands.

Requests go in by `request`, which answers when the thing has happened. After a restart of the
daemon or of the keeper `keeper_back` compares the world with what the keeper holds: a run that
lives is Adopted, one that is nowhere is Lost, one that the world does not know is ended.
"""

import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import Callable, Coroutine, Generator, Iterable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from usher.keeper import paths, wire
from usher.model import actions as act
from usher.model import events as ev
from usher.model.audit import AuditRecord
from usher.model.finding import Finding
from usher.model.incident import Diagnosis
from usher.model.remote import Remote
from usher.model.spec import ServiceSpec, StopPolicy
from usher.model.world import World
from usher.policy import status
from usher.policy.step import next_deadline, step
from usher.runtime import boot_report, clock, files, pid_files, runs, survivors, versions
from usher.runtime.alerting import Alerting
from usher.runtime.audit import Audit
from usher.runtime.drift_watch import DriftWatch
from usher.runtime.driver import Driver
from usher.runtime.env_check import EnvCheck
from usher.runtime.env_drift import EnvDrift
from usher.runtime.environments import Environments
from usher.runtime.figures import Figures
from usher.runtime.gate import Gate, Known
from usher.runtime.hands import Hands
from usher.runtime.history import History
from usher.runtime.incident_log import IncidentLog
from usher.runtime.journal import Journal
from usher.runtime.keeper import Keeper
from usher.runtime.keeper_channel import RefusedError
from usher.runtime.log_keeping import Instance, LogKeeper
from usher.runtime.lookouts import Lookouts
from usher.runtime.notify import NotifySocket
from usher.runtime.pool_watch import PoolWatch
from usher.runtime.redacting import Redacting
from usher.runtime.second_look import SecondLook
from usher.runtime.sockets import Sockets

log = logging.getLogger(__name__)

API_SOCKET: Final = "/api"
NOTIFY_SOCKET: Final = "/notify"
"""Keys of our own sockets; a service's keys begin with its name."""

STARTS_PER_CPU: Final = 8
"""How many starts may be under way at a time: a boot with hundreds of services is no stampede."""


class Policy:
    """The real policy in the shape the driver wants."""

    step = staticmethod(step)
    next_deadline = staticmethod(next_deadline)


class Attached(NamedTuple):
    """A request under way or answered, and the services it was about."""

    answer: asyncio.Future[act.JobDone]
    services: tuple[str, ...]


class Supervisor:
    """Created once a daemon; `start`, then `request` and the read-only attributes."""

    def __init__(self, home: Path, *, safe: bool, again: bool = False) -> None:
        self.home = home
        self._again = again
        """An earlier daemon of this keeper may have left a Shutdown unfinished."""
        self.safe = safe
        """After crashes of ours: see, tell, and do nothing until a person asks for something."""
        self.environments = Environments(home / "state" / "env")
        self.redacting = Redacting(self.environments)
        self.env_drift = EnvDrift(self.environments)
        redact = self.redacting.text
        events = files.private_folder(home / "state") / "events.jsonl"
        self.history = History(events, redact, boot_id=clock.boot_id())
        self.audit = Audit(home / "state", redact)
        self.versions = versions.Versions(home / "state" / "versions")
        self.keeper = Keeper(home, self)
        self.sockets = Sockets(self.keeper, home)
        self.logkeeper = LogKeeper(home, self.keeper, self._logging, self._note)
        loop = asyncio.get_running_loop()
        self.ready: asyncio.Future[None] = loop.create_future()
        """Done when a keeper answered for the first time and every run is accounted for."""
        self.shut_down: asyncio.Future[int] = loop.create_future()
        """Done with an exit code when a Shutdown has been carried out."""
        self.leaving: asyncio.Future[None] = loop.create_future()
        """Done when this daemon is to end so that the keeper starts newer code."""
        self._answers: dict[str, asyncio.Future[act.JobDone]] = {}
        self.pools = PoolWatch(self)
        self.figures = Figures(self, self.history)
        self._env_check = EnvCheck(self, self.env_drift, self.history)
        rotate, follow = self.logkeeper.rotate, self.pools.follow
        self._lookouts = Lookouts(home, self, rotate, self.figures, follow)
        self._hands = Hands(home, self, self.keeper, self.sockets, self.environments, clock.read)
        self.gate = Gate(home, self.known, self.keeper.run_helper)
        self.second_look = SecondLook(self, self._begin)
        self.alerting = Alerting(self, self.keeper, self._note_ours, clock.wall)
        tell = self.alerting.tell
        self.incidents = IncidentLog(home, self.history, self._needs, clock.read, tell)
        self.drift = DriftWatch(self, self.alerting)
        self._journal = Journal(home / "state", self.history.boot_id)
        self._notify: NotifySocket | None = None
        self._background: set[asyncio.Task[None]] = set()
        self._changing = False
        self._told_refused: dict[str, tuple[str, ...]] = {}
        """Services that were left alone, and why: it is told once."""
        self._restore = self._journal.load(step)
        world = World() if self._begins_anew() or self._restore is None else self._restore.world
        world = msgspec.structs.replace(world, spawn_limit=STARTS_PER_CPU * (os.cpu_count() or 1))
        self._survivors: dict[tuple[ev.Key, int], int] = {}
        """Found in safe mode: left alone until a person asks for something."""
        self._driver = Driver(world, Policy(), self._journal, self._hands.perform, clock.read)
        self.redacting.digests = self._digests

    def _begins_anew(self) -> bool:
        """Tell whether what we remember has ended: with the host, or by a Shutdown.

        A Shutdown is over when somebody starts a keeper after it; before, we are to finish it.
        """
        if self._restore is None:
            return False
        ended = _is_down(self._restore.world) and not self._again
        return ended or self._restore.boot_id != clock.boot_id()

    def _needs(self, service: str) -> list[str]:
        return status.needs(self.world, service)

    @property
    def world(self) -> World:
        """The present state; immutable."""
        return self._driver.world

    # -- life --

    def start(self) -> None:
        """Read the memory, then look for the keeper; services follow when it answers."""
        if self._begins_anew() and self._restore is not None:
            self._start_again(self._restore.world)
        self._journal.snapshot(self.world)
        self._remember("usher", "found at the start of usher")
        self.incidents.begin(None if self._begins_anew() else self._journal.ended)
        self.figures.begin(self.world.services)
        self._driver.post(ev.KeeperLost())
        self.keeper.connect()

    def close(self) -> None:
        """Let go of everything; services and keeper go on."""
        self._driver.close()
        self._hands.close()
        self._lookouts.close()
        self.pools.close()
        self.figures.close()
        self.second_look.close()
        self.logkeeper.close()
        self.drift.close()
        self.incidents.close()
        self.alerting.close()
        self.keeper.close()
        self.history.close()
        self.audit.close()
        if self._notify is not None:
            self._notify.close()

    async def close_sockets(self) -> None:
        """Release every held socket and remove its file: after this, nobody can reach us."""
        for service in self.world.services:
            await self.sockets.close_all(service)
        await self.sockets.close_all("")

    def save(self) -> None:
        """Make the present state survive a power cut."""
        self._journal.snapshot(self.world)

    def _start_again(self, before: World) -> None:
        """Nothing runs: define all again, want up what was wanted up (nothing after a Shutdown)."""
        saved = status.saved(before)
        wanted = saved.up
        change = status.define_again(saved, job="boot", origin="boot")
        self.audit.append(AuditRecord(clock.read().wall, "boot", "boot", "asked", services=wanted))
        if wanted:
            done = self._answers[change.job] = asyncio.get_running_loop().create_future()
            self._begin(self._report_boot(before, wanted, done))
        self._driver.post(change)
        self.redacting.ask_again()

    async def _report_boot(
        self, before: World, wanted: tuple[str, ...], done: asyncio.Future[act.JobDone]
    ) -> None:
        """Tell what comes back and what does not, and then how it went."""
        began = clock.read()
        self.history.note("booted", boot_report.announced(before, wanted, began), began)
        await done
        now = clock.read()
        told = boot_report.concluded(self.world, wanted, now, now.boot - began.boot)
        self.history.note("boot-done", told, now)

    # -- requests --

    def request(self, event: ev.Request) -> asyncio.Future[act.JobDone]:
        """Post a request; the future is its answer, which comes exactly once.

        What was asked for survives a power cut from here on.
        """
        known = self.attached(event.job)
        if known is not None:
            return known.answer
        answer: asyncio.Future[act.JobDone] = asyncio.get_running_loop().create_future()
        self._answers[event.job] = answer
        self._leave_safe_mode()
        with self.one_change(event.origin, versions.sentence(event)):
            self._driver.post(event)  # pyright: ignore[reportArgumentType] (every Request is an Event)
        self.redacting.ask_again()
        self._journal.sync()
        self._lookouts.look_again()
        self.drift.begin()
        return answer

    def attached(self, job: str) -> Attached | None:
        """Find a request that was accepted, by an earlier daemon perhaps; None: it never was."""
        answer: asyncio.Future[act.JobDone] = asyncio.get_running_loop().create_future()
        if job in self.world.jobs:
            return Attached(self._answers.setdefault(job, answer), self.world.jobs[job].services)
        for each in self.world.answered:
            if each.id == job:
                answer.set_result(act.JobDone(job, each.outcome, each.result, each.detail))
                return Attached(answer, each.services)
        return None

    @contextlib.contextmanager
    def one_change(self, origin: str, what: str) -> Generator[None]:
        """Keep what is asked for within the block as one version."""
        outermost, self._changing = not self._changing, True
        try:
            yield
        finally:
            if outermost:
                self._changing = False
                self._remember(origin, what)

    def _remember(self, who: str, what: str) -> None:
        now = clock.read()
        self.versions.record(versions.desired(self.world), at=now.wall, who=who, what=what)

    def _leave_safe_mode(self) -> None:
        """Act again: a person who asks for something has looked at what there is."""
        if self.safe and self.keeper.pid is not None:
            self.safe = False
            log.info("leaving safe mode: a request came")
            self._driver.post(ev.KeeperBack())
            self._begin(self._replace(self._survivors))

    async def signal(self, key: ev.Key, run: int, number: int, scope: str) -> None:
        """Send a signal that a person asked for. Raises RefusedError, KeeperGoneError."""
        await self._hands.signal(key, run, number, scope)

    async def say(self, key: ev.Key, run: int, message: object) -> None:
        """Say something over a Node channel. Raises RefusedError, KeeperGoneError."""
        await self.keeper.request("say", run=self._run_id(key, run), message=message)

    # -- what the hands need (hands.Office) --

    def post(self, event: ev.Event) -> None:
        """Take an observation."""
        self.figures.probed(event)
        if isinstance(event, ev.ScheduleDue | ev.FilesChanged | ev.MemoryExceeded):
            self._begin(self._post_unless_refused(event))
        else:
            self._driver.post(self.redacting.event(event))

    async def _post_unless_refused(
        self, event: ev.ScheduleDue | ev.FilesChanged | ev.MemoryExceeded
    ) -> None:
        """Leave alone what runs and must not be started again: nobody asked for its restart."""
        name = event.key.service if isinstance(event, ev.MemoryExceeded) else event.service
        service = self.world.services.get(name)
        if service is None:
            return
        refused = await self.refusals(service.spec)
        if not refused:
            self._told_refused.pop(name, None)
            self._driver.post(event)
        elif self._told_refused.get(name) != refused:
            self._told_refused[name] = refused
            self._note("refused", f"left as it is: {'; '.join(refused)}", name)

    def _digests(self) -> Iterator[str]:
        """Name the environments in force."""
        for service in (*self.world.services.values(), *self.world.remotes.values()):
            yield service.spec.env_digest

    def known_as(self, spec: ServiceSpec) -> Known:
        """Join a definition with the values of its variables, as far as they are kept."""
        try:
            return Known(spec, spec.env or self.environments.get(spec.env_digest))
        except OSError:
            return Known(spec, {})

    def known(self) -> Iterator[Known]:
        """List every definition in force."""
        for service in self.world.services.values():
            yield self.known_as(service.spec)._replace(up=service.want == "up")

    async def refusals(self, spec: ServiceSpec) -> tuple[str, ...]:
        """Say in sentences why a definition must not start here and now; nothing: it may."""
        return await self.gate.refusals(self.known_as(spec), clock.read().wall)

    def learn(self, values: Iterable[str]) -> None:
        """Take values of secrets: they are looked for in all that is said."""
        self.redacting.learn(values)

    def spec(self, service: str) -> ServiceSpec:
        """Return the definition in force. Raises KeyError."""
        return self.world.services[service].current.spec

    def spec_of(self, key: ev.Key) -> ServiceSpec | None:
        """Return the definition of an instance's generation; None when it is forgotten."""
        return status.spec_of(self.world, key)

    def members(self, service: str) -> list[tuple[ServiceSpec, ev.Key]]:
        """List the instances of all generations of a service; none when it is forgotten."""
        return status.members(self.world, service)

    def instance_id(self, key: ev.Key) -> int:
        """Return PM2's number of an instance."""
        return status.instance_id(self.world, key)

    def probe_interval(self, key: ev.Key, probe: str) -> float:
        """Return the seconds from one question to the next, as things stand."""
        return status.probe_interval(self.world, key, probe)

    def pid(self, key: ev.Key, run: int) -> int | None:
        """Return the main pid of a live run."""
        held = self.keeper.runs.get(self._run_id(key, run))
        return None if held is None else held.pid

    def live_pid(self, key: ev.Key) -> int | None:
        """Return the main pid of the instance's present run, if it has one."""
        run = status.live_run(self.world, key)
        return None if run is None else self.pid(key, run)

    def remote(self, name: str) -> Remote | None:
        """Return a remote as it stands; None when it is watched no more."""
        return self.world.remotes.get(name)

    def record(self, changed: act.Changed | act.RemoteChanged) -> None:
        """Add an event to the stream, right after the deeds of the same decision."""
        self.figures.recorded(changed)
        self._after_deeds(self.history.record, changed, clock.read())
        self._lookouts.look_again()
        if isinstance(changed, act.Changed) and changed.event == "env-check":
            self._after_deeds(self._env_check.look, changed.key)
        if changed.event == "refused":
            self.second_look.soon()

    def _after_deeds(self, call: Callable[..., None], *arguments: object) -> None:
        """Call after the tasks in which what was decided is done: words have time."""
        asyncio.get_running_loop().call_later(0, call, *arguments)

    def log_files(self) -> frozenset[str]:
        """Return the paths of all logs."""
        return self.logkeeper.files()

    def _logging(self) -> Iterator[Instance]:
        """Whose logs there may be: every instance of every generation."""
        for service in self.world.services:
            for spec, key in status.members(self.world, service):
                yield Instance(spec, key.slot, status.instance_id(self.world, key))

    def tell(self, finding: Finding, key: ev.Key) -> None:
        """Say what was found of a running instance."""
        told = act.Changed(
            key, 0, "finding", "", ready=False, detail=f"{finding.code}: {finding.message}"
        )
        self.history.record(told, clock.read())

    def explain(self, key: ev.Key, run: int, found: Diagnosis) -> None:
        """Tell what a run may have ended of; a later one may be under way already."""
        self.history.explain(key, run, found, clock.read())

    def _note_ours(self, event: str, detail: str) -> None:
        self._note(event, detail, "")

    def _note(self, event: str, detail: str, service: str) -> None:
        self.history.note(event, detail, clock.read(), service)

    def answer(self, done: act.JobDone) -> None:
        """Answer a request, when all that happened until now is in the stream of events."""
        self._after_deeds(self._settle, done)

    def _settle(self, done: act.JobDone) -> None:
        """Nobody may be waiting any more."""
        future = self._answers.pop(done.job, None)
        if future is not None and not future.done():
            future.set_result(done)

    def make_room(self) -> None:
        """End this daemon and nothing else."""
        if not self.leaving.done():
            self.leaving.set_result(None)

    def finished(self, code: int) -> None:
        """Everything is down after a Shutdown."""
        if not self.shut_down.done():
            self.shut_down.set_result(code)

    # -- what the keeper reports (keeper.Listener) --

    def keeper_lost(self) -> None:
        """Nothing can be spawned or signalled until `keeper_back`."""
        log.warning("the keeper is gone; starting another")
        self._driver.post(ev.KeeperLost())

    def exited(self, report: wire.Message) -> None:
        """Decide on the end of a run, then let the keeper forget it."""
        key, run = runs.parse(report["run"])
        exit_status = runs.exit_status(report["status"])
        self._forget_pid(key)
        if exit_status != ev.Exit(0):
            self.pools.read_last_words(self.world, key, run)
        self._driver.post(ev.ProcessExited(key=key, run=run, status=exit_status))
        for pid, command in report.get("strays", ()):
            self.record(_stray(key, run, pid, command))
        self.keeper.forget(report["run"])
        self.keeper.acknowledge(report["run"])
        self._end_if_down()

    def _end_if_down(self) -> None:
        """Finish a Shutdown that was answered before everything had ended, or by another daemon."""
        if self.world.shutdown not in self.world.jobs and _is_down(self.world):
            self.finished(0)

    def _forget_pid(self, key: ev.Key) -> None:
        pid, spec = self.live_pid(key), self.spec_of(key)
        if pid is not None and spec is not None:
            pid_files.remove(spec, self.instance_id(key), pid)

    def log_told(self, report: wire.Message) -> None:
        """A log was rotated, cannot be written, or can be again."""
        self.logkeeper.told(report)
        self.figures.log_told(report)

    def channel_told(self, report: wire.Message) -> None:
        """Take what a process said over its Node channel."""
        if report["what"] == "message":
            key, run = runs.parse(report["run"])
            self.history.pass_on(key, run, "message", report["line"], clock.read())
        else:
            self._hands.channel_told(report)

    def stop_asked(self) -> None:
        """Stop everything, but remember what was wanted: it is the host that goes down, not we."""
        self._journal.snapshot(self.world)
        self._journal.freeze()
        self._driver.post(ev.Shutdown(job="stop-asked", origin="host"))

    async def keeper_back(self) -> None:
        """Compare the world with what the keeper holds."""
        await self._open_own_sockets()
        lost: list[tuple[ev.Key, int]] = []
        live = status.live_runs(self.world)
        for key, run in live.items():
            held = self.keeper.runs.get(self._run_id(key, run))
            if held is not None:
                self._driver.post(ev.Adopted(key=key, run=run, pid=held.pid))
                self._hands.adopted(key, run, held.record)
            else:
                lost.append((key, run))
        await self._end_unknown({self._run_id(key, run) for key, run in live.items()})
        found = survivors.find(self.home, lost)
        for key, run in lost:
            if (key, run) not in found:
                self._driver.post(ev.Lost(key=key, run=run))
        await self._steer_again()
        if not self.safe:
            self._driver.post(ev.KeeperBack())
        self.logkeeper.keeper_back()
        self.second_look.soon(0.0)
        if not self.ready.done():
            self.ready.set_result(None)
        if self.safe:
            self._survivors = found
        elif found:
            self._begin(self._replace(found))
        self._end_if_down()

    # -- parts of adoption --

    async def _open_own_sockets(self) -> None:
        for name, kind in ((API_SOCKET, "stream"), (NOTIFY_SOCKET, "dgram")):
            file = {API_SOCKET: "usher.sock", NOTIFY_SOCKET: "notify.sock"}[name]
            await self.keeper.open_socket(
                name,
                type=kind,
                address={"path": paths.socket_path(str(self.home), file)},
                backlog=128,
                reuse_port=False,
                mode=0o600,
            )
        if self._notify is None:
            duplicate = os.dup(self.keeper.sockets[NOTIFY_SOCKET].fd)
            self._notify = NotifySocket(duplicate, self._notified, self._hands.pings.note)

    async def _steer_again(self) -> None:
        """A new keeper knows neither whom to steer to nor what was about to be closed."""
        for service in self.world.services.values():
            if service.facts.serving:
                await self._hands.steer(service.spec.name, service.facts.serving)
                await self._hands.tidy(service.spec.name)

    async def _end_unknown(self, known: set[str]) -> None:
        """End runs that were started and whose start was never remembered."""
        for run in set(self.keeper.runs) - known:
            log.warning("ending %s: it is not in the journal", run)
            try:
                await self.keeper.request("signal", run=run, signal=signal.SIGKILL, scope="run")
            except RefusedError as refused:
                log.info("%s has ended: %s", run, refused)

    async def _replace(self, found: dict[tuple[ev.Key, int], int]) -> None:
        """Both daemon and keeper died: stop what survived, one at a time, and start it anew."""
        for (key, run), pid in found.items():
            spec = self.spec_of(key)
            stopping = StopPolicy() if spec is None else spec.stop
            await survivors.stop(pid, stopping.signal, stopping.timeout)
            self.record(_log_lost(key, run))
            self._driver.post(ev.Lost(key=key, run=run))
            if spec is not None:
                await self._until_ready(key, spec.ready.timeout)

    async def _until_ready(self, key: ev.Key, patience: float) -> None:
        with self.history.follow() as follower:
            try:
                async with asyncio.timeout(patience):
                    while not self._is_ready(key):
                        await follower.get()
            except TimeoutError:
                return

    def _is_ready(self, key: ev.Key) -> bool:
        if key.service not in self.world.services:
            return True  # deleted meanwhile: nobody waits for it
        view = status.service_view(self.world, key.service, clock.read())
        return any(each.slot == key.slot and each.ready for each in view.instances)

    def _notified(self, leader: int) -> None:
        for run, held in self.keeper.runs.items():
            if held.pid == leader:
                key, number = runs.parse(run)
                self._driver.post(ev.Ready(key=key, run=number))
                return

    def _run_id(self, key: ev.Key, run: int) -> str:
        return runs.run_id(str(self.home), key, run)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)


def _is_down(world: World) -> bool:
    """Whether a Shutdown has left nothing that runs."""
    return world.shutdown is not None and not status.is_any_live(world)


def _log_lost(key: ev.Key, run: int) -> act.Changed:
    detail = "daemon and keeper died together: its output since then is lost"
    return act.Changed(
        key=key, run=run, event="log-lost", phase="stopping", ready=False, detail=detail
    )


def _stray(key: ev.Key, run: int, pid: int, command: str) -> act.Changed:
    detail = f"pid {pid} ({command}) may be left of it; look at it, and end it with `kill {pid}`"
    return act.Changed(
        key=key, run=run, event="stray", phase="stopping", ready=False, detail=detail
    )
