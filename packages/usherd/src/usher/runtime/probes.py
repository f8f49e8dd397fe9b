"""Asking: one task for each probe of each run.

Thresholds and the time to the next question are the policy's. An answer that came late because
the host stood still says nothing about the service, so it is void (design 2.3).
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

import msgspec

from usher.model.events import Event, Key, Now, ProbeResult
from usher.model.spec import ProbeSpec
from usher.model.target import (
    CommandTarget,
    HttpTarget,
    ListenTarget,
    LogTarget,
    SocketTarget,
    Target,
    TcpTarget,
    WatchdogTarget,
    WebSocketTarget,
)
from usher.probe import http
from usher.probe.answer import Answer
from usher.probe.connection import Stopwatch
from usher.probe.fault import failed
from usher.probe.filling import places
from usher.probe.tcp import accepts
from usher.runtime import processes
from usher.runtime.heartbeats import Heartbeat, Look, Pings
from usher.runtime.listening import Elsewhere

log = logging.getLogger(__name__)

VOID_AFTER: Final = 1.0
"""Seconds a probe's timer may be late before its answer is void."""


class Asker(Protocol):
    """For whom is asked."""

    def post(self, event: Event) -> None:
        """Take an answer."""
        ...

    def probe_interval(self, key: Key, probe: str) -> float:
        """Return the seconds from the start of one question to the next, as things stand."""
        ...


class Subject(msgspec.Struct, frozen=True):
    """The run that is asked: where it can be reached."""

    key: Key
    run: int
    pid: int
    probe_socket: str | None
    logs: tuple[str, ...] = ()
    """Files of its output."""


RunCommand = Callable[[Subject, tuple[str, ...], float], Awaitable[Answer]]
"""Run a program with the environment and folder of the subject, at most so many seconds."""

AskApart = Callable[[Subject, Target, float], Awaitable[Answer]]
"""Ask in a process of its own, with the environment of the subject, at most so many seconds."""


class Prober:
    """Asks the probes of runs until told to stop."""

    def __init__(
        self,
        asker: Asker,
        clock: Callable[[], Now],
        run_command: RunCommand,
        ask_apart: AskApart,
    ) -> None:
        self._asker = asker
        self._clock = clock
        self._run_command = run_command
        self._ask_apart = ask_apart
        self._tasks: dict[tuple[Key, int], list[asyncio.Task[None]]] = {}
        self._pids: dict[tuple[Key, int], int] = {}
        self._hurry: dict[tuple[Key, int], list[asyncio.Event]] = {}
        """Of each question of a run: set when it is to be asked at once."""
        self._elsewhere = Elsewhere(lambda: clock().boot)
        self._faults: set[tuple[str, str, str]] = set()
        """What went wrong in asking whom for what, and is in the log already."""
        self.pings = Pings(lambda: clock().boot)
        """Takes what apps say of themselves."""

    def start(self, subject: Subject, probes: list[ProbeSpec]) -> None:
        """Ask these probes of this run, besides those already asked."""
        self._pids[subject.key, subject.run] = subject.pid
        tasks = self._tasks.setdefault((subject.key, subject.run), [])
        all_hurry = self._hurry.setdefault((subject.key, subject.run), [])
        for probe in probes:
            hurry = asyncio.Event()
            all_hurry.append(hurry)
            tasks.append(asyncio.create_task(self._ask_on(subject, probe, hurry)))

    def stop(self, key: Key, run: int) -> None:
        """Ask nothing of this run any more."""
        self._hurry.pop((key, run), None)
        self.pings.end(self._pids.pop((key, run), 0))
        for task in self._tasks.pop((key, run), []):
            task.cancel()

    def close(self) -> None:
        """Ask nothing any more."""
        for key, run in list(self._tasks):
            self.stop(key, run)

    async def _ask_on(self, subject: Subject, probe: ProbeSpec, hurry: asyncio.Event) -> None:
        due, was_ok = self._clock().boot, True
        look = self._sign_of(subject, probe.target)
        while True:
            due = await self._until(due, hurry)
            begin = self._clock().boot
            if look is None:
                answer = await self.ask(subject, probe.target, probe.timeout)
            else:
                answer = self._look(subject, probe.target, look, begin)
            elapsed = self._clock().boot - begin
            void = begin - due > VOID_AFTER or elapsed > probe.timeout + VOID_AFTER
            if answer is not None:
                if not void:
                    self._report(subject, probe, answer, elapsed)
                if was_ok and not answer.ok:
                    self._ask_others(subject, hurry)
                was_ok = answer.ok
            interval = self._asker.probe_interval(subject.key, probe.name)
            due = max(begin + interval, self._clock().boot)

    def _sign_of(self, subject: Subject, target: Target) -> Look | None:
        """Await what an app says by itself; None: it is asked."""
        match target:
            case LogTarget():
                return Heartbeat(target, subject.logs, self._clock().boot).look
            case WatchdogTarget():
                self.pings.begin(subject.pid)
                return lambda now: self.pings.look(subject.pid, target, now)
            case _:
                return None

    async def _until(self, due: float, hurry: asyncio.Event) -> float:
        """Wait for the time of a question, or for a reason to ask it earlier; return which."""
        delay = due - self._clock().boot
        if delay > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(delay):
                    await hurry.wait()
                due = self._clock().boot
        hurry.clear()
        return due

    def _ask_others(self, subject: Subject, own: asyncio.Event) -> None:
        """One begins to fail: what do the others say? A dependency may be the reason."""
        for hurry in self._hurry.get((subject.key, subject.run), ()):
            if hurry is not own:
                hurry.set()

    def _report(self, subject: Subject, probe: ProbeSpec, answer: Answer, took: float) -> None:
        self._asker.post(
            ProbeResult(
                key=subject.key,
                run=subject.run,
                probe=probe.name,
                ok=answer.ok,
                detail=answer.detail,
                took=round(took, 4),
                late=answer.late,
                status=answer.status,
                certificate=answer.certificate,
                elsewhere="" if answer.ok else self._elsewhere.look(subject.pid, probe.target),
            )
        )

    async def ask(self, subject: Subject, target: Target, timeout: float) -> Answer:
        """Ask once, at most `timeout` seconds; whatever goes wrong is a failed answer."""
        watch = Stopwatch()
        try:
            async with asyncio.timeout(timeout):
                return await self._ask_target(subject, target, timeout, watch)
        except TimeoutError:
            return watch.late(timeout)
        except Exception as error:  # noqa: BLE001 (else the task would end, and ask nothing more)
            return self._failed(subject, target, error)

    def _look(self, subject: Subject, target: Target, look: Look, now: float) -> Answer | None:
        try:
            return look(now)
        except Exception as error:  # noqa: BLE001 (as for those that are asked)
            return self._failed(subject, target, error)

    def _failed(self, subject: Subject, target: Target, error: Exception) -> Answer:
        """Say it in the answer each time, and in the log (which is redacted) once."""
        way = type(target).__name__.removesuffix("Target").lower()
        fault = (subject.key.service, way, type(error).__name__)
        if fault not in self._faults:
            self._faults.add(fault)
            log.warning("probe of %r: cannot ask by %s", fault[0], way, exc_info=error)
        return failed(error)

    async def _ask_target(
        self, subject: Subject, target: Target, timeout: float, watch: Stopwatch
    ) -> Answer:
        match target:
            case ListenTarget(port=port):
                ok = processes.listens(subject.pid, port)
                what = "any port" if port is None else f"port {port}"
                return Answer(ok=ok, detail=f"{'listens' if ok else 'does not listen'} on {what}")
            case CommandTarget(argv=argv):
                return await self._run_command(subject, argv, timeout)
            case TcpTarget() | SocketTarget():
                return await accepts(target, watch)
            case HttpTarget() | WebSocketTarget() if places(target):
                # Whoever has the values fills them in.
                return await self._ask_apart(subject, target, timeout)
            case HttpTarget(url=url) if not url.startswith("https:"):
                return await http.ask(target, watch, subject.probe_socket)
            case WebSocketTarget(url=url) if not url.startswith("wss:"):
                from usher.probe import websocket  # few apps have one to ask

                return await websocket.ask(target, watch)
            case _:
                # TLS and drivers of databases: the daemon stays small by loading neither.
                return await self._ask_apart(subject, target, timeout)
