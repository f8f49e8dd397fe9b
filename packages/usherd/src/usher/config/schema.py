"""The shape of a configuration file, as it is written. One class a table, one field a key.

This is the only list of keys: the reader walks it, docs/reference/configuration.md is compared
with it. Defaults live where they are used: in `usher.model.spec`. None means "not written".
"""

from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import Meta

from usher.config.units import (
    Duration,
    FileMode,
    InstanceCount,
    Interval,
    Milliseconds,
    SignalName,
    Size,
    Whole,
)
from usher.model.spec import Condition, RestartWhen, Scope, VariableKind

Name: TypeAlias = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9_][A-Za-z0-9._@-]{0,63}$",
        description="a name of at most 64 letters, digits, '.', '_', '@' and '-'",
    ),
]
Count: TypeAlias = Annotated[int, Meta(ge=1, le=1000, description="a whole number from 1 to 1000")]
Instances: TypeAlias = Count | Literal["max"]
ExitCode: TypeAlias = Annotated[int, Meta(ge=0, le=255, description="an exit code up to 255")]
VariableName: TypeAlias = Annotated[
    str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", description="the name of a variable")
]
Rlimit: TypeAlias = Literal[
    "as", "core", "cpu", "data", "fsize", "memlock", "nofile", "nproc", "rss", "stack"
]
Port: TypeAlias = Annotated[int, Meta(ge=0, le=65535, description="a port from 0 to 65535")]
CloseCode: TypeAlias = Annotated[
    int, Meta(ge=1000, le=4999, description="a WebSocket close code from 1000 to 4999")
]
Days: TypeAlias = Annotated[float, Meta(ge=0, le=3650, description="a number of days")]
Method: TypeAlias = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
Headers: TypeAlias = dict[str, str]
HttpStatus: TypeAlias = Annotated[int, Meta(ge=100, le=599, description="an HTTP status")]
Words: TypeAlias = str | list[str]
Arguments: TypeAlias = str | list[str | int | float | bool]
Variables: TypeAlias = dict[str, str | int | float | bool]


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base: a table of the file; unknown keys are errors."""


class Asking(Table, frozen=True):
    """A question to anything that can be reached: one way of asking, with what belongs to it."""

    http: str | None = None
    method: Method | None = None
    headers: Headers | None = None
    body: str | None = None
    # A list, not a pair: msgspec 0.22 corrupts memory on a bounded number beside a fixed tuple.
    status: HttpStatus | list[HttpStatus] | None = None
    host: str | None = None
    max_latency: Interval | None = None
    expect: Words | None = None
    contains: str | None = None
    answers: Headers | None = None
    ws: str | None = None
    subprotocol: str | None = None
    send: str | None = None
    receive: str | None = None
    close: CloseCode | None = None
    tcp: str | None = None
    socket: str | None = None
    postgres: str | bool | None = None
    mysql: str | bool | None = None
    redis: str | bool | None = None
    mongo: str | bool | None = None
    dsn_env: VariableName | None = None
    dns: str | None = None
    address: str | None = None
    tls: str | None = None
    days: Days | None = None
    verify: bool | None = None
    command: Words | None = None


class Question(Asking, frozen=True):
    """What is asked of an app: besides, whether it listens."""

    listen: bool | Port | None = None


class Ready(Question, frozen=True):
    """`ready`: the proof that an instance is ready, and how long it may take."""

    notify: bool | None = None
    alive_for: Duration | None = None
    timeout: Interval | None = None
    interval: Interval | None = None
    ask_timeout: Interval | None = None


class Probe(Question, frozen=True):
    """`probes.NAME`: a question that is asked as long as the instance runs."""

    log: str | None = None
    watchdog: Interval | None = None
    within: Interval | None = None
    scope: Scope | None = None
    interval: Interval | None = None
    timeout: Interval | None = None
    confirm_interval: Interval | None = None
    fail: Count | None = None
    passes: Count | None = msgspec.field(default=None, name="pass")


class External(Asking, frozen=True):
    """`externals.NAME`: what apps depend on and usher does not run."""

    interval: Interval | None = None
    timeout: Interval | None = None
    patience: Interval | None = None


class Step(Table, frozen=True):
    """One of `remotes.NAME.recover`: a program, or a request to the platform's API."""

    name: Name | None = None
    command: Words | None = None
    http: str | None = None
    method: Method | None = None
    headers: Headers | None = None
    body: str | None = None
    status: HttpStatus | list[HttpStatus] | None = None
    after: Duration | None = None
    timeout: Interval | None = None
    verify: Interval | None = None
    next_after: Duration | None = None


class Limits(Table, frozen=True):
    """`remotes.NAME.limits`: how often something may be done."""

    gap: Duration | None = None
    count: Count | None = None
    window: Interval | None = None
    hold: Duration | None = None
    tries: Count | None = None


class Wake(Table, frozen=True):
    """`remotes.NAME.wake`: its platform puts it to sleep."""

    within: Interval
    status: HttpStatus | list[HttpStatus] = []


class Restart(Table, frozen=True):
    """`restart` as a table: the keys of RestartPolicy."""

    when: RestartWhen | None = None
    delays: list[Duration] | None = None
    delay_limit: Duration | None = None
    stable_after: Duration | None = None
    budget_count: Count | None = None
    budget_window: Interval | None = None
    hold: Duration | None = None
    hold_tries: Count | None = None
    start_limit: Count | None = None
    factor: Annotated[float, Meta(ge=1, le=100, description="a number from 1 to 100")] | None = None
    min_uptime: Interval | None = None
    stop_codes: list[ExitCode] | None = None
    replace_gap: Duration | None = None
    replace_count: Count | None = None
    replace_window: Interval | None = None
    replace_after: Duration | None = None
    check_env_after: Interval | None = None
    escalate_after: Interval | None = None


class Stop(Table, frozen=True):
    """`stop`: the signal, and how long everything may take."""

    signal: SignalName | None = None
    timeout: Interval | None = None
    kill_timeout: Interval | None = None
    drain: Duration | None = None
    drain_timeout: Duration | None = None
    say_close: bool | None = None
    tree: bool | None = None
    kill_tree: bool | None = None
    message: bool | None = None


class Socket(Table, frozen=True):
    """One of `sockets`."""

    name: Annotated[
        str,
        Meta(
            pattern=r"^[A-Za-z0-9_-]{1,32}$",
            description="a name of at most 32 letters, digits, '_' and '-'",
        ),
    ]
    listen: str
    mode: Literal["shared", "per-instance"] | None = None
    backlog: Count | None = None
    file_mode: FileMode | None = None


class Log(Table, frozen=True):
    """`log`: files, how lines are written, and rotation."""

    out: str | None = None
    err: str | None = None
    combined: str | None = None
    per_instance: bool | None = None
    date_format: str | None = None
    format: Literal["raw", "json"] | None = None
    disabled: bool | None = None
    redact_at_source: bool | None = None
    max_size: Size | None = None
    retain: Annotated[int, Meta(ge=0, le=1000)] | None = None
    max_age: Interval | None = None
    compress: bool | None = None
    rotate: str | None = None


class Watch(Table, frozen=True):
    """`watch` as a table."""

    paths: list[str] = []
    ignore: list[str] = []
    delay: Interval | None = None
    poll: bool = False


class Memory(Table, frozen=True):
    """`memory`: how much an instance may use."""

    limit: Size
    interval: Interval | None = None
    samples: Count | None = None


class Rollout(Table, frozen=True):
    """`rollout`: how a reload replaces instances."""

    min_healthy: Duration | None = None
    max_surge: Count | None = None
    in_place: bool | None = None


class Server(Table, frozen=True):
    """`pool.server`: what the database gives, for hosts from which it cannot be asked."""

    max_connections: Annotated[int, Meta(ge=1, le=1_000_000)]
    reserved: Annotated[int, Meta(ge=0, le=1_000_000)] | None = None
    others: Annotated[int, Meta(ge=0, le=1_000_000)] | None = None


class Pool(Table, frozen=True):
    """`pool`: how many connections to its database an app may hold."""

    max: Annotated[int, Meta(ge=1, le=100_000)] | None = None
    per_process: Count | None = None
    workers: Count | None = None
    double_initialisation: bool = False
    variable: VariableName | None = None
    server: Server | None = None


class Secret(Table, frozen=True):
    """`secrets.NAME`: exactly one of the three, and how the app gets the value."""

    file: str | None = None
    command: Words | None = None
    credential: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_][A-Za-z0-9._-]{0,254}$")] | None = None
    given_as: Literal["env", "file"] = msgspec.field(default="env", name="as")


class VariableNeed(Table, frozen=True):
    """`env_contract.NAME`: what the app needs of a variable."""

    required: bool = False
    kind: VariableKind | None = None
    schemes: list[str] = []
    one_of: list[str] = msgspec.field(default=[], name="in")
    none_of: Words = msgspec.field(default=[], name="not")
    forbidden: bool = False
    when: Words = []


class Remote(Table, frozen=True):
    """`remotes.NAME`: what is watched and not run."""

    probes: dict[Name, Probe]
    depends_on: list[Name] = []
    recover: list[Step] = []
    limits: Limits | None = None
    wake: Wake | None = None
    cwd: str | None = None
    env: Variables = {}
    env_file: Words | None = None
    env_inherit: list[str] = []
    secrets: dict[VariableName, Secret] = {}


class User(Table, frozen=True):
    """`user` as a table."""

    name: str | int
    group: str | int | None = None


class Native(Table, frozen=True):
    """What usher knows and PM2 does not: stands under `usher` in an app of PM2's form."""

    role: Name | None = None
    env_file: Words | None = None
    env_inherit: list[str] = []
    env_contract: dict[VariableName, VariableNeed] | str = {}
    """A table, or the path of a `.env.example` whose names are required."""
    secrets: dict[VariableName, Secret] = {}
    type: Literal["service", "job"] | None = None
    depends_on: list[str] | dict[str, Condition] = []
    restart_with: list[str] = []
    ready: Ready | None = None
    probes: dict[Name, Probe] = {}
    restart: RestartWhen | Restart | None = None
    stop: Stop | None = None
    sockets: list[Socket] = []
    probe_socket: bool = False
    log: Log | None = None
    nofile: Annotated[int, Meta(ge=64, le=1_048_576)] | None = None
    rlimits: dict[Rlimit, Annotated[int, Meta(ge=0)]] = {}
    umask: FileMode | None = None
    user: str | User | None = None
    rollout: Rollout | None = None
    pool: Pool | None = None
    memory: Memory | None = None
    stack_signal: SignalName | None = None
    sample: Interval | None = None
    watch: bool | Watch | None = None
    cron_restart: str | None = None
    autostart: bool | None = None
    accept_within: Duration | None = None
    channel: Literal["none", "ipc", "cluster"] | None = None
    instance_var: VariableName | None = None
    increment_var: VariableName | None = None
    pid_file: str | None = None
    compat: Literal["pm2"] | None = None
    """As PM2 also where usher is deliberately better, as far as a script may depend on it."""


# -- the guard: `usher.guard.toml`, or the key `guard` beside the apps -------------------------


class NamingFile(Table, frozen=True):
    """`file` or `tag` as a table: a file that names the role, or in JSON the value at `key`."""

    path: str
    key: str = ""
    equals: str = ""


class Match(Table, frozen=True):
    """`roles.NAME.match`: by what a host of this role is recognised."""

    env: dict[VariableName, Words] = {}
    hostname: Words | None = None
    address: Words | None = None
    file: str | NamingFile | list[NamingFile] | None = None
    tag: NamingFile | list[NamingFile] | None = None


class Role(Table, frozen=True):
    """`roles.NAME`."""

    match: Match = Match()


class Binding(Table, frozen=True):
    """One of `apps` as a table: its role, and by what else than its name it is recognised."""

    role: Words
    script: str = ""
    cwd: str = ""
    port: Port = 0


class Guard(Table, frozen=True):
    """The whole file."""

    roles: dict[Name, Role] = {}
    files: dict[str, Words] = {}
    apps: dict[str, Words | Binding] = {}


# -- apps -------------------------------------------------------------------------------------


class App(Native, frozen=True):
    """`[apps.NAME]`: an app of a native file, all keys side by side."""

    command: Words | None = None
    namespace: Name | None = None
    script: str | None = None
    args: Words | None = None
    interpreter: str | None = None
    cwd: str | None = None
    env: Variables = {}
    instances: Instances | None = None


class Regex(Table, frozen=True):
    """A RegExp of a JavaScript file, as its evaluation writes it."""

    source: str = msgspec.field(name="$re")
    flags: str = ""


class BasicAuth(Table, frozen=True):
    """`basic_auth` of an entry of `static`."""

    username: str
    password: str


class Static(Table, frozen=True):
    """An entry of `static`: a folder that PM2 serves."""

    path: str = "."
    port: Annotated[int, Meta(ge=0, le=65535)] = 8080
    host: str | None = None
    spa: bool = False
    ftp: bool = False
    basic_auth: BasicAuth | None = None
    monitor: bool | str | None = None
    """Accepted; usher reports to nobody."""
    name: str | None = None


class Pm2App(Table, frozen=True):
    """One app of PM2's files, under PM2's own names; `pm2.fields` knows the others.

    What PM2's documentation calls an array or one value is an array here.
    """

    script: str | None = None
    name: str | None = None
    namespace: str | None = None
    args: Arguments = []
    cwd: str | None = None
    interpreter: str | None = None
    node_args: Arguments = []
    instances: InstanceCount | None = None
    exec_mode: Literal["fork_mode", "cluster_mode"] | None = None
    instance_var: str | None = None
    increment_var: str | None = None
    env: dict[str, Any] = {}
    env_file: Words | None = None
    filter_env: bool | str | list[str] = False
    append_env_to_name: bool = False
    port: int | str | None = None
    autostart: bool = True
    autorestart: bool = True
    stop_exit_codes: list[Whole] = []
    min_uptime: Milliseconds | None = None
    max_restarts: Whole | None = None
    restart_delay: Milliseconds | None = None
    exp_backoff_restart_delay: Milliseconds | None = None
    kill_timeout: Milliseconds | None = None
    shutdown_with_message: bool = False
    treekill: bool = True
    wait_ready: bool = False
    listen_timeout: Milliseconds | None = None
    max_memory_restart: Size | None = None
    cron_restart: str | int | None = None
    watch: bool | list[str] = False
    ignore_watch: list[str | Regex] | None = None
    watch_delay: Milliseconds | None = None
    watch_options: dict[str, Any] = {}
    out_file: str | None = None
    error_file: str | None = None
    log_file: bool | str | None = None
    merge_logs: bool | None = None
    log_date_format: str | None = None
    time: bool = False
    log_type: str | None = None
    disable_logs: bool = False
    pid_file: str | None = None
    uid: str | int | None = None
    gid: str | int | None = None
    source_map_support: bool = True
    disable_source_map_support: bool = False
    usher: Native = Native()
