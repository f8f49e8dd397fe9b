"""Words of the guard: which role a host has, which role an app needs, and where each is said.

Where several places say something, all of them must agree; nothing here has a default that would
let a start pass. `usher.guard` judges, `usher.host` gathers the evidence, `usher.config` reads the
rules.
"""

from typing import Literal, TypeAlias

import msgspec

from usher.model.value import Value

SourceKind: TypeAlias = Literal["file", "env", "tag", "hostname", "address"]
"""What a role can be recognised by. The first three name a role, the others only fit one."""


class Place(Value, frozen=True):
    """A file that names a role: its whole text, or in JSON the value at `key` ("a.b.c")."""

    path: str
    key: str = ""
    equals: str = ""
    """What it has to say; empty: the role's own name."""


class RoleMatch(Value, frozen=True):
    """By what a host of one role is recognised. Every way that is written may say so."""

    env: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    """Variable -> the values that mean this role."""
    hostname: tuple[str, ...] = ()
    """Patterns with `*` and `?`."""
    address: tuple[str, ...] = ()
    """Addresses or networks (10.0.2.0/24) of which the host has one."""
    file: tuple[Place, ...] = ()
    tag: tuple[Place, ...] = ()
    """Files that a cloud writes (instance metadata)."""


class AppRule(Value, frozen=True):
    """Which roles an app needs (any of them). It is meant by its name, or by all that is given."""

    name: str
    roles: tuple[str, ...]
    script: str = ""
    """Absolute path, with `*` and `?`."""
    cwd: str = ""
    port: int = 0

    @property
    def describes(self) -> bool:
        """Whether it tells the app by more than its name."""
        return bool(self.script or self.cwd or self.port)


class Rules(Value, frozen=True):
    """One guard file, or the key `guard` of a configuration file."""

    source: str
    """Path, for messages and for what is remembered."""
    roles: dict[str, RoleMatch] = msgspec.field(default_factory=dict)
    files: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    """Absolute path, or bare name of a configuration file -> the roles of its apps."""
    apps: tuple[AppRule, ...] = ()


class Source(Value, frozen=True, order=True):
    """One thing to look at on the host. `name` is a path or a variable, or empty."""

    kind: SourceKind
    name: str = ""
    key: str = ""


class Evidence(Value, frozen=True):
    """What was seen there. No values and no fault: it is not there."""

    source: Source
    values: tuple[str, ...] = ()
    pinned: bool = False
    """A role file that only root or usher's own user can have written: it decides."""
    fault: str = ""
    """Why it cannot be seen although it is there; such a thing is never passed over."""

    @property
    def absent(self) -> bool:
        """Whether it says nothing because it is not there."""
        return not self.values and not self.fault

    def __str__(self) -> str:
        """Render as "hostname 'apiserver-1'", "SERVER_TYPE='web'", "/etc/usher/role 'api'"."""
        said = self.fault or ", ".join(map(repr, self.values))
        match self.source.kind:
            case "env":
                return f"{self.source.name}={said}" if said else f"{self.source.name} is not set"
            case "hostname" | "address":
                return f"{self.source.kind} {said or 'is not known'}"
            case "file" | "tag":
                name = f"{self.source.name}#{self.source.key}".rstrip("#")
                return f"{name} {said or 'is not there'}"


class App(Value, frozen=True):
    """What is known of an app that is to be started: judged by what it runs, not by its file."""

    name: str
    label: str = ""
    script: str = ""
    """Absolute, links resolved."""
    args: tuple[str, ...] = ()
    cwd: str = ""
    """Absolute, links resolved."""
    ports: tuple[int, ...] = ()
    file: str = ""
    """Absolute path of the file that defines it; empty where none does."""
    role: str = ""
    """What its own definition says."""


class Override(Value, frozen=True):
    """A person's leave to start one service in spite of one code, for a while."""

    service: str
    code: str
    at: float
    until: float
    """Wall clock, seconds."""
    who: str
    reason: str

    @property
    def lasting_words(self) -> str:
        """For how long it holds: "4 h", "90 min"."""
        minutes = round((self.until - self.at) / 60)
        return f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes} min"
