"""Proves that an instance works, by looking and asking now: nothing here is remembered.

Each proof says what was seen. What cannot be seen is unknown, and unknown is no pass.
"""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Final, Literal, NamedTuple, TypeAlias

import msgspec

from usher.api.types import Proof
from usher.host import database
from usher.host.database_url import concerned, target_of
from usher.host.programs import app_of
from usher.keeper import wire
from usher.model.spec import AliveFor, ProbeReady, ServiceSpec
from usher.model.target import HttpTarget
from usher.probe import http
from usher.probe.connection import Stopwatch
from usher.probe.fault import failed
from usher.runtime import pool_watch, processes
from usher.runtime.keeper_channel import KeeperGoneError, RefusedError

PATIENCE: Final = 10.0
"""Seconds that a young instance is waited for, until it has lived long enough."""

ASKING: Final = 10.0
"""Seconds for the helper that asks a database: its own limits are 3, the rest is its start."""

_OUTPUT_LIMIT: Final = 1024 * 1024

RunHelper: TypeAlias = Callable[..., Awaitable[wire.Message]]
What: TypeAlias = Literal["alive", "port", "http", "database", "log"]
Result: TypeAlias = Literal["ok", "failed", "unknown", "absent"]


class Subject(NamedTuple):
    """The instance that is looked at."""

    spec: ServiceSpec
    env: Mapping[str, str]
    pid: int | None
    ready: bool
    uptime: float
    """Seconds since its process was started."""
    logs: tuple[str, ...]
    probe_socket: str | None
    keeper: int | None
    """Pid of the keeper, which holds the ports of cluster workers."""


async def verify(subject: Subject, run_helper: RunHelper) -> list[Proof]:
    """Make every proof; they do not wait for each other."""
    if subject.pid is None:
        return [_proof("alive", "failed", "it has no process")]
    proofs = await asyncio.gather(
        _alive(subject, subject.pid),
        asyncio.to_thread(_port, subject, subject.pid),
        _http(subject),
        _database(subject, run_helper),
        asyncio.to_thread(_log, subject),
    )
    return list(proofs)


async def _alive(subject: Subject, pid: int) -> Proof:
    """It is ready, and its process has lived for as long as makes a start a success."""
    least = _min_uptime(subject.spec)
    before = processes.stat(pid)
    await asyncio.sleep(min(PATIENCE, max(0.0, least - subject.uptime)))
    now = processes.stat(pid)
    if before is None or now is None or now.started != before.started:
        return _proof("alive", "failed", f"pid {pid} has ended")
    if not subject.ready:
        return _proof("alive", "failed", f"pid {pid} lives, and is not ready")
    return _proof("alive", "ok", f"pid {pid}, for at least {least:g} s")


def _min_uptime(spec: ServiceSpec) -> float:
    if spec.restart.min_uptime is not None:
        return spec.restart.min_uptime
    return spec.ready.proof.seconds if isinstance(spec.ready.proof, AliveFor) else 1.0


def _port(subject: Subject, pid: int) -> Proof:
    """Its ports are listened on by its own processes, not by somebody else's."""
    ports = app_of(subject.spec, subject.env).ports
    if not ports:
        return _proof("port", "absent", "no port is declared")
    clustered = subject.spec.channel == "cluster"
    owner = subject.keeper if clustered else pid
    if owner is None:
        return _proof("port", "unknown", "there is no keeper at the moment")
    missing = [port for port in ports if not processes.listens(owner, port)]
    if missing:
        return _proof("port", "failed", f"pid {owner} does not listen on {_words(missing)}")
    held = "held by usher for its workers" if clustered else f"owned by pid {pid} or its children"
    return _proof("port", "ok", f"{_words(ports)} {held}")


def _words(ports: tuple[int, ...] | list[int]) -> str:
    return ", ".join(map(str, ports))


async def _http(subject: Subject) -> Proof:
    """Each HTTP probe of its definition passes now."""
    asked: list[str] = []
    for name, target, patience in _http_probes(subject.spec):
        watch = Stopwatch()
        try:
            async with asyncio.timeout(patience):
                answer = await http.ask(target, watch, subject.probe_socket)
        except TimeoutError:
            answer = watch.late(patience)
        except Exception as error:  # noqa: BLE001 (the other proofs are wanted all the same)
            answer = failed(error)
        if not answer.ok:
            return _proof("http", "failed", f"{name}: {answer.detail}")
        asked.append(f"{name}: {answer.detail}")
    if not asked:
        return _proof("http", "absent", "no HTTP probe is defined")
    return _proof("http", "ok", "; ".join(asked))


def _http_probes(spec: ServiceSpec) -> Iterator[tuple[str, HttpTarget, float]]:
    """Yield name, target and patience in seconds."""
    proof = (("ready", spec.ready.proof.probe),) if isinstance(spec.ready.proof, ProbeReady) else ()
    for name, probe in (*proof, *((probe.name, probe) for probe in spec.probes)):
        if isinstance(probe.target, HttpTarget):
            yield name, probe.target, probe.timeout


async def _database(subject: Subject, run_helper: RunHelper) -> Proof:
    """Its database takes its credentials: asked in a process apart, once."""
    variable = subject.spec.pool.variable if subject.spec.pool else ""
    target = target_of(subject.env, variable)
    if target is None:
        return _proof("database", "absent", "no variable names a database")
    words = [sys.executable, "-I", "-m", database.__name__, *([variable] if variable else [])]
    try:
        done = await run_helper(
            words,
            env=concerned(subject.env, variable),
            cwd="/",
            timeout=ASKING,
            max_output=_OUTPUT_LIMIT,
        )
        last = str(done["output"]).strip().rpartition("\n")[2]
        asked = msgspec.json.decode(last, type=database.Asked)
    except (KeeperGoneError, RefusedError, msgspec.DecodeError) as error:
        return _proof("database", "unknown", f"{target} could not be asked: {error}")
    if asked.facts is None:
        return _proof("database", "failed", f"{target}, role {target.user!r}: {asked.fault}")
    return _proof("database", "ok", f"{target} takes role {target.user!r}")


def _log(subject: Subject) -> Proof:
    """Nothing in the output of this run is a sign of an error that we know."""
    if not subject.logs:
        return _proof("log", "absent", "its output is not kept")
    found = pool_watch.signs_since(subject.logs, time.time() - subject.uptime)
    if found:
        return _proof(
            "log", "failed", "; ".join(f"{each.code.code}: {each.line}" for each in found)
        )
    return _proof("log", "ok", "no error signature since its start")


def _proof(what: What, result: Result, detail: str) -> Proof:
    return Proof(what=what, result=result, detail=detail)
