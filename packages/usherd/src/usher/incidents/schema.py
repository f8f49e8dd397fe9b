"""Fields of the report for programs, usher.incident/1. Fields are only ever added.

A text that is not known is "unknown"; a number or a time is null. Times are ISO 8601 in UTC,
durations seconds. Names that Python keeps for itself are written as programs read them.
"""

from typing import Final, Literal, TypeAlias

import msgspec

from usher.model.care import PreventionKind, Setting
from usher.model.fault import RestartWorth
from usher.model.incident import Kind, Severity

SCHEMA: Final = "usher.incident/1"

UNKNOWN: Final = "unknown"

DocumentState: TypeAlias = Literal["open", "acknowledged", "mitigated", "resolved", "closed"]
"""mitigated: it works again; resolved: that has lasted; closed: a person closed the report."""

Figure: TypeAlias = dict[str, str | float]
"""One value of one instance: "instance", "figure" and "value"."""


class App(msgspec.Struct, frozen=True):
    """An instance that was reached; null: the app as a whole."""

    name: str
    instance: int | None
    revision: str
    """The file that it was started from ..."""
    config_hash: str
    """... and the digest of that."""


class Occurrence(msgspec.Struct, frozen=True):
    """When it began; of an interval all was well at `not_before` (null: not known)."""

    at: str
    precision: Literal["exact", "interval"]
    not_before: str | None
    not_after: str
    evidence: list[str]


class Detected(msgspec.Struct, frozen=True):
    """When the first rule fired, and which."""

    at: str
    rule: str


class Acknowledgement(msgspec.Struct, frozen=True):
    """When somebody began to look after it, and who."""

    at: str | None
    by: str


class Times(msgspec.Struct, frozen=True):
    """Everything that has a time; null: not yet."""

    occurred: Occurrence
    detected: Detected
    notified: str | None
    acknowledged: Acknowledgement
    cause_found: str | None
    mitigated: str | None
    resolved: str | None
    closed: str | None


class Durations(msgspec.Struct, frozen=True):
    """`detect` and `resolve` count from the begin, the others from detection."""

    detect: float
    notify: float | None
    acknowledge: float | None
    identify: float | None
    act: float | None
    mitigate: float | None
    resolve: float | None
    downtime: float | None
    """Of the service that was in trouble longest; null: it goes on, or is not known."""


class ServiceReached(msgspec.Struct, frozen=True, rename={"begin": "from", "end": "to"}):
    """A service that was in trouble."""

    name: str
    kind: Kind
    begin: str
    end: str | None
    seconds: float | None


class ProbesFailed(msgspec.Struct, frozen=True, rename={"begin": "from", "end": "to"}):
    """Answers of the probes of one instance that were bad or did not come."""

    name: str
    begin: str
    end: str | None
    count: int


class Impact(msgspec.Struct, frozen=True):
    """Whom it reached. usher does not count the requests of users, nor their work."""

    services: list[ServiceReached]
    probes_failed: list[ProbesFailed]
    requests_failed: int | None = None
    work_invalidated: list[str] = []
    resources: list[str] = []


class CauseFound(
    msgspec.Struct, frozen=True, rename={"evidence_for": "for", "evidence_against": "against"}
):
    """Why, the likeliest first."""

    id: str
    kind: Literal["direct", "root", "contributing"]
    confidence: float
    evidence_for: list[str]
    evidence_against: list[str]
    text: str
    disproved_by: str
    remedy: str
    restart: RestartWorth
    place: str
    fingerprint: str
    count: int


class Excluded(msgspec.Struct, frozen=True):
    """What was looked at and is not why."""

    id: str
    why: str


class Step(msgspec.Struct, frozen=True):
    """One event."""

    at: str
    source: Literal["log", "probe", "kernel", "operator", "usher"]
    text: str
    service: str
    instance: int | None
    event: str


class Action(msgspec.Struct, frozen=True):
    """Something that was done, and the event that says what came of it."""

    at: str
    who: Literal["usher", "operator"]
    kind: str
    result: str
    evidence: str
    service: str
    instance: int | None


class Evidence(msgspec.Struct, frozen=True):
    """A file of what was seen before anything was done; secrets were taken out of it."""

    id: str
    sha256: str
    path: str
    kind: Literal["log", "proc", "socket", "db", "config", "env_names"] = "proc"


class Measure(msgspec.Struct, frozen=True):
    """What keeps it from coming back; `proposed` by usher, or written down by people."""

    text: str
    kind: PreventionKind
    owner: str
    due: str
    done: bool
    proposed: bool
    usher_config: dict[str, Setting] = {}


class Recheck(msgspec.Struct, frozen=True):
    """A proof that it is over."""

    what: str
    when: str | None
    result: str


class Item(msgspec.Struct, frozen=True):
    """Something to tick off."""

    text: str
    done: bool


class Effect(msgspec.Struct, frozen=True):
    """The same trouble then and in a drill."""

    name: str
    before_s: float | None
    after_s: float | None
    how_measured: str
    """Id of the drill."""


class Security(msgspec.Struct, frozen=True):
    """Secrets are taken out where usher writes, so nobody counts them here."""

    files_world_readable: list[str]
    redaction: str = "rules of usher"
    secrets_seen: int | None = None


class CommandToRun(msgspec.Struct, frozen=True, rename={"purpose": "for"}):
    """A command that shows more."""

    purpose: str
    cmd: str


class IncidentDocument(msgspec.Struct, frozen=True):
    """All of it."""

    schema: Literal["usher.incident/1"]
    id: str
    title: str
    severity: Severity
    state: DocumentState
    kind: Kind
    host: str
    role: str
    apps: list[App]
    times: Times
    durations_s: Durations
    impact: Impact
    causes: list[CauseFound]
    excluded: list[Excluded]
    timeline: list[Step]
    actions: list[Action]
    state_before: list[Figure]
    state_during: list[Figure]
    state_after: list[Figure]
    evidence: list[Evidence]
    prevention: list[Measure]
    recheck: list[Recheck]
    checklist: list[Item]
    metrics_effect: list[Effect]
    security: Security
    commands: list[CommandToRun]
    generated_by: str
    signed_config: str
    lessons: list[str] = []
    related: list[str] = []
