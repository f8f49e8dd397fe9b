"""GET /v1/audit: who asked for what, and what held at a time."""

import asyncio
from datetime import datetime

from usher.api.exit_codes import ExitCode
from usher.api.types import AuditEntry, AuditInForce, AuditLog, Problem
from usher.daemon.server import Answer, Call, HttpError, reply
from usher.model.audit import AuditRecord, InForce, in_force
from usher.runtime.supervisor import Supervisor


async def audit(supervisor: Supervisor, call: Call) -> Answer:
    """Return the last lines; with `at` those up to then, and what held."""
    at = _number(call.query.get("at", ""))
    lines = int(_number(call.query.get("lines", "")) or 100)
    # The log of years is long to read, and meanwhile others are to be answered.
    everything = await asyncio.to_thread(list, supervisor.audit.records())
    records = [record for record in everything if at is None or record.at <= at]
    held = [] if at is None else in_force(records, at)
    entries = [_entry(each) for each in records[-lines:]]
    return reply(AuditLog(entries=entries, in_force=[_in_force(each) for each in held]))


def _number(text: str) -> float | None:
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        error = f"cannot read {text!r}: expected a number"
        raise HttpError(400, Problem(error=error, exit_code=ExitCode.USAGE)) from None


def _entry(record: AuditRecord) -> AuditEntry:
    return AuditEntry(
        time=datetime.fromtimestamp(record.at).astimezone().isoformat("T", "milliseconds"),
        job=record.job,
        request=record.request,
        outcome=record.outcome,
        services=[*record.services],
        uid=record.uid,
        user=record.user,
        terminal=record.terminal,
        address=record.address,
        program=record.program,
        host=record.host,
        role=record.role,
        config=record.config,
        digest=record.digest,
        forced=[*record.forced],
        reason=record.reason,
        detail=record.detail,
    )


def _in_force(held: InForce) -> AuditInForce:
    return AuditInForce(
        service=held.service,
        config=held.config,
        digest=held.digest,
        outcome=held.outcome,
        applied=held.applied and _entry(held.applied),
        last=held.last and _entry(held.last),
    )
