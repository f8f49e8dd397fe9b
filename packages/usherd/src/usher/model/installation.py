"""How usher itself is set up on a host: what `usher doctor` has seen, and what it says of it."""

from typing import Literal, TypeAlias

from usher.model.value import Value

Grade: TypeAlias = Literal["ok", "warning", "refused", "not-ready"]
"""warning: a person should look; refused: starts are; not-ready: nobody looks after the apps."""


class Line(Value, frozen=True, omit_defaults=False):
    """One thing that was looked at: what, how it stands, what was found, and what to do."""

    what: str
    grade: Grade
    found: str
    fix: str = ""
    """Empty: nothing has to be done."""


class BootUnit(Value, frozen=True):
    """What the host's init system has of us; no `text`: there is no such file."""

    kind: str
    """systemd, openrc, ..."""
    path: str
    expected: str
    """What `usher startup` would write now ..."""
    text: str | None = None
    """... and what is there."""
    enabled: bool = False


class Processes(Value, frozen=True):
    """Keeper and daemon. No pid: it does not answer."""

    was_killed: bool = False
    """A keeper was started in this home and did not end as asked, or runs."""
    daemon_pid: int | None = None
    daemon_version: str = ""
    keeper_pid: int | None = None
    keeper_version: str = ""
    safe_mode: bool = False
    end_of_keeper: str = ""
    """What would end the keeper where it runs, in a sentence; empty: nothing that is known."""
    nofile: int | None = None
    """The hard limit of open files of the keeper; None: none, or not to be seen."""


class App(Value, frozen=True):
    """What usher runs, as far as another manager may run the same."""

    name: str
    words: tuple[str, ...] = ()
    cwd: str = ""


class OtherManager(Value, frozen=True):
    """A PM2 that lives beside us. `apps` are the names and scripts of what it runs."""

    pid: int
    home: str
    apps: tuple[tuple[str, str], ...] = ()


class Scheduled(Value, frozen=True):
    """One entry of cron or command of a timer: its line, and what the scripts say that it names."""

    place: str
    """File, or whose crontab."""
    line: str
    scripts: tuple[tuple[str, str], ...] = ()
    """Path and text."""
    folder: str = ""
    """Where it runs, if that is said."""
    timer: str = ""
    """The unit of systemd that runs it; empty: cron does."""


class SavedList(Value, frozen=True):
    """What `usher resurrect` would bring back: all it knows, and what is to be up."""

    known: tuple[str, ...]
    up: tuple[str, ...]
