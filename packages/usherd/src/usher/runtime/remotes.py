"""Remotes: asks their probes, and carries out the steps that are declared for them, each once."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Protocol

from usher.model import actions as act
from usher.model import events as ev
from usher.model.remote import Remote
from usher.model.spec import RemoteSpec
from usher.model.target import CommandTarget, Target
from usher.policy import remote as policy
from usher.probe.answer import Answer
from usher.runtime import asking, secret_values
from usher.runtime.environments import Environments
from usher.runtime.probes import Prober, Subject
from usher.runtime.secret_values import SecretError


class Office(Protocol):
    """Who takes what is seen, and knows what is defined."""

    def post(self, event: ev.Event) -> None:
        """Take an observation."""
        ...

    def remote(self, name: str) -> Remote | None:
        """Return a remote as it stands; None when it is watched no more."""
        ...

    def learn(self, values: Iterable[str]) -> None:
        """Take values that must not be shown."""
        ...


class Remotes:
    """One prober for all remotes, and the values of their secrets while they are watched."""

    def __init__(
        self,
        office: Office,
        helpers: asking.Helpers,
        environments: Environments,
        clock: Callable[[], ev.Now],
    ) -> None:
        self._office = office
        self._helpers = helpers
        self._environments = environments
        self._prober = Prober(self, clock, self._run_command, self._ask_apart)
        self._runs: dict[str, int] = {}
        self._secrets: dict[str, dict[str, str]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def perform(self, action: act.Watch | act.Unwatch | act.Recover) -> None:
        """Begin one action."""
        match action:
            case act.Watch(remote=name, run=run):
                self._unwatch(name)
                self._watch(name, run)
            case act.Unwatch(remote=name):
                self._unwatch(name)
            case act.Recover(remote=name, attempt=attempt, step=step):
                self._begin(self._recover(name, attempt, step))

    def close(self) -> None:
        """Ask nothing any more; a step that is under way goes on without us."""
        self._prober.close()
        for task in self._tasks:
            task.cancel()

    def _watch(self, name: str, run: int) -> None:
        remote = self._office.remote(name)
        if remote is not None:
            self._runs[name] = run
            self._prober.start(_subject(name, run), list(remote.spec.probes))

    def _unwatch(self, name: str) -> None:
        if name in self._runs:
            self._prober.stop(_subject(name, 0).key, self._runs.pop(name))
        self._secrets.pop(name, None)

    # -- steps --

    async def _recover(self, name: str, attempt: int, number: int) -> None:
        remote = self._office.remote(name)
        if remote is None:
            return
        step = remote.spec.recover[number]
        try:
            # A secret may have been renewed, and this is rare: it is asked for anew.
            self._secrets.pop(name, None)
            answer = await self._ask(remote.spec, step.target, step.timeout)
        except (SecretError, OSError) as error:
            answer = Answer(ok=False, detail=str(error))
        self._office.post(ev.RemoteActed(name, attempt, answer.ok, answer.detail))

    async def _ask(self, spec: RemoteSpec, target: Target, limit: float) -> Answer:
        place = await self._place(spec)
        if isinstance(target, CommandTarget):
            return await asking.run_command(self._helpers, target.argv, place, limit)
        return await asking.ask_apart(self._helpers, target, place, limit)

    # -- what the prober needs (probes.Asker) --

    def post(self, event: ev.Event) -> None:
        """Take an answer."""
        if isinstance(event, ev.ProbeResult):
            self._office.post(
                ev.RemoteAnswered(
                    remote=event.key.service,
                    run=event.run,
                    probe=event.probe,
                    ok=event.ok,
                    detail=event.detail,
                    late=event.late,
                    status=event.status,
                    certificate=event.certificate,
                    took=event.took,
                )
            )

    def probe_interval(self, key: ev.Key, probe: str) -> float:
        """Return the seconds from the start of one question to the next, as things stand."""
        remote = self._office.remote(key.service)
        if remote is None:
            raise KeyError(f"cannot find remote {key.service!r}")
        return policy.interval(remote, probe)

    async def _run_command(self, subject: Subject, argv: tuple[str, ...], limit: float) -> Answer:
        return await self._ask_as(subject, CommandTarget(argv), limit)

    async def _ask_apart(self, subject: Subject, target: Target, limit: float) -> Answer:
        return await self._ask_as(subject, target, limit)

    async def _ask_as(self, subject: Subject, target: Target, limit: float) -> Answer:
        remote = self._office.remote(subject.key.service)
        if remote is None:
            return Answer(ok=False, detail="it is watched no more")
        try:
            return await self._ask(remote.spec, target, limit)
        except (SecretError, OSError) as error:
            return Answer(ok=False, detail=str(error))

    # -- details --

    async def _place(self, spec: RemoteSpec) -> asking.Place:
        """Put together what its programs see. Raises SecretError, OSError (its values are gone)."""
        env = self._environments.get(spec.env_digest)
        if spec.secrets and spec.name not in self._secrets:
            values = await secret_values.resolve(spec, env, self._helpers)
            self._office.learn(values.values())
            self._secrets[spec.name] = values
        return asking.Place(env | self._secrets.get(spec.name, {}), spec.cwd)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _subject(name: str, run: int) -> Subject:
    return Subject(ev.Key(name, 0, 0), run, pid=0, probe_socket=None)
