"""Performs the policy's actions. Nothing here decides; every outcome goes back as an event.

Actions return at once: what takes time runs as a task of its run, and a signal waits for the
spawn of the run it is meant for, so that the order of decisions is the order of effects.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable
from pathlib import Path
from typing import Any, Final, Protocol

from usher.keeper import wire
from usher.model import actions as act
from usher.model import events as ev
from usher.model.incident import Diagnosis
from usher.model.remote import Remote
from usher.model.spec import ProbeReady, ProbeSpec, ServiceSpec
from usher.model.target import Target
from usher.policy import automatic
from usher.policy.recovery import EVIDENCE_PATIENCE
from usher.probe.answer import Answer
from usher.redaction.values import secrets_of, spelled
from usher.runtime import (
    asking,
    examiner,
    log_paths,
    pid_files,
    room,
    runs,
    secret_values,
    surroundings,
    users,
)
from usher.runtime.channels import Channels
from usher.runtime.environments import Environments
from usher.runtime.examiner import Examiner
from usher.runtime.heartbeats import Pings
from usher.runtime.keeper import Keeper
from usher.runtime.keeper_channel import KeeperGoneError, RefusedError
from usher.runtime.probes import Prober, Subject
from usher.runtime.remotes import Remotes
from usher.runtime.secret_values import SecretError, Shelf
from usher.runtime.sockets import Sockets

log = logging.getLogger(__name__)

STANDSTILL: Final = 1.0
"""Seconds without a change after which connections are not waited for."""
GLANCE: Final = 0.05
"""Seconds between two looks at them."""

READY_PROBE: Final = "ready"
"""Name under which the probe of the readiness proof is asked and reported."""


class Office(examiner.Office, Protocol):
    """Who takes what is no work for hands: events, records, answers to requests."""

    def post(self, event: ev.Event) -> None:
        """Take an observation."""
        ...

    def spec(self, service: str) -> ServiceSpec:
        """Return the definition in force. Raises KeyError."""
        ...

    def members(self, service: str) -> list[tuple[ServiceSpec, ev.Key]]:
        """List the instances of all generations of a service; none when it is forgotten."""
        ...

    async def refusals(self, spec: ServiceSpec) -> tuple[str, ...]:
        """Say in sentences why a definition must not start here and now; nothing: it may."""
        ...

    def probe_interval(self, key: ev.Key, probe: str) -> float:
        """Return the seconds from one question to the next, as things stand."""
        ...

    def pid(self, key: ev.Key, run: int) -> int | None:
        """Return the main pid of a live run."""
        ...

    def live_pid(self, key: ev.Key) -> int | None:
        """Return the main pid of the instance's present run, if it has one."""
        ...

    def remote(self, name: str) -> Remote | None:
        """Return a remote as it stands; None when it is watched no more."""
        ...

    def record(self, changed: act.Changed | act.RemoteChanged) -> None:
        """Take an event for the stream."""
        ...

    def answer(self, done: act.JobDone) -> None:
        """Take the answer to a request."""
        ...

    def explain(self, key: ev.Key, run: int, found: Diagnosis) -> None:
        """Take what a run may have ended of, or why it does not answer, for the stream."""
        ...

    def learn(self, values: Iterable[str]) -> None:
        """Take values that must not be shown."""
        ...

    def finished(self, code: int) -> None:
        """Everything is down."""
        ...


class Hands:
    """Performs actions through the keeper, the prober and the office."""

    def __init__(
        self,
        home: Path,
        office: Office,
        keeper: Keeper,
        sockets: Sockets,
        environments: Environments,
        clock: Callable[[], ev.Now],
    ) -> None:
        self._home = home
        self._office = office
        self._keeper = keeper
        self._sockets = sockets
        self._environments = environments
        self._shelf = Shelf(home)
        self._examiner = Examiner(home, office)
        self._channels = Channels(keeper, office.post, office.spec_of)
        self._clock = clock
        self._prober = Prober(office, clock, self._run_command, self._ask_apart)
        self._remotes = Remotes(office, keeper, environments, clock)
        self._spawning: dict[tuple[ev.Key, int], asyncio.Task[None]] = {}
        self._looks: dict[tuple[ev.Key, int], asyncio.Task[None]] = {}
        """Runs that are looked at, until that is done or has taken too long."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._passed: set[tuple[ev.Key, int]] = set()
        """Runs that passed their check and are spawned next."""

    @property
    def pings(self) -> Pings:
        """What takes the signs of life that apps send by themselves."""
        return self._prober.pings

    def perform(self, action: act.Action) -> None:
        """Begin one action."""
        match action:
            case act.Spawn(key=key, run=run):
                task = self._begin(self._spawn(key, run, passed=(key, run) in self._passed))
                self._spawning[key, run] = task
                task.add_done_callback(lambda _: self._spawning.pop((key, run), None))
            case act.Signal():
                self._begin(self._signal(action))
            case act.Tell():
                self._begin(self._tell(action))
            case act.StartProbes(key=key, run=run, probes=names):
                self._start_probes(key, run, names)
            case act.StopProbes(key=key, run=run):
                self._prober.stop(key, run)
            case act.Check():
                self._begin(self._check(action))
            case act.AskExternals(key=key, run=run):
                self._begin(self._ask_externals(key, run))
            case act.Drain(key=key, run=run):
                self._drain(key, run)
            case act.Steer(service=service, keys=keys):
                self._begin(self.steer(service, keys))
            case act.CollectEvidence() | act.Examine() | act.Recheck():
                self._look(action)
            case act.Forget(service=service):
                self._shelf.clear(service)
                self._begin(self._sockets.close_all(service))
            case act.Watch() | act.Unwatch() | act.Recover():
                self._remotes.perform(action)
            case act.Changed() | act.RemoteChanged() | act.JobDone() | act.ShutdownComplete():
                self._tell_office(action)

    def _tell_office(
        self, said: act.Changed | act.RemoteChanged | act.JobDone | act.ShutdownComplete
    ) -> None:
        match said:
            case act.JobDone():
                self._office.answer(said)
            case act.ShutdownComplete(code=code):
                self._office.finished(code)
            case act.RemoteChanged():
                self._office.record(said)
            case act.Changed(key=key, phase=phase):
                self._office.record(said)
                if phase == "inactive":
                    self._begin(self.tidy(key.service))

    async def signal(self, key: ev.Key, run: int, number: int, scope: str) -> None:
        """Send a signal that a person asked for. Raises RefusedError, KeeperGoneError."""
        self._examiner.signalled(key, run, number, self._clock())
        run_id = runs.run_id(str(self._home), key, run)
        await self._keeper.request("signal", run=run_id, signal=number, scope=scope)

    def close(self) -> None:
        """Stop asking and let go of unfinished work; processes are not touched."""
        self._prober.close()
        self._remotes.close()
        for task in self._tasks:
            task.cancel()

    # -- starting --

    async def _check(self, action: act.Check) -> None:
        findings = await self._refusals(action.key)
        room = None if action.beside is None else self._room(action.beside)
        if not findings:
            self._passed.add((action.key, action.run))
        self._office.post(ev.CheckDone(action.key, action.run, findings=findings, room=room))
        self._passed.discard((action.key, action.run))

    async def _refusals(self, key: ev.Key) -> tuple[str, ...]:
        """Say why nothing of this definition must start here."""
        spec = self._office.spec_of(key)
        return () if spec is None else await self._office.refusals(spec)

    def _room(self, beside: ev.Key) -> ev.Room | None:
        pid = self._office.live_pid(beside)
        return None if pid is None else room.measure(pid)

    async def _spawn(self, key: ev.Key, run: int, *, passed: bool) -> None:
        spec = self._office.spec_of(key)
        if spec is None:
            return
        # Automatic starts are not checked before: nothing becomes a process that did not pass here.
        if not passed and (refused := await self._refusals(key)):
            error = "; ".join(refused)
            self._office.post(ev.SpawnFailed(key=key, run=run, stage="refused", error=error))
            return
        try:
            opened = await self._sockets.open_for(spec, key)
            await self.tidy(key.service)
            secrets = await self._secrets(spec)
            details = self._spawn_spec(spec, key, run, opened, secrets)
            pid = await self._keeper.spawn(runs.run_id(str(self._home), key, run), details)
        except RefusedError as refused:
            stage = str(refused.answer.get("stage") or "socket")
            self._office.post(ev.SpawnFailed(key=key, run=run, stage=stage, error=str(refused)))
        except SecretError as error:
            self._office.post(ev.SpawnFailed(key=key, run=run, stage="secrets", error=str(error)))
        except (OSError, LookupError) as error:
            self._office.post(ev.SpawnFailed(key=key, run=run, stage="prepare", error=str(error)))
        else:
            self._examiner.born(self._clock())
            self._office.post(ev.Spawned(key=key, run=run, pid=pid))
            pid_files.write(spec, self._office.instance_id(key), pid)

    async def _secrets(self, spec: ServiceSpec) -> tuple[dict[str, str], frozenset[str]]:
        """Ask for the secrets of a service: its variables, and what must not be shown of them.

        What is given as a file stands in memory.
        """
        if not spec.secrets:
            return {}, frozenset()
        env = self._environments.get(spec.env_digest)
        values = await secret_values.resolve(spec, env, self._keeper)
        self._office.learn(values.values())
        identity = users.identity(spec.user)
        owner = (identity["uid"], identity["gid"]) if identity.get("uid") is not None else None
        return self._shelf.put(spec, values, owner), spelled(values.values())

    def _spawn_spec(
        self,
        spec: ServiceSpec,
        key: ev.Key,
        run: int,
        opened: list[dict[str, str]],
        secrets: tuple[dict[str, str], frozenset[str]],
    ) -> dict[str, Any]:
        name = runs.run_id(str(self._home), key, run)
        given, hidden = secrets
        values = self._environments.get(spec.env_digest) | given
        ident = self._office.instance_id(key)
        env = surroundings.environment(spec, values, key, name, ident)
        notify = self._keeper.sockets["/notify"].record["address"]["path"]
        env.update(surroundings.notify_variables(spec, notify))
        env.update(users.variables(spec.user))
        paths = log_paths.log_paths(self._home, spec, key.slot, ident)
        identity = users.identity(spec.user)
        return {
            "argv": surroundings.argv(spec),
            "env": env,
            "cwd": spec.cwd,
            "umask": spec.umask,
            "nofile": None if spec.nofile is None else [spec.nofile, spec.nofile],
            "rlimits": spec.rlimits,
            "kill_tree": spec.stop.kill_tree,
            **identity,
            "sockets": opened,
            "channel": surroundings.channel(spec),
            "stdin": spec.stdin,
            **log_paths.records(paths, spec, ident, identity, lambda: secrets_of(values) | hidden),
        }

    # -- signalling, draining, steering --

    async def _signal(self, action: act.Signal) -> None:
        await self._looked_at(action.key, action.run)
        spawning = self._spawning.get((action.key, action.run))
        if spawning is not None:
            await asyncio.wait([spawning])
        try:
            await self._keeper.request(
                "signal",
                run=runs.run_id(str(self._home), action.key, action.run),
                signal=action.signal,
                scope=action.scope,
            )
        except RefusedError as refused:
            # It has ended already: its exit is on the way, which is what the signal was for.
            log.info("signal %s to %s: %s", action.signal, action.key, refused)

    async def _tell(self, action: act.Tell) -> None:
        await self._looked_at(action.key, action.run)
        run = runs.run_id(str(self._home), action.key, action.run)
        await self._keeper.request("say", run=run, message=action.message)

    async def _looked_at(self, key: ev.Key, run: int) -> None:
        """Wait until nobody looks at it: once it ends, there is nothing to be seen any more."""
        look = self._looks.get((key, run))
        if look is not None:
            await asyncio.wait([look])

    def channel_told(self, report: wire.Message) -> None:
        """Take what a process said, but not before its start is known."""
        spawning = self._spawning.get(runs.parse(report["run"]))
        if spawning is None:
            self._channels.told(report)
        else:
            spawning.add_done_callback(lambda _: self._channels.told(report))

    def adopted(self, key: ev.Key, run: int, record: wire.Message) -> None:
        """Take what an adopted run said before."""
        spec = self._office.spec_of(key)
        if spec is not None and spec.secrets:
            self._office.learn(secret_values.seen(spec, int(record["pid"])))
        self._channels.recall(key, run, record)

    def _drain(self, key: ev.Key, run: int) -> None:
        spec, event = self._office.spec_of(key), ev.Drained(key=key, run=run)
        if spec is not None and spec.channel == "cluster":
            name = runs.run_id(str(self._home), key, run)
            self._begin(self._channels.drain(name, event, spec.stop.drain_timeout))
        elif spec is None:
            self._office.post(event)
        else:
            self._begin(self._quieten(spec, event))

    async def _quieten(self, spec: ServiceSpec, event: ev.Drained) -> None:
        """Say that an instance is drained when nothing is under way there, or nothing moves.

        A server that is told to stop drops what it has not read: on a starved host that may be
        many requests. Kept connections on which nothing happens are not waited for.
        """
        await asyncio.sleep(spec.stop.drain)
        loop, pid = asyncio.get_running_loop(), self._office.pid(event.key, event.run)
        left, since = -1, loop.time()
        while pid is not None and loop.time() - since < STANDSTILL:
            now = self._sockets.under_way(spec, event.key, pid)
            if now == 0:
                break
            if now != left:
                left, since = now, loop.time()
            await asyncio.sleep(GLANCE)
        self._office.post(event)

    async def steer(self, service: str, keys: tuple[ev.Key, ...]) -> None:
        """Send new connections to these instances; raises KeeperGoneError, RefusedError."""
        await self._sockets.steer(self._office.members(service), set(keys))

    async def tidy(self, service: str) -> None:
        """Close the sockets that nothing of a service needs; raises KeeperGoneError."""
        await self._sockets.tidy(service, self._office.members(service))

    # -- asking --

    def _start_probes(self, key: ev.Key, run: int, names: tuple[str, ...]) -> None:
        pid, spec = self._office.pid(key, run), self._office.spec_of(key)
        if pid is None or spec is None:
            return
        path = self._sockets.probe_path(key) if spec.probe_socket else None
        known = {probe.name: probe for probe in all_probes(spec)}
        probes = [known[name] for name in names if name in known]
        paths = log_paths.log_paths(self._home, spec, key.slot, self._office.instance_id(key))
        logs = tuple(dict.fromkeys((paths.out, paths.err)))
        self._prober.start(Subject(key, run, pid, path, logs), probes)

    async def _ask_externals(self, key: ev.Key, run: int) -> None:
        spec = self._office.spec_of(key)
        if spec is None:
            return
        subject = Subject(key, run, pid=0, probe_socket=None)
        asked = [self._prober.ask(subject, each.target, each.timeout) for each in spec.externals]
        answers = zip(spec.externals, await asyncio.gather(*asked), strict=True)
        missing = tuple(f"{each.name} ({seen.detail})" for each, seen in answers if not seen.ok)
        self._office.post(ev.ExternalsSeen(key=key, run=run, missing=missing))

    def _look(self, action: act.CollectEvidence | act.Examine | act.Recheck) -> None:
        match action:
            case act.CollectEvidence(key=key, run=run):
                look = self._begin(self._collect_evidence(action))
                held = self._looks[key, run] = self._begin(_at_most(look, EVIDENCE_PATIENCE))
                held.add_done_callback(lambda _: self._looks.pop((key, run), None))
            case act.Examine():
                self._begin(self._examine(action))
            case act.Recheck():
                self._begin(self._recheck(action))

    async def _collect_evidence(self, action: act.CollectEvidence) -> None:
        key, run = action.key, action.run
        pid = self._office.pid(key, run)
        if pid is None:
            return
        seen = await self._examiner.look(key, run, pid, action.probe, self._clock())
        if seen is None:
            return
        if seen.diagnosis is not None:
            self._office.explain(key, run, seen.diagnosis)
        self._office.post(seen.event)

    async def _examine(self, action: act.Examine) -> None:
        found = await self._examiner.examine(action, self._clock())
        fault = None if found is None else found.fault
        ours = automatic.met_its_predecessor(self._office.world, action.key, fault)
        if found is not None and found.diagnosis.causes and not ours:
            self._office.explain(action.key, action.run, found.diagnosis)
        self._office.post(ev.Examined(key=action.key, run=action.run, fault=fault))

    async def _recheck(self, action: act.Recheck) -> None:
        self._office.post(await self._examiner.recheck(action))

    async def _run_command(self, subject: Subject, argv: tuple[str, ...], limit: float) -> Answer:
        return await asking.run_command(self._keeper, argv, self._place(subject.key), limit)

    async def _ask_apart(self, subject: Subject, target: Target, limit: float) -> Answer:
        return await asking.ask_apart(self._keeper, target, self._place(subject.key), limit)

    def _place(self, key: ev.Key) -> asking.Place:
        """Programs run as the service would: its environment, its folder."""
        spec = self._office.spec(key.service)
        return asking.Place(self._environments.get(spec.env_digest), spec.cwd)

    # -- tasks --

    def _begin(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[None]:
        task = asyncio.create_task(self._finish(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _finish(self, work: Coroutine[Any, Any, Any]) -> None:
        try:
            await work
        except (KeeperGoneError, TimeoutError):
            # The next keeper reports what lives and what is lost; the policy goes on from there.
            log.info("left to the next keeper: %s", work.__qualname__)
        except RefusedError as refused:
            log.warning("the keeper refused: %s", refused)


def all_probes(spec: ServiceSpec) -> list[ProbeSpec]:
    """List the probes of a service, that of its readiness under its reserved name included."""
    proof = spec.ready.proof
    return [*spec.probes, proof.probe] if isinstance(proof, ProbeReady) else list(spec.probes)


async def _at_most(task: asyncio.Task[None], limit: float) -> None:
    await asyncio.wait([task], timeout=limit)
