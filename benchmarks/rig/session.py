"""Run a manager with services for the length of a `with`, and leave nothing behind."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rig import procfs
from rig.command import BenchmarkError, wait_until
from rig.managers import MANAGERS
from rig.services import Stamps

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from rig.installs import Installs
    from rig.managers import Manager
    from rig.services import Service

START_LIMIT = 60.0
"""Seconds within which all services must have started."""

END_LIMIT = 10.0
"""Seconds after a manager's own command to end, after which what is left is killed."""


@dataclass(frozen=True, slots=True)
class Running:
    """A manager at work."""

    name: str
    manager: Manager
    stamps: Stamps

    def start(self, services: Sequence[Service]) -> None:
        """Start the manager with `services`; return when the last of them runs."""
        self.manager.start(services)
        wait_until(
            lambda: len(self.stamps.starts()) >= len(services),
            START_LIMIT,
            f"the start of {len(services)} services under {self.name}",
        )

    def own_processes(self) -> set[int]:
        """Return the manager's processes: all of its tree but the services."""
        return procfs.descendants(self.manager.roots()) - procfs.mentioning(self.stamps.path)


@dataclass(frozen=True, slots=True)
class Bench:
    """What all measurements share: the managers by name, and the service they run."""

    names: Sequence[str]
    installs: Installs
    child: tuple[str, ...]

    def turns(self, rounds: int) -> Iterator[list[str]]:
        """Return for each round the managers in another order, so that noise hits all alike."""
        for i in range(rounds):
            first = i % len(self.names)
            yield [*self.names[first:], *self.names[:first]]

    @contextmanager
    def running(self, name: str) -> Generator[Running]:
        """Give a manager in a new folder; end it, its services and the folder afterwards."""
        with tempfile.TemporaryDirectory(prefix=f"bench-{name}-") as folder:
            home = Path(folder)
            manager = MANAGERS[name](self.installs, home)
            try:
                yield Running(name, manager, Stamps(home / "stamps"))
            finally:
                _end(manager, home)


def _end(manager: Manager, home: Path) -> None:
    """End the manager by its own command; kill what that leaves, by process id."""
    try:
        manager.end()
    except BenchmarkError as error:
        print(f"peers: {error}", file=sys.stderr)
    end = time.monotonic() + END_LIMIT
    while left := procfs.mentioning(home):
        if time.monotonic() > end:
            print(f"peers: still there after its end, killed: {sorted(left)}", file=sys.stderr)
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)
