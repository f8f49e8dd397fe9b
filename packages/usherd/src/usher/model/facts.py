"""What was seen on the host: `usher.host` looks, `usher.guard` judges, and neither knows the other.

A fact that cannot be had (another user's process, a hidden /proc) is None or empty, never a guess:
a judgement says that it is unknown.
"""

import msgspec

from usher.model.value import Value


class Running(Value, frozen=True):
    """A process that was there when we looked."""

    pid: int
    command: str
    """Its words, with blanks between them; what looks like a secret is masked."""
    user: str
    cwd: str = ""
    """Links resolved; empty where it cannot be seen."""
    script: str = ""
    """The first file among its words, links resolved; empty where it cannot be seen."""
    home: str = ""
    """State folder of the usher that runs it; empty for what usher does not run ..."""
    service: str = ""
    """... and as which service."""
    args: tuple[str, ...] = ()
    """The words behind the script."""
    ports: tuple[int, ...] = ()
    """TCP ports that it listens on, where that was asked for."""
    starter: str = ""
    """Who started it, as far as can be seen: "systemd unit 'web.service'", "PM2 (pid 12)"."""
    since: float = 0.0
    """When it was started, wall clock; 0: not to be seen."""
    began: str = ""
    """The same in local time as people read it; empty: not to be seen."""


class Listener(Value, frozen=True):
    """A TCP socket that listens. No holders: its process belongs to somebody else."""

    port: int
    host: str
    holders: tuple[Running, ...] = ()


class Folder(Value, frozen=True):
    """A folder that a service writes into, or the nearest one above that exists."""

    path: str
    """As asked for."""
    existing: str
    """The folder that exists: `path` itself, or what is nearest above it."""
    owner: str
    mode: int
    writable: bool
    """For the user who asks."""
    free: int
    """Bytes that this user may still write there."""
    size: int
    """Bytes of the whole file system."""
    inodes_free: int
    inodes: int
    """0: this file system counts none."""
    device: int = 0
    """Tells file systems apart."""
    asked_by: str = ""
    """The user who asks."""


class PlainFile(Value, frozen=True):
    """A file that something names. `kind` says what for: "config", "env", "log", "state"."""

    path: str
    kind: str
    mode: int
    owner: str
    group_is_shared: bool = False
    """Whether its group is more than its owner's own."""
    changed: float = 0.0
    """Wall clock, seconds."""


class Machine(Value, frozen=True):
    """What all services share. None: it cannot be seen."""

    memory: int | None = None
    """Bytes that there are, the control group's limit counted in."""
    available: int | None = None
    """Bytes that can be had without swapping."""
    nofile: int | None = None
    """The hard limit of open files; None: none, or not to be seen."""
    first_free_port: int = 1024
    """The lowest port that needs no privilege."""
    is_root: bool = False
    now: float = 0.0
    """Wall clock, seconds."""
    synchronised: bool | None = None
    """Whether the kernel says that its clock follows another one."""


class Certificate(Value, frozen=True):
    """A certificate that an app is given. `not_after` is None where it cannot be read."""

    path: str
    named_by: str
    """The variable or word that names it."""
    not_after: float | None = None
    """Wall clock, seconds."""
    fault: str = ""
    """Why it cannot be read."""


class Remote(Value, frozen=True):
    """A host that a variable of an app names."""

    variable: str
    host: str
    port: int
    unresolved: str = ""
    """Why its name has no address; empty where it has one."""
    not_after: float | None = None
    """Until when the certificate is good that it shows, s since the epoch; None: it showed none."""


class Package(Value, frozen=True):
    """What lies in an app's folder around its `package.json`."""

    folder: str
    commands: tuple[tuple[str, str], ...] = ()
    """Name and text of each of its `scripts`."""
    engines_node: str = ""
    """What `engines.node` asks for; empty: nothing."""
    dependencies: tuple[str, ...] = ()
    """Names of what runs with it (`dependencies`, not those for development)."""
    missing: tuple[str, ...] = ()
    """Those of them that are not in any `node_modules` above the folder."""
    newest_source: str = ""
    """The source file that was changed last ..."""
    source_changed: float = 0.0
    """... and when (wall clock, seconds); 0: there is no source beside the build."""


class Artefact(Value, frozen=True):
    """What a build made, as far as an app runs it."""

    path: str
    exists: bool
    changed: float = 0.0


class Syntax(Value, frozen=True):
    """What an interpreter says about a script. `fault` is empty when nothing is wrong."""

    script: str
    fault: str = ""
    line: int = 0
    file: str = ""
    node: str = ""
    """The version, where Node is the interpreter: "20.11.1"."""


class Source(Value, frozen=True):
    """A line of an app's own source that a check looks for."""

    file: str
    line: int
    text: str


class AppFacts(Value, frozen=True):
    """What is compared of an app between hosts. `env` holds keyed hashes, never values."""

    env: dict[str, str] = msgspec.field(default_factory=dict)
    argv: tuple[str, ...] = ()
    instances: int = 1
    ports: tuple[int, ...] = ()
    version: str = ""
    """Of its package.json."""
    migrations: tuple[str, ...] = ()
    """Names of the files in its folder of migrations: how many, and the newest."""
    reaches: dict[str, str] = msgspec.field(default_factory=dict)
    """What its variables name (variable, host:port) -> "yes" or why not."""


class HostFacts(Value, frozen=True):
    """What `usher facts` writes and `usher compare` reads."""

    host: str = ""
    role: str = ""
    key: str = ""
    """Tells which key the hashes were made with; values compare under the same one only."""
    versions: dict[str, str] = msgspec.field(default_factory=dict)
    """Program -> version, of what the apps run on."""
    apps: dict[str, AppFacts] = msgspec.field(default_factory=dict)
    format: int = 1


class TextFile(Value, frozen=True):
    """A small script or document that lies beside an app."""

    path: str
    content: str
