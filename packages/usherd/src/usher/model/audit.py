"""Who asked for what, when, and how it ended: the lines of the audit log."""

from collections.abc import Iterable
from typing import Literal, TypeAlias

import msgspec

from usher.model.value import Value

Outcome: TypeAlias = Literal["asked", "done", "failed", "refused", "superseded"]


class AuditRecord(Value, frozen=True):
    """One request as it came (outcome asked or refused), or its end (the same job again)."""

    at: float
    """Wall clock, seconds."""
    job: str
    request: str
    """The verb: start, stop, restart, apply ..."""
    outcome: Outcome
    services: tuple[str, ...] = ()
    user: str = ""
    uid: int = -1
    """-1: usher itself, at boot."""
    terminal: str = ""
    address: str = ""
    program: str = ""
    host: str = ""
    role: str = ""
    """Of the host, as far as it was known."""
    config: str = ""
    """Path of the configuration file that was applied ..."""
    digest: str = ""
    """... and the SHA-256 of what it said."""
    forced: tuple[str, ...] = ()
    """Codes that were overridden, for this reason."""
    reason: str = ""
    detail: str = ""
    """Why it was refused or failed."""


class InForce(Value, frozen=True):
    """What held for one service at a time: which configuration, and who last did what to it."""

    service: str
    config: str = ""
    digest: str = ""
    applied: AuditRecord | None = None
    """Where `config` came from."""
    last: AuditRecord | None = None
    """The last request about it."""
    outcome: Outcome = "asked"
    """How that request ended, as far as it had ended by then."""


def in_force(records: Iterable[AuditRecord], at: float) -> list[InForce]:
    """Conclude what held at `at` (wall clock); `records` are in order of time.

    A refused request changed nothing and is passed over.
    """
    found: dict[str, InForce] = {}
    for record in records:
        if record.at > at:
            break
        if record.outcome == "refused":
            continue
        for name in record.services:
            known = found.get(name, InForce(name))
            found[name] = _after(known, record)
    return list(found.values())


def _after(known: InForce, record: AuditRecord) -> InForce:
    if record.outcome != "asked":
        ours = known.last is not None and known.last.job == record.job
        return msgspec.structs.replace(known, outcome=record.outcome) if ours else known
    if record.config:
        known = msgspec.structs.replace(
            known, config=record.config, digest=record.digest, applied=record
        )
    return msgspec.structs.replace(known, last=record, outcome="asked")
