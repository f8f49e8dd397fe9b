"""What the user wants: one validated plan of services. Defaults are design 2.3's.

The configuration layer turns files into these values; nothing after it parses text.
"""

from typing import Literal, TypeAlias

import msgspec

from usher.model.guard import Rules
from usher.model.target import CommandTarget, HttpTarget, Target
from usher.model.value import Value as Value

Condition: TypeAlias = Literal["started", "ready", "completed"]
"""started: its process runs; ready: it is proved ready; completed: a job ended with success."""

Scope: TypeAlias = Literal["self", "dependency", "edge"]
"""Who a failing probe accuses: only `self` may restart the instance; the others alert."""

RestartWhen: TypeAlias = Literal["always", "on-failure", "never"]


class Dependency(Value, frozen=True):
    """This service waits until `name` fulfils `condition`."""

    name: str
    condition: Condition = "ready"


# -- what is asked again and again ------------------------------------------------------------


class ProbeSpec(Value, frozen=True):
    """One question asked again and again; thresholds are counted by the policy."""

    name: str
    target: Target
    scope: Scope = "self"
    interval: float = 10.0
    """Seconds between the starts of two questions while all is well."""
    confirm_interval: float = 2.0
    """The same after a failure, until `passes` answers in a row were good."""
    timeout: float = 3.0
    failures: int = 3
    """Failures in a row after which the probe counts as failed. With the usual number, too many of
    the last answers count as well (policy.health)."""
    passes: int = 2
    """Passes in a row after which a failed probe counts as good again."""


class External(Value, frozen=True):
    """Something that usher does not run and a service needs: asked before each of its starts.

    What it answers later changes nothing: a service that runs is never restarted for it.
    """

    name: str
    target: Target
    interval: float = 1.0
    """Seconds from an answer to the next question."""
    timeout: float = 3.0
    """Seconds that an answer may take."""
    patience: float = 60.0
    """Seconds after which requests stop waiting for it; the service itself waits on."""


# -- when an instance is ready -----------------------------------------------------------------


class AliveFor(Value, frozen=True, tag="alive"):
    """Ready after living this long: the weakest proof there is, and never less than it."""

    seconds: float = 1.0


class NotifyReady(Value, frozen=True, tag="notify"):
    """Ready when the process writes READY=1 to NOTIFY_SOCKET."""


class ProbeReady(Value, frozen=True, tag="probe"):
    """Ready when `probe` passed `probe.passes` times in a row."""

    probe: ProbeSpec


class ChannelReady(Value, frozen=True, tag="channel"):
    """Ready when the process sends `ready` over its Node IPC channel (PM2's wait_ready).

    `or_alive`: seconds of life that count as the word (`compat`: PM2 waits no longer); None: none.
    """

    or_alive: float | None = None


class ListeningReady(Value, frozen=True, tag="listening"):
    """Ready when a cluster worker listens, or has lived for `or_alive` seconds without."""

    or_alive: float = 3.0


Proof: TypeAlias = AliveFor | NotifyReady | ProbeReady | ChannelReady | ListeningReady


class ReadySpec(Value, frozen=True):
    """The proof of readiness and how long it may take; running out of time is a failure."""

    proof: Proof = AliveFor()
    timeout: float = 60.0


# -- how it is restarted and stopped -------------------------------------------------------------


class RestartPolicy(Value, frozen=True):
    """When and how fast a service that ended is started again.

    Attempt n waits `delays[n]`; beyond the list the last delay doubles up to `delay_limit`. The
    attempt counter starts anew after `stable_after` seconds of readiness. More than
    `budget_count` automatic restarts in `budget_window` hold the instance: it is tried again
    after `hold` seconds, `hold_tries` times, then it has failed. An instance that was never ready
    and used up `start_limit` starts in `budget_window` has failed at once (start-limit-hit).
    A run that lived at least `min_uptime` counts as having been ready for that. An exit with one
    of `stop_codes` is an end as wanted, whatever `when` says. For a failing probe an instance is
    replaced at most once in `replace_gap` seconds, and `replace_count` times in `replace_window`;
    not before it has failed for `replace_after` seconds. Trouble that lasts for `check_env_after`
    has its variables compared with their sources, and after `escalate_after` a person is told that
    all this did not help (None: neither; policy/escalation.py).
    """

    when: RestartWhen = "always"
    delays: tuple[float, ...] = (0.0, 0.1, 1.0)
    delay_limit: float = 60.0
    stable_after: float = 60.0
    budget_count: int = 5
    budget_window: float = 600.0
    hold: float = 900.0
    hold_tries: int = 3
    start_limit: int = 5
    factor: float = 2.0
    """By what the last delay grows from attempt to attempt; 1.0: it stays."""
    min_uptime: float | None = None
    """Seconds; None: only a proof of readiness counts."""
    stop_codes: tuple[int, ...] = ()
    replace_gap: float = 60.0
    replace_count: int = 3
    replace_window: float = 900.0
    replace_after: float = 0.0
    check_env_after: float | None = None
    escalate_after: float | None = None
    heeds_cause: bool = True
    """Why it ended decides as well; False: only how often and how fast (PM2's `pm2` command)."""


class StopPolicy(Value, frozen=True):
    """`signal` to the main process, SIGKILL to all that is left of the run after `timeout`.

    `kill_timeout` is how long the kernel may take for the kill before the job reports it.
    `drain` is how long new connections are steered away before the signal; None: no steering.
    """

    signal: int = 15
    timeout: float = 10.0
    kill_timeout: float = 5.0
    drain: float = 0.3
    tree: bool = False
    """Send `signal` to every process of the run, not to the main process only."""
    kill_tree: bool = True
    """SIGKILL what is left of the run; False (PM2's treekill: false): the main process only."""
    message: bool = False
    """Say `shutdown` over the Node IPC channel instead of sending `signal`."""
    drain_timeout: float = 30.0
    """Seconds a cluster worker may take for its open connections after `disconnect`."""
    say_close: bool = True
    """While a cluster worker drains, its HTTP servers answer with `Connection: close`: a small
    module of ours, loaded before the program, sees to that. False: the program runs alone."""


# -- sockets, logs -------------------------------------------------------------------------------


class TcpAddress(Value, frozen=True, tag="tcp"):
    """Port 0 takes any free port, the same for all instances of the service."""

    host: str
    port: int


class UnixAddress(Value, frozen=True, tag="unix"):
    """An absolute path; `mode` is the file's mode."""

    path: str
    mode: int = 0o600


Address: TypeAlias = TcpAddress | UnixAddress


class SocketSpec(Value, frozen=True):
    """A listening socket that the keeper holds, so that clients queue while a service restarts.

    shared: one socket for all instances. per-instance: one SO_REUSEPORT socket each on the same
    address, so that each can be drained alone (design 2.2.7).
    """

    name: str
    address: Address
    mode: Literal["shared", "per-instance"] = "shared"
    backlog: int = 511


PROBE_SOCKET = "probe"
"""Name of the private Unix socket through which an instance is judged alone."""


class LogSpec(Value, frozen=True):
    """Where output goes and how it is rotated; None as a path: PM2-like names in the home."""

    out: str | None = None
    err: str | None = None
    combined: str | None = None
    """A third file that gets both streams."""
    per_instance: bool = True
    """Put `-<slot>` (or `-<id>` for PM2's files) before the extension when there are several."""
    suffix: Literal["slot", "id"] = "slot"
    date_format: str = ""
    """Line prefix, in the tokens of dayjs (YYYY-MM-DD HH:mm:ss.SSS Z); empty: none."""
    format: Literal["raw", "json"] = "raw"
    """json: one object a line {message, timestamp, type, process_id, app_name}."""
    disabled: bool = False
    redact_at_source: bool = False
    """Secrets are taken out before a line reaches the file, not only when it is shown."""
    max_size: int = 10 * 1024 * 1024
    retain: int = 10
    max_age: float | None = None
    """Seconds after which a rotated file is removed."""
    compress: bool = False
    rotate: str = ""
    """Cron expression (local time) at which files are rotated whatever their size."""
    rotated_names: str = ""
    """Rotated files are named `<root>__<date>.log` by this date format; empty: `.1`, `.2` ..."""


# -- what surrounds the process ------------------------------------------------------------------


class UserSpec(Value, frozen=True):
    """Who runs it: names or numbers, as written; looked up at each start. Only root may ask."""

    uid: str
    gid: str | None = None
    """None: the user's own group; the user's further groups are set in any case."""


class WatchSpec(Value, frozen=True):
    """Restart when a file below `paths` (absolute) changes; `ignore` are regular expressions.

    Changes within `delay` seconds are one change; it names the file in the event.
    """

    paths: tuple[str, ...]
    ignore: tuple[str, ...] = ()
    delay: float = 0.3
    poll: bool = False


class MemorySpec(Value, frozen=True):
    """Replace an instance whose whole tree uses more than `limit` bytes.

    In `samples` readings in a row, `interval` seconds apart (and all in between: there are more
    while it is above), or in one above 1.5 times the limit; sooner while it grows.
    """

    limit: int
    interval: float = 1.5
    samples: int = 10


class ServerSpec(Value, frozen=True):
    """What a database server gives, where nobody can or should ask it."""

    max_connections: int
    reserved: int = 3
    """Kept for administrators (superuser_reserved_connections and the like)."""
    others: int = 0
    """What everybody else uses: migrations, backups, monitoring, people."""


class PoolSpec(Value, frozen=True):
    """How many connections to its database an app may hold; None: by convention, if known.

    A process holds `pools` times `size` of them, an instance `workers` times as many.
    """

    size: int | None = None
    pools: int = 1
    workers: int | None = None
    """Processes that one instance forks (gunicorn, uvicorn)."""
    doubled: bool = False
    """It is known to initialise its pool twice, so that it takes twice as many."""
    variable: str = ""
    """The variable that holds the address of its database; empty: the usual names."""
    server: ServerSpec | None = None


class SecretSpec(Value, frozen=True):
    """A variable whose value is asked for at each start and kept nowhere but in the process."""

    name: str
    kind: Literal["file", "command", "credential"]
    source: tuple[str, ...]
    """An absolute path; a command; the name of a credential of the service manager."""
    as_file: bool = False
    """The variable holds the path of a file (0400, in memory) with the value."""

    def __str__(self) -> str:
        """Say where it comes from. The words of a command may be secret themselves."""
        return f"secret from {self.kind} {self.source[0]}"


VariableKind: TypeAlias = Literal["url", "port", "number", "boolean", "path", "json", "text"]


class VariableRule(Value, frozen=True):
    """What an app needs of one variable of its environment."""

    name: str
    required: bool = False
    kind: VariableKind = "text"
    schemes: tuple[str, ...] = ()
    """Of a URL; empty: any."""
    one_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()
    forbidden: bool = False
    when: tuple[str, ...] = ()
    """Roles of the host, or "production", for which this holds; empty: always."""
    source: str = ""
    """The file that says so, if it is not the app's own."""


class RolloutSpec(Value, frozen=True):
    """How a reload replaces instances.

    The new generation runs beside the old one, `max_surge` more than wanted at a time; it must be
    ready and then stay healthy for `min_healthy` seconds before the old one is drained.
    """

    min_healthy: float = 5.0
    max_surge: int = 1
    in_place: bool = False
    """One instance after the other, none beside (where memory does not suffice for more)."""
    first_vouches: bool = False
    """In place, once the first instance is ready the others follow without waiting for theirs,
    where living for a while is all there is to prove (as PM2's restart does, which waits for none).
    """


class Pm2View(Value, frozen=True):
    """What only PM2's own outputs show of an app (jlist, describe, dump); decides nothing."""

    script: str = ""
    """Absolute path of the script (pm_exec_path)."""
    args: tuple[str, ...] = ()
    interpreter: str = "none"
    interpreter_args: tuple[str, ...] = ()
    exec_mode: Literal["fork_mode", "cluster_mode"] = "fork_mode"
    version: str = "N/A"
    """Of the nearest package.json at or above the script."""
    node_version: str = ""
    source_maps: bool = False
    """Node names the lines of the sources that a compiled script was made from."""
    unquoted: tuple[str, ...] = ()
    """Variables that the file has as numbers or booleans, and lists show so."""
    shell_wins: bool = False
    """With --update-env the shell's variables go over those of the file, too (`compat`)."""
    inherited: tuple[str, ...] = ()
    """Variables that came from the caller's environment: only --update-env renews them."""
    shown: dict[str, msgspec.Raw] = msgspec.field(default_factory=dict)
    """Further fields of pm2_env, as written in the file (kill_timeout, vizion, pmx ...)."""


# -- the service and the plan ----------------------------------------------------------------


ACCEPT_WITHIN = 20.0
"""Seconds; a server that serves one client after the other may well need some."""


class ServiceSpec(Value, frozen=True):
    """One service or job. `argv[0]` is a path or found on the PATH of `env`."""

    name: str
    argv: tuple[str, ...]
    cwd: str
    env: dict[str, str] = msgspec.field(default_factory=dict)
    """Values on their way from the file to the daemon; there they move to `state/env/` ..."""
    env_digest: str = ""
    """... and this keyed hash of them stands in every state that is written (design 2.6.5)."""
    namespace: str = "default"
    kind: Literal["service", "job"] = "service"
    """A job runs to its end once: success leaves it exited."""
    instances: int = 1
    depends_on: tuple[Dependency, ...] = ()
    externals: tuple[External, ...] = ()
    """What it depends on beside services."""
    restart_with: tuple[str, ...] = ()
    """Dependencies whose restart restarts this service too; otherwise it is only degraded."""
    ready: ReadySpec = ReadySpec()
    probes: tuple[ProbeSpec, ...] = ()
    restart: RestartPolicy = RestartPolicy()
    stop: StopPolicy = StopPolicy()
    sockets: tuple[SocketSpec, ...] = ()
    probe_socket: bool = False
    """Give each instance a listening descriptor named `probe` of its own."""
    logs: LogSpec = LogSpec()
    nofile: int | None = None
    umask: int = 0o022
    label: str = ""
    """The name people see where it differs: PM2 allows one name for several apps."""
    channel: Literal["none", "ipc", "cluster"] = "none"
    """ipc: a Node IPC channel; cluster: besides, usher is the primary of Node's cluster module."""
    stdin: Literal["null", "pipe"] = "null"
    """null: /dev/null; pipe: lines that people send (PM2's `send`), and never an end."""
    instance_var: str = "NODE_APP_INSTANCE"
    """Environment variable that holds the slot."""
    increment_var: str = ""
    """Environment variable that grows by one with each slot, from its configured number."""
    user: UserSpec | None = None
    rlimits: dict[str, int] = msgspec.field(default_factory=dict)
    """Limits by their names in `ulimit -a` style: core, memlock, nproc, stack ... (soft = hard)."""
    accept_within: float | None = ACCEPT_WITHIN
    """Seconds that a client may wait at a socket of its own without anybody being accepted; without
    a probe of scope `self`, more means that it hangs. None: that is not watched."""
    autostart: bool = True
    """False: defined, but not started with the rest of its file."""
    cron_restart: str = ""
    """Cron expression (5 or 6 fields, local time) at which it is restarted."""
    cron_when_stopped: bool = False
    """The schedule starts it although a person stopped it (`compat`: PM2's stop stops no cron)."""
    watch: WatchSpec | None = None
    memory: MemorySpec | None = None
    stack_signal: int | None = None
    """Upon which it writes its stacks, without ending: asked for before it is replaced."""
    sample: float | None = None
    """Seconds between two measurements; None: when usher is awake for something else."""
    rollout: RolloutSpec = RolloutSpec()
    pool: PoolSpec | None = None
    """What is declared of its database connections."""
    secrets: tuple[SecretSpec, ...] = ()
    """Variables whose values are asked for at each start."""
    env_contract: tuple[VariableRule, ...] = ()
    """What it needs of its environment."""
    env_sources: dict[str, str] = msgspec.field(default_factory=dict)
    """Variable -> what set it ("env", the path of a file ...); the others are inherited."""
    pid_file: str | None = None
    """Where each instance's pid is written (with `-<id>` before the extension), for scripts."""
    pm2: Pm2View | None = None
    """Set for what came from PM2's files and commands."""
    origin: str = ""
    """File and line of the definition, for messages."""
    role: str = ""
    """Which role a host must have for it; empty: the definition says nothing about that."""
    guard: Rules | None = None
    """The rules that stand in its own configuration file."""


# -- what usher watches and does not run -----------------------------------------------------------


class RecoveryStep(Value, frozen=True):
    """One thing that may be done for a remote that is down, carried out once a pass."""

    name: str
    target: CommandTarget | HttpTarget
    """A program that must end with 0, or a request that must be answered as it says. `${NAME}` in
    URL, headers and body stands for a variable or secret; it is filled in where it is sent."""
    after: float = 0.0
    """Seconds that the remote must have been down before."""
    timeout: float = 30.0
    verify: float = 120.0
    """Seconds within which the failed probes must pass again; else the next step follows."""
    next_after: float | None = None
    """It is the first half of something: the next step follows after so many seconds, whatever
    this one was answered (suspend, wait, resume). Nothing is verified in between."""


class RecoveryLimits(Value, frozen=True):
    """How often something may be done for a remote.

    When all steps were taken in vain, or `count` of them within `window` seconds, nothing is done
    for `hold` seconds; then the steps are taken again from the first. After `tries` holds only a
    person begins again.
    """

    gap: float = 60.0
    """Seconds from one step to the next, at least."""
    count: int = 3
    window: float = 900.0
    hold: float = 900.0
    tries: int = 3


class Wake(Value, frozen=True):
    """A platform puts the remote to sleep: an answer that is late may be one that wakes it."""

    within: float
    """Seconds from the first late answer to the first good one."""
    status: tuple[int, ...] = ()
    """HTTP statuses that the platform gives while it wakes the remote."""


class RemoteSpec(Value, frozen=True):
    """Something usher does not run: a hosted backend, a database, a container.

    It is down when a probe of scope `self` fails, degraded when another one does.
    """

    name: str
    probes: tuple[ProbeSpec, ...]
    depends_on: tuple[str, ...] = ()
    """Remotes without which nothing that is done for this one can help."""
    recover: tuple[RecoveryStep, ...] = ()
    limits: RecoveryLimits = RecoveryLimits()
    wake: Wake | None = None
    env: dict[str, str] = msgspec.field(default_factory=dict)
    """As ServiceSpec.env: for its programs, and for `${NAME}` ..."""
    env_digest: str = ""
    secrets: tuple[SecretSpec, ...] = ()
    """... as these, whose values are asked for when they are needed."""
    cwd: str = "/"
    """Folder of its programs."""
    origin: str = ""
    """File and line of the definition, for messages."""


class Plan(Value, frozen=True):
    """All services of one configuration file (or of one request), valid as a whole."""

    services: tuple[ServiceSpec, ...]
    source: str = ""
    digest: str = ""
    remotes: tuple[RemoteSpec, ...] = ()
