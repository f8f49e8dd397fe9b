"""Values of the HTTP interface. Fields are only ever added; a changed meaning gets a new name.

Times are ISO 8601 with offset for people; boot-clock seconds stand with events alone, beside their
time: a program that needs an age gets it as seconds.
"""

from typing import Literal, TypeAlias

import msgspec

from usher.model.alert import Alert
from usher.model.finding import Finding
from usher.model.incident import Diagnosis

Status: TypeAlias = Literal[
    "inactive", "waiting", "activating", "active", "degraded", "deactivating", "held", "failed"
]
"""What people ask first; derived from the phase by one table (usher.policy.table)."""


Pm2Status: TypeAlias = Literal[
    "online", "stopping", "stopped", "launching", "errored", "waiting restart"
]
"""The words of PM2's lists, which scripts compare."""


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
    failing: bool = False
    """Failed as often in a row as counts, after it had passed."""
    passed_ever: bool = False
    """Whether this run passed it once; a probe that never passed accuses itself."""
    status: int | None = None
    """What HTTP said in the last answer; None: nothing, or it is not asked."""
    p50: float | None = None
    """Seconds that half of its last answers took at most; None: there was none ..."""
    p95: float | None = None
    """... and 95 % of them."""


class InstanceStatus(Wire, frozen=True):
    """One process slot of a service."""

    id: int
    """PM2's pm_id: increasing over all instances, kept by the slot across reloads."""
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
    parked: bool
    """A person stopped it; only a person starts it again."""
    created: float
    """Seconds since 1970 when its slot was defined, or reset."""
    restart_time: int
    """PM2's counter: automatic restarts and a person's of a running app, until a reset."""
    unstable: int
    """Runs in a row that ended too soon."""
    exit_code: int | None
    """Of the last run; None before the first end and after a signal."""
    pm2_status: Pm2Status
    listed: bool
    """Whether it stands for its slot: during a reload a slot has two instances."""
    result: str
    """How the last run ended, in the words of `Result`; empty before the first end."""
    detail: str
    """The reason of the present phase, in a sentence."""
    next_try: float | None
    """Seconds until the next start or re-check; None when none is due."""
    last_delay: float
    """Seconds of the latest pause before an automatic start; 0 when it is stable again."""
    memory: int | None
    """Bytes of resident memory of the process group; None when unknown."""
    cpu: float | None
    """Per cent of one core since the last reading; None when unknown."""
    probes: list[ProbeStatus]
    out_log: str = ""
    """Where its output goes and ..."""
    err_log: str = ""
    """... its errors; /dev/null where they are not kept."""
    connections: int | None = None
    """Connections to its database, where its pool is known; None: unknown."""
    connections_limit: int | None = None
    """What its pools may hold together; None: unknown."""
    findings: list[Finding] = []
    """What is wrong with the present run, or the last one, as far as it was seen."""
    restarts_recent: int = 0
    """Automatic restarts within the window of its restart budget (10 minutes, if not changed)."""
    memory_limit: int | None = None
    """Bytes that it may use; None: no limit is set."""
    last_fault: str = ""
    """Id of the fault (docs/reference/faults.md) that its last diagnosis named first ..."""
    last_fault_at: str = ""
    """... and when; empty: there was no diagnosis that is remembered."""


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
    label: str
    """The name people see where it differs; empty if it does not."""
    rollout: str
    """What a reload or restart is doing, or why the last reload was rejected; else empty."""
    watch_paused: bool
    """Restarting for changed files was given up, because they changed too often."""
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
    env_sources: dict[str, str] = {}
    """Variable -> what set it ("env", the path of a file, "secret from ..."); others: the shell."""
    env_drift: list[str] = []
    """Variables that differ between what runs, the definition and the files it was read from."""


RemoteState: TypeAlias = Literal[
    "up", "degraded", "waking", "down", "recovering", "held", "failed", "unproved"
]
"""waking: late, because its platform had put it to sleep; unproved: has not passed all its probes
yet; held: what could be done was, and did not help; failed: so often that a person is needed."""


class RemoteStatus(Wire, frozen=True):
    """Something that usher watches and does not run."""

    name: str
    status: RemoteState
    detail: str
    """What is wrong and what is done about it, in a sentence; empty when all is well."""
    since: float
    """Seconds for which that has been so."""
    next_step: str
    """What is to be done next; empty: nothing ..."""
    next_try: float | None
    """... and in how many seconds, or those until something is done again at all."""
    done: list[str]
    """What was done since it went down."""
    probes: list[ProbeStatus]
    depends_on: list[str]
    origin: str


class ServiceList(Wire, frozen=True):
    """Answer of GET /v1/services."""

    services: list[ServiceStatus]
    remotes: list[RemoteStatus] = []


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
    diagnosis: Diagnosis | None = None
    """With `diagnosed`: why the run ended."""
    since_boot: float | None = None
    """Seconds of CLOCK_BOOTTIME, which nobody sets: within one boot its differences are true. None:
    an older usher told it, or it was only passed on."""
    boot_id: str = ""
    """Which boot that is of."""
    lasted: float = 0.0
    """Seconds for which that had been so when it was seen; 0: not known."""


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


class RoleEvidence(Wire, frozen=True):
    """One thing that was looked at to tell the role of the host."""

    kind: str
    """file, env, tag, hostname or address."""
    name: str
    """Path or variable; empty for hostname and address."""
    said: str
    """In words: "hostname 'apiserver-1'"."""
    roles: list[str]
    """What it speaks for."""
    declared_in: list[str]
    """Guard files that name it, or "built in"."""
    pinned: bool
    weight: Literal["decides", "agrees", "contrary", "silent"]


class OverrideStatus(Wire, frozen=True):
    """One finding that is overridden for one service; times are seconds since 1970."""

    service: str
    code: str
    at: float
    until: float
    who: str
    reason: str


class RoleStatus(Wire, frozen=True):
    """Which role this host has: undeclared (nobody asks), known, unknown or contradictory."""

    host: str
    standing: Literal["undeclared", "known", "unknown", "contradictory"]
    role: str
    evidence: list[RoleEvidence]
    guards: list[str]
    """Guard files that were read."""
    faults: list[str]
    """Guard files that cannot be used: nothing starts under them."""
    overrides: list[OverrideStatus] = []
    """What holds now; only the daemon knows."""


class AuditEntry(Wire, frozen=True):
    """One line of the audit log."""

    time: str
    job: str
    request: str
    outcome: str
    """asked, done, failed, refused or superseded; the end of a request has its job again."""
    services: list[str]
    uid: int
    user: str
    terminal: str
    address: str
    program: str
    host: str
    role: str
    config: str
    digest: str
    forced: list[str]
    reason: str
    detail: str


class AuditInForce(Wire, frozen=True):
    """What held for a service at a time."""

    service: str
    config: str
    digest: str
    outcome: str
    """How the last request about it had ended by then; "asked": it had not."""
    applied: AuditEntry | None
    """Who applied the configuration."""
    last: AuditEntry | None
    """The last request about it."""


class AuditLog(Wire, frozen=True):
    """Answer of GET /v1/audit: lines, oldest first, and with `at` what held then."""

    entries: list[AuditEntry]
    in_force: list[AuditInForce]


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
    codes: list[str] = []
    """What the guard found, by the codes of docs/reference/checks."""


class LogLine(Wire, frozen=True):
    """One line of a service's output; values of its environment that look secret are masked.

    The rest is as in the file: control characters in it are for who prints it to deal with.
    """

    service: str
    slot: int
    stream: Literal["out", "err"]
    line: str
    replayed: bool
    """Whether it was written before the call."""
    label: str = ""
    """The name people see where it differs from `service`."""
    id: int = 0
    """The instance's pm_id; the lowest one where several write to the same file."""
    time_ns: int = 0
    """When usher took it from the service: nanoseconds since 1970."""


class Frame(Wire, frozen=True, omit_defaults=True):
    """One line (NDJSON) of a streamed answer; exactly one field is set."""

    event: EventRecord | None = None
    log: LogLine | None = None
    report: Report | None = None
    problem: Problem | None = None


class Drift(Wire, frozen=True):
    """What runs against what should, as the daemon sees it now."""

    services: list[str]
    """All that usher knows."""
    findings: list[Finding]
    alerts: list[Alert]
    """What people were told of and is not over, oldest first."""
    host: str
    role: str


class Proof(Wire, frozen=True):
    """One thing that was verified of an instance."""

    what: Literal["alive", "port", "http", "database", "log"]
    result: Literal["ok", "failed", "unknown", "absent"]
    """absent: there is nothing of that kind to verify."""
    detail: str


class Verified(Wire, frozen=True):
    """What was verified of one instance."""

    service: str
    slot: int
    proofs: list[Proof]


class Verification(Wire, frozen=True):
    """Answer of GET /v1/verify; `exit_code` is 3 when anything failed or is unknown."""

    instances: list[Verified]
    exit_code: int


# -- bodies of requests -------------------------------------------------------------------------


class Redefined(Wire, frozen=True):
    """What options of PM2's `restart NAME` change of a service."""

    definition: msgspec.Raw
    """JSON of usher.model.spec.ServiceSpec, of which the parts that belong to ..."""
    fields: list[str]
    """... these fields of PM2 are taken."""


class Forced(Wire, frozen=True, kw_only=True):
    """Base of what may be asked for in spite of findings: single codes, with a reason."""

    force: list[str] = []
    reason: str = ""
    force_for: float = 4 * 3600.0
    """Seconds for which later starts of the same services pass too."""


class Names(Forced, frozen=True, kw_only=True):
    """Body of start, stop, restart, reload, delete, reset.

    `services` are selectors: a name or label, an id of an instance (3 or id:3), ns:NAMESPACE,
    /PATTERN/, app:NAME or all. A bare word is looked for as an id, a name, then a namespace.
    """

    services: list[str]
    slots: dict[str, list[int]] = {}
    """Of these services, which instances are meant; besides what an id selects."""
    in_place: bool = False
    """Reload one instance after the other instead of a new generation beside the old one."""
    env: dict[str, str] | None = None
    """restart, reload: variables to put over those the services inherited (--update-env)."""
    toggle_watch: bool = False
    """restart: watch the files of services that do not, and no longer those of services that do."""
    changes: dict[str, Redefined] = {}
    """restart, reload: parts of definitions that change, by service."""
    wait: bool = True
    timeout: float | None = None
    """Seconds after which the answer is `timeout`; the work itself goes on."""


class SetRole(Wire, frozen=True):
    """Body of role_set: pin the role of this host."""

    role: str
    reason: str = ""
    """Needed where another role is pinned."""
    system: bool = False
    """In /etc/usher, for every user of the host (as root), instead of in the state folder."""


class ForgetGuard(Wire, frozen=True):
    """Body of role_forget: a guard file that is gone for good."""

    path: str
    reason: str


class Update(Wire, frozen=True):
    """Body of update."""

    program: list[str] = []
    """Command of the new keeper without its options; empty: the same as before, read anew."""


class Undo(Forced, frozen=True, kw_only=True):
    """Body of undo."""

    version: int | None = None
    """Number of the version to go back to; None: the one before the present one."""


class Scale(Forced, frozen=True, kw_only=True):
    """Body of scale: how many instances, or how many more (+2) or fewer (-1)."""

    service: str
    """A selector of one service."""
    instances: str
    wait: bool = True
    timeout: float | None = None


class Apply(Forced, frozen=True, kw_only=True):
    """Body of POST /v1/apply: a plan (JSON of usher.model.spec.Plan) and what to start.

    Names in `start` whose definition says autostart = false are defined and stay down.
    """

    plan: msgspec.Raw
    start: list[str]
    restart: list[str] = []
    """Names that are restarted in any case ..."""
    reload: list[str] = []
    """... and reloaded: their changed definition becomes a new generation."""
    keep_env: bool = False
    """Leave the variables that known services inherited from the shell of their first start."""
    in_place: bool = False
    wait: bool = True
    timeout: float | None = None


class SendSignal(Wire, frozen=True):
    """Body of signal."""

    services: list[str]
    signal: str
    """Name ("SIGUSR2", "USR2") or number."""
    scope: Literal["process", "group"] = "process"


class Say(Wire, frozen=True):
    """Body of say: any JSON value for `process.on('message')` of the services' programs."""

    services: list[str]
    message: msgspec.Raw


class WriteLine(Wire, frozen=True):
    """Body of write: a line, without its end, for the standard input of the services' programs."""

    services: list[str]
    line: str


class Reveal(Wire, frozen=True):
    """Body of reveal: one variable of one service."""

    service: str
    name: str


class Revealed(Wire, frozen=True):
    """Answer of reveal; the only answer that ever holds a value that may be a secret."""

    value: str
