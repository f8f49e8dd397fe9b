"""The shape of a configuration file, as it is written. One class a table, one field a key.

This is the only list of keys: the reader walks it, docs/reference/configuration.md is compared
with it. Defaults live where they are used: in `usher.model.spec`. None means "not written".
"""

from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

from usher.config.units import Duration, FileMode, Interval, SignalName, Size
from usher.model.spec import Condition, RestartWhen, Scope

Name: TypeAlias = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9_][A-Za-z0-9._@-]{0,63}$",
        description="a name of at most 64 letters, digits, '.', '_', '@' and '-'",
    ),
]
Count: TypeAlias = Annotated[int, Meta(ge=1, le=1000, description="a whole number from 1 to 1000")]
Instances: TypeAlias = Count | Literal["max"]
Port: TypeAlias = Annotated[int, Meta(ge=0, le=65535, description="a port from 0 to 65535")]
HttpStatus: TypeAlias = Annotated[int, Meta(ge=100, le=599, description="an HTTP status")]
Words: TypeAlias = str | list[str]
Variables: TypeAlias = dict[str, str | int | float | bool]


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base: a table of the file; unknown keys are errors."""


class Question(Table, frozen=True):
    """What a probe asks: exactly one of the four, with what belongs to it."""

    http: str | None = None
    # A list, not a pair: msgspec 0.22 corrupts memory on a bounded number beside a fixed tuple.
    status: HttpStatus | list[HttpStatus] | None = None
    host: str | None = None
    tcp: str | None = None
    listen: bool | Port | None = None
    command: Words | None = None


class Ready(Question, frozen=True):
    """`ready`: the proof that an instance is ready, and how long it may take."""

    notify: bool | None = None
    alive_for: Duration | None = None
    timeout: Interval | None = None
    interval: Interval | None = None
    ask_timeout: Interval | None = None


class Probe(Question, frozen=True):
    """`probes.NAME`: a question that is asked as long as the instance runs."""

    scope: Scope | None = None
    interval: Interval | None = None
    timeout: Interval | None = None
    confirm_interval: Interval | None = None
    fail: Count | None = None
    passes: Count | None = msgspec.field(default=None, name="pass")


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


class Stop(Table, frozen=True):
    """`stop`: the signal, and how long everything may take."""

    signal: SignalName | None = None
    timeout: Interval | None = None
    kill_timeout: Interval | None = None
    drain: Duration | None = None


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
    """`log`: files and their rotation."""

    out: str | None = None
    err: str | None = None
    max_size: Size | None = None
    retain: Annotated[int, Meta(ge=0, le=1000)] | None = None


class Native(Table, frozen=True):
    """What usher knows and PM2 does not: stands under `usher` in an app of an `apps` array."""

    command: Words | None = None
    env_file: Words | None = None
    env_inherit: list[str] = []
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
    umask: FileMode | None = None


class App(Native, frozen=True):
    """`[apps.NAME]`: an app of a native file, all keys side by side."""

    namespace: Name | None = None
    script: str | None = None
    args: Words | None = None
    interpreter: str | None = None
    cwd: str | None = None
    env: Variables = {}
    instances: Instances | None = None


class ListedApp(Table, frozen=True):
    """One of an `apps` array, as in PM2's files: PM2's keys, and usher's own under `usher`."""

    name: Name | None = None
    namespace: Name | None = None
    script: str | None = None
    args: Words | None = None
    interpreter: str | None = None
    cwd: str | None = None
    env: Variables = {}
    instances: Instances | None = None
    usher: Native = Native()

    def as_app(self) -> App:
        """Put the keys of both side by side."""
        own = {key: getattr(self, key) for key in self.__struct_fields__}
        del own["name"], own["usher"]
        return App(**own, **{key: getattr(self.usher, key) for key in Native.__struct_fields__})
