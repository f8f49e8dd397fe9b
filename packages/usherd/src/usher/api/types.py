"""Values of the HTTP interface. Fields are only ever added; a changed meaning gets a new name.

Times are ISO 8601 with offset for people and `boot`-clock seconds nowhere: a program that needs
an age gets it as seconds.
"""

from typing import Literal, TypeAlias

import msgspec

Status: TypeAlias = Literal[
    "inactive", "waiting", "activating", "active", "degraded", "deactivating", "held", "failed"
]
"""What people ask first; derived from the phase by one table (usher.policy.table)."""


class Wire(msgspec.Struct, frozen=True, kw_only=True):
    """Base: immutable, every field written out so that scripts need no defaults."""


class ProbeStatus(Wire, frozen=True):
    """How a probe of one instance stands."""

    name: str
    scope: str
    ok: bool | None
    """None: not asked yet."""
    in_row: int
    """Equal answers in a row."""
    last: str = ""


class InstanceStatus(Wire, frozen=True):
    """One process slot of a service."""

    slot: int
    generation: int
    run: int
    phase: str
    status: Status
    ready: bool
    pid: int | None
    uptime: float | None
    """Seconds since the process was started; None when there is none."""
    restarts: int
    """Automatic restarts since the last start by a person."""
    result: str
    """How the last run ended, in the words of `Result`; empty before the first end."""
    detail: str
    """The reason of the present phase, in a sentence."""
    next_try: float | None
    """Seconds until the next start or re-check; None when none is due."""
    memory: int | None
    """Bytes of resident memory of the process group; None when unknown."""
    cpu: float | None
    """Per cent of one core since the last reading; None when unknown."""
    probes: list[ProbeStatus]


class ServiceStatus(Wire, frozen=True):
    """One service as `list` and `describe` show it."""

    id: int
    """Stable number in order of first definition (pm_id of its first instance)."""
    name: str
    namespace: str
    kind: str
    want: Literal["up", "down"]
    status: Status
    ready: int
    """Instances that are ready ..."""
    instances_wanted: int
    """... of this many."""
    detail: str
    addresses: list[str]
    argv: list[str]
    cwd: str
    origin: str
    depends_on: dict[str, str]
    out_log: str
    err_log: str
    env: dict[str, str]
    """Names with masked values (`***`) wherever a name or value looks like a secret."""
    instances: list[InstanceStatus]


class ServiceList(Wire, frozen=True):
    """Answer of GET /v1/services."""

    services: list[ServiceStatus]


class ProcessInfo(Wire, frozen=True):
    """One of our own processes."""

    pid: int
    uptime: float
    version: str = ""


class Pong(Wire, frozen=True):
    """Answer of GET /v1/ping."""

    version: str
    home: str
    daemon: ProcessInfo
    keeper: ProcessInfo | None
    """None while a new keeper is being started."""
    safe_mode: bool


class EventRecord(Wire, frozen=True):
    """One line of the event stream. `seq` grows by one and never repeats in a home."""

    seq: int
    time: str
    service: str
    slot: int | None
    run: int | None
    event: str
    phase: str
    ready: bool
    detail: str


class Tail(Wire, frozen=True):
    """The last lines of output of one instance, as evidence of a failure."""

    service: str
    slot: int
    lines: list[str]


class Report(Wire, frozen=True):
    """How a request ended: the last message of every mutating call.

    outcome: done, failed, superseded (a later request took over), refused, timeout (it goes on).
    `exit_code` is the code a command should end with (design 2.5).
    """

    outcome: Literal["done", "failed", "superseded", "refused", "timeout"]
    exit_code: int
    result: str
    detail: str
    services: list[ServiceStatus]
    tails: list[Tail]


class VersionRecord(Wire, frozen=True):
    """One change of what is wanted: the state after it can be gone back to by its number."""

    n: int
    time: str
    who: str
    what: str
    services: int
    """Definitions after it ..."""
    up: int
    """... and how many of them were wanted up."""


class VersionList(Wire, frozen=True):
    """Answer of GET /v1/history, newest first."""

    versions: list[VersionRecord]


class UndoPreview(Wire, frozen=True):
    """Answer of GET /v1/undo: what going back would change, one sentence each."""

    version: VersionRecord
    changes: list[str]


class Problem(Wire, frozen=True):
    """Body of every answer that is not 2xx: what cannot be done, why, and what to do next."""

    error: str
    exit_code: int
    hint: str = ""
    details: list[str] = []


class LogLine(Wire, frozen=True):
    """One line of a service's output. `replayed` lines were written before the call."""

    service: str
    slot: int
    stream: Literal["out", "err"]
    line: str
    replayed: bool


class Frame(Wire, frozen=True, omit_defaults=True):
    """One line (NDJSON) of a streamed answer; exactly one field is set."""

    event: EventRecord | None = None
    log: LogLine | None = None
    report: Report | None = None
    problem: Problem | None = None


# -- bodies of requests -------------------------------------------------------------------------


class Names(Wire, frozen=True):
    """Body of start, stop, restart, delete, reset. `all` stands for every service."""

    services: list[str]
    wait: bool = True
    timeout: float | None = None
    """Seconds after which the answer is `timeout`; the work itself goes on."""


class Update(Wire, frozen=True):
    """Body of update."""

    program: list[str] = []
    """Command of the new keeper without its options; empty: the same as before, read anew."""


class Undo(Wire, frozen=True):
    """Body of undo."""

    version: int | None = None
    """Number of the version to go back to; None: the one before the present one."""


class Apply(Wire, frozen=True):
    """Body of POST /v1/apply: a plan (JSON of usher.model.spec.Plan) and what to start."""

    plan: msgspec.Raw
    start: list[str]
    wait: bool = True
    timeout: float | None = None
