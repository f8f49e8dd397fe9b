"""What the builders of one app's definition share: the app as written, and how to complain."""

from collections.abc import Callable, Mapping
from pathlib import Path as FilePath
from typing import NamedTuple

from usher.config.check import Path, Report
from usher.config.schema import App


class Surroundings(NamedTuple):
    """What a file means depends on these: where it lies, who calls, and the machine."""

    folder: FilePath
    """Absolute; relative paths of the file start here."""
    env: Mapping[str, str]
    """The caller's environment."""
    cpus: int
    """What `instances = "max"` stands for."""


class Written(NamedTuple):
    """One app as its author wrote it."""

    name: str
    app: App
    place: Callable[[str], Path]
    """Path of one of its keys in the file."""
    report: Report

    def complain(self, key: str, message: str, hint: str = "", *, inside: Path = ()) -> None:
        """Report something about a key, or about what stands at `inside` under it."""
        self.report((*self.place(key), *inside), message, hint)
