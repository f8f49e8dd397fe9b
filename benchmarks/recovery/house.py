"""An usher with a home of its own, and what it says about its services."""

from __future__ import annotations

import contextlib
import json
import shutil
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.rig.command import BenchmarkError, Command, plain_environment, wait_until

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

START_PATIENCE = 120.0
"""Seconds until every service is ready and every probe has passed, on a busy machine."""


class House:
    """Runs commands in one home."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        bin_ = str(Path(sys.executable).parent)
        env = plain_environment(folder)
        self._env = env | {"USHER_HOME": str(folder / "home"), "PATH": f"{bin_}:{env['PATH']}"}

    def start(self, tables: str) -> None:
        """Start the services of these tables and wait until every probe has passed."""
        (self._folder / "usher.toml").write_text(tables)
        self.say("start")
        wait_until(self._proved, START_PATIENCE, "that every probe passed")

    def say(self, *words: str) -> str:
        """Run one command and return what it printed."""
        program = (sys.executable, "-m", "usher.main", *words)
        return Command(program, self._env, self._folder).run()

    def instances(self) -> dict[str, dict[str, Any]]:
        """The first instance of each service, as `usher list --json` has it."""
        services = json.loads(self.say("list", "--json"))["services"]
        return {each["name"]: each["instances"][0] for each in services if each["instances"]}

    def incidents(self) -> list[dict[str, Any]]:
        """Every incident, the newest first."""
        return json.loads(self.say("incidents", "--json"))["incidents"]

    def report(self, incident: dict[str, Any]) -> dict[str, Any]:
        """The whole incident, with its causes and its timeline."""
        return json.loads(self.say("incident", "show", incident["id"], "--json"))

    def events(self, service: str) -> list[dict[str, Any]]:
        """Everything that happened to a service."""
        lines = self.say("events", "--json", service).splitlines()
        return [json.loads(line) for line in lines]

    def _proved(self) -> bool:
        probes = [probe for each in self.instances().values() for probe in each["probes"]]
        return all(probe["ok"] for probe in probes)


@contextmanager
def house() -> Generator[House]:
    """Make a home; end everything in it afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="recovery-"))
    made = House(folder)
    try:
        yield made
    finally:
        with contextlib.suppress(BenchmarkError):
            made.say("kill")
        shutil.rmtree(folder, ignore_errors=True)


def tables(parts: Sequence[str], bystanders: int) -> str:
    """A configuration: these services, and so many, watched as well, that nothing happens to."""
    well = [
        f'[apps.well{n}]\ncommand = ["sleep", "100000"]\nprobes.is = {{ command = ["true"] }}\n'
        for n in range(bystanders)
    ]
    return "".join([*parts, *well])
