"""What a live process suffers from: busy, stopped, waiting or idle (A.2.3), or too large.

One that does answer, with an error of its own, does not hang: what it says in its log is why.
"""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from msgspec.structs import replace

from usher.diagnosis.fingerprint import fingerprint
from usher.diagnosis.match import DATABASE_PORTS
from usher.model.evidence import ENDED, Connection, Evidence
from usher.model.incident import Cause, Diagnosis

BUSY: Final = 0.9
"""Share of the time from which on a thread computes all the time (operations.md B.4)."""
MOSTLY: Final = 0.8
"""Share of the looks at which a thread that computes all the time is seen to."""
QUIET: Final = 0.5
"""Share of a core below which it mostly waits."""

BESIDE: Final = 0.75
"""Confidence at most in a fault that the log names while the process does not answer."""

_SHOWN: Final = 5


class Class(NamedTuple):
    """One way not to answer."""

    id: str
    words: str
    confidence: float
    remedy: str
    check: str


_STOPPED: Final = Class(
    "process.stopped", "stopped by a signal (state T)", 0.95, "SIGCONT continues it",
    "who sent SIGSTOP: shell histories, `usher audit`, other supervisors",
)  # fmt: skip
_TRACED: Final = Class(
    "process.traced", "held by a debugger", 0.95, "let the debugger go on; usher leaves it alone",
    "TracerPid in /proc/PID/status",
)  # fmt: skip
_BUSY: Final = Class(
    "loop.blocked",
    "busy: it computes without end and answers nobody",
    0.9,
    "find the loop in its stacks; usher replaces it meanwhile",
    "whether its threads still compute when nobody asks it anything",
)
_DISK: Final = Class(
    "process.disk", "waiting for a disk or a network file system (state D)", 0.85,
    "look at the disk: no signal ends such a wait", "the kernel's log; `iostat -x 1`",
)  # fmt: skip
_IDLE: Final = Class(
    "probe.unresponsive",
    "idle: nothing can be seen that it waits for (a deadlock, or a handler that never answers)",
    0.6,
    "find in its stacks what it waits for; usher replaces it meanwhile",
    "its stacks (`stack_signal`), and what the last request before it did",
)
_LARGE: Final = Class(
    "memory.limit",
    "it uses more memory than it may",
    0.7,
    "find what it keeps, or raise the limit; usher replaces it meanwhile",
    "`usher graph NAME`: whether it grows in each run; a heap snapshot now and later, compared",
)
_UNHAPPY: Final = 400
"""HTTP's statuses from here on are errors."""


def judge(seen: Evidence, dependencies: Mapping[str, str]) -> Cause | None:
    """Say what keeps the process from answering; `dependencies`: "host:port" -> name.

    Where no probe failed, it is looked at because of its memory. None: it has ended. Why it did is
    said when its end is told (death.py).
    """
    if seen.state in ENDED:
        return None
    found, peer = _class_of(seen, dependencies)
    return Cause(
        id=found.id,
        text=found.words,
        confidence=found.confidence,
        evidence=tuple(_evidence(seen)),
        restart="auto",
        remedy=found.remedy,
        check=found.check,
        # As part of the id: of a message the numbers do not count, and of `ws1` and a port they do.
        fingerprint=fingerprint(f"{found.id} {peer or seen.probe}", ""),
        shared=peer,
    )


def with_log(seen: Cause, said: Diagnosis) -> Diagnosis:
    """Rank what was seen of the process together with what its log said in the last minute.

    A line of the log is not yet why it does not answer; it is where both speak of the database.
    """
    waits = bool(seen.shared)
    told = (
        each
        if waits and each.id.startswith("db.")
        else replace(each, confidence=min(each.confidence, BESIDE))
        for each in said.causes
    )
    causes = sorted((seen, *told), key=lambda cause: -cause.confidence)
    return replace(said, causes=tuple(causes))


def _class_of(seen: Evidence, dependencies: Mapping[str, str]) -> tuple[Class, str]:
    if not seen.probe:
        return _LARGE, ""
    if seen.state in ("T", "t"):
        return (_STOPPED if seen.state == "T" else _TRACED), ""
    if seen.status is not None:
        return _answering(seen.status), ""
    cpu = seen.cpu or 0.0
    if cpu >= BUSY or seen.runnable >= MOSTLY:
        return _BUSY, ""
    if any(thread.state == "D" for thread in seen.threads[:1]):
        return _DISK, ""
    if cpu < QUIET and (waited := _waited_for(seen.connections, dependencies)):
        return _waiting(waited, dependencies), waited.peer
    return _IDLE, ""


def _answering(status: int) -> Class:
    error = "with an error of its own" if status >= _UNHAPPY else "not as the probe asks for"
    return Class(
        "probe.error_answer",
        f"it answers, but {error}: status {status}",
        0.5,  # why it does so is not seen; what its log names goes before
        "find the error in its log; usher replaces it meanwhile",
        "what the same question gets by hand, and what the log says at that moment",
    )


def _waiting(waited: Connection, dependencies: Mapping[str, str]) -> Class:
    name = f"{dependencies.get(waited.peer, '')} {waited.peer}".strip()
    doing = "connecting to" if waited.state == "syn-sent" else "waiting on"
    return Class(
        "process.waiting",
        f"{doing} {name}",
        0.8,
        f"look why {name} does not answer; usher replaces the process meanwhile",
        f"whether {name} answers others: if it does, connections are used up or not given back",
    )


def _waited_for(
    connections: tuple[Connection, ...], dependencies: Mapping[str, str]
) -> Connection | None:
    """What does not accept us goes before what does; what is declared before what is guessed."""

    def order(each: Connection) -> tuple[bool, bool]:
        return each.state != "syn-sent", each.peer not in dependencies

    known = [
        each
        for each in connections
        if each.state in ("syn-sent", "established")
        and (each.peer in dependencies or _is_of_database(each.peer))
    ]
    return min(known, key=order, default=None)


def _is_of_database(peer: str) -> bool:
    port = peer.rpartition(":")[2]
    return port.isdecimal() and int(port) in DATABASE_PORTS


def _evidence(seen: Evidence) -> Iterator[str]:
    share = "unknown" if seen.cpu is None else f"{seen.cpu:.0%} of a core"
    yield f"state {seen.state}, processor {share}"
    if not seen.probe and seen.memory is not None:
        yield f"memory {seen.memory >> 20} MiB"
    if seen.threads:
        main = seen.threads[0]
        where = f" in {main.waits_in}" if main.waits_in else ""
        yield f"{len(seen.threads)} threads, the first in state {main.state}{where}"
    for each in seen.connections[:_SHOWN]:
        yield f"{each.count} x {each.state} to {each.peer}"
    yield from seen.probes[:_SHOWN]
    yield from seen.changed[:_SHOWN]
