"""What the builders of one app's definition share: the app as written, and how to complain."""

from collections.abc import Callable, Mapping
from pathlib import Path as FilePath
from typing import NamedTuple

from usher.config.check import Path, Report
from usher.config.schema import App
from usher.model.finding import VALUE
from usher.model.spec import External


class Surroundings(NamedTuple):
    """What a file means depends on these: where it lies, who calls, and the machine."""

    folder: FilePath
    """Absolute; relative paths of the file start here."""
    env: Mapping[str, str]
    """The caller's environment."""
    cpus: int
    """What `instances = "max"` stands for."""
    cwd: FilePath = FilePath("/")
    """Where the caller stands; PM2's files mean this folder."""
    engine: str | None = None
    """What evaluates JavaScript: a node, "" for the embedded engine, None for the better one."""

    elsewhere: bool = False
    """As in Choice."""
    set_by_file: Mapping[str, str | None] = {}
    """What a JavaScript file did to `process.env`, as dotenv does; None: deleted."""

    @property
    def home(self) -> str:
        """The caller's home."""
        return self.env.get("HOME") or "/"

    @property
    def pm2_home(self) -> str:
        """PM2's folder."""
        return self.env.get("PM2_HOME") or f"{self.home.rstrip('/')}/.pm2"


class Choice(NamedTuple):
    """What the caller wants of a file."""

    only: tuple[str, ...] = ()
    """Names of apps; empty: all."""
    env_name: str = ""
    """What `--env` says."""
    overrides: Mapping[str, object] = {}
    """PM2's fields from the command line."""
    compat: bool = False
    """As PM2: an unknown name in `only` or `--env` is a warning."""
    strict: bool = False
    """Unknown keys are errors."""
    elsewhere: bool = False
    """The apps are for another host: what they name need not be on this one."""


class Written(NamedTuple):
    """One app as its author wrote it."""

    name: str
    app: App
    place: Callable[[str], Path]
    """Path of one of its keys in the file."""
    report: Report
    """Takes what keeps the app from being used."""
    externals: Mapping[str, External] = {}
    """What the file names beside apps."""

    def complain(
        self, key: str, message: str, hint: str = "", *, inside: Path = (), code: str = VALUE
    ) -> None:
        """Report something about a key, or about what stands at `inside` under it."""
        self.report((*self.place(key), *inside), message, hint, code)
