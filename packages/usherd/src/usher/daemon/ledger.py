"""Writes into the audit log who asked for what, and how it ended."""

import asyncio
import socket
from typing import NamedTuple

from msgspec.structs import replace

from usher.api.types import Problem
from usher.daemon.server import Call
from usher.host import caller
from usher.model.actions import JobDone
from usher.model.audit import AuditRecord
from usher.runtime import clock
from usher.runtime.supervisor import Supervisor


class Entry(NamedTuple):
    """What is asked for. `config` and `digest` are of the file that is applied, if one is."""

    request: str
    services: tuple[str, ...] = ()
    config: str = ""
    digest: str = ""
    forced: tuple[str, ...] = ()
    reason: str = ""


def who(call: Call) -> str:
    """Name who asks, as events and versions do."""
    return f"uid {call.peer_uid}"


def asked(supervisor: Supervisor, call: Call, entry: Entry, job: str) -> None:
    """Record a request before anything is done about it."""
    supervisor.audit.append(_record(supervisor, call, entry, job))


def noted(supervisor: Supervisor, call: Call, entry: Entry) -> None:
    """Record what is done at once."""
    supervisor.audit.append(replace(_record(supervisor, call, entry, ""), outcome="done"))


def refused(supervisor: Supervisor, call: Call, entry: Entry, problem: Problem) -> None:
    """Record a request that the guard refused."""
    record = _record(supervisor, call, entry, "")
    detail = "; ".join([problem.error, *problem.details])
    supervisor.audit.append(replace(record, outcome="refused", detail=detail))


def ended(supervisor: Supervisor, entry: Entry, job: str, answer: asyncio.Future[JobDone]) -> None:
    """Record how a request ended, unless the daemon ends first."""
    if answer.cancelled() or answer.exception() is not None or supervisor.audit.closed:
        return
    done = answer.result()
    supervisor.audit.append(
        AuditRecord(
            at=clock.read().wall,
            job=job,
            request=entry.request,
            outcome=done.outcome,
            services=entry.services,
            detail=": ".join(part for part in (done.result, done.detail) if part),
        )
    )


def _record(supervisor: Supervisor, call: Call, entry: Entry, job: str) -> AuditRecord:
    by = caller.look(call.peer_pid, call.peer_uid)
    return AuditRecord(
        at=clock.read().wall,
        job=job,
        request=entry.request,
        outcome="asked",
        services=entry.services,
        user=by.user,
        uid=by.uid,
        terminal=by.terminal,
        address=by.address,
        program=by.program,
        host=socket.gethostname(),
        role=supervisor.gate.role,
        config=entry.config,
        digest=entry.digest,
        forced=entry.forced,
        reason=entry.reason,
    )
