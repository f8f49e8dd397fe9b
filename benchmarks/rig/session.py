"""Run managers with services for the length of a `with`, and leave nothing behind."""

from __future__ import annotations

import contextlib
import math
import os
import signal
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.rig import procfs
from benchmarks.rig.command import BenchmarkError, wait_until
from benchmarks.rig.managers import MANAGERS
from benchmarks.rig.services import Stamps

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence

    from benchmarks.rig.figure import Figure
    from benchmarks.rig.installs import Installs
    from benchmarks.rig.managers.manager import Manager, Reloader
    from benchmarks.rig.services import Service
    from benchmarks.rig.web import Web

START_LIMIT = 60.0
"""Seconds within which all services must have started."""

END_LIMIT = 10.0
"""Seconds after a manager's own command to end, after which what is left is killed."""


@dataclass(slots=True)
class Running:
    """A manager at work."""

    name: str
    manager: Manager
    stamps: Stamps
    abandoned: bool = field(default=False, init=False)
    """Whether its services are in a state for which its own command to end is not made."""
    _begun: bool = field(default=False, init=False)

    def start(self, services: Sequence[Service]) -> float:
        """Start the manager with `services`; return the seconds until the last of them ran."""
        begin = time.monotonic_ns()
        self._begun = True
        self.manager.start(services)
        wait_until(
            lambda: self.stamps.count() >= len(services),
            START_LIMIT,
            f"the start of {len(services)} services under {self.name}",
        )
        return (self.stamps.starts()[len(services) - 1].at - begin) / 1e9

    def serve(self, reloader: Reloader, web: Web) -> None:
        """Start the manager, which is `reloader`, with the workers of `web`."""
        self._begun = True
        reloader.serve(web)

    def end(self) -> float:
        """Stop everything by the manager's own command; return the seconds until nothing runs."""
        began, self._begun = self._begun, False
        begin = time.monotonic()
        if began and not self.abandoned:
            self.manager.end()
            started = {start.pid for start in self.stamps.starts()}
            what = f"the end of {len(started)} services under {self.name}"
            wait_until(lambda: not any(map(procfs.lives, started)), END_LIMIT, what)
        return time.monotonic() - begin

    def own_processes(self) -> set[int]:
        """Return the manager's processes: all of its tree but the services."""
        return procfs.descendants(self.manager.roots()) - procfs.mentioning(self.stamps.path)

    def services(self) -> dict[int, str]:
        """Return the name of each living service by its process id."""
        path = str(self.stamps.path)
        found: dict[int, str] = {}
        for pid in procfs.mentioning(self.stamps.path):
            words = procfs.arguments(pid)
            if path in words[:-1]:
                found[pid] = words[words.index(path) + 1]
        return found


@dataclass(frozen=True, slots=True)
class Bench:
    """What all measurements share: the managers by name, and the service they run."""

    names: Sequence[str]
    installs: Installs
    child: tuple[str, ...]

    def turns(self, rounds: int, limit: float = math.inf) -> Iterator[list[str]]:
        """Return for each round the managers in another order, so that noise hits all alike.

        There is one round at least; after `limit` seconds no other one begins, so that a busy
        machine takes fewer samples rather than hours.
        """
        end = time.monotonic() + limit
        for i in range(rounds):
            if i and time.monotonic() > end:
                break
            first = i % len(self.names)
            yield [*self.names[first:], *self.names[:first]]

    @contextmanager
    def running(self, name: str) -> Generator[Running]:
        """Give a manager in a new folder; end it, its services and the folder afterwards."""
        with tempfile.TemporaryDirectory(prefix=f"bench-{name}-") as folder:
            home = Path(folder)
            running = Running(name, MANAGERS[name](self.installs, home), Stamps(home / "stamps"))
            try:
                yield running
            finally:
                _end(running, home)

    @contextmanager
    def together(
        self, services: Callable[[Running], Sequence[Service]], figures: Iterable[Figure]
    ) -> Generator[dict[str, Running]]:
        """Give all managers at once, each with its `services`: for what takes long and no CPU.

        One that does not start is noted in `figures` and not there.
        """
        with ExitStack() as stack:
            started: dict[str, Running] = {}
            for name in self.names:
                running = stack.enter_context(self.running(name))
                with noting(name, figures):
                    running.start(services(running))
                    started[name] = running
            yield started


@contextmanager
def noting(name: str, figures: Iterable[Figure]) -> Generator[None]:
    """Note in `figures` what goes wrong within the block: the other managers are still measured."""
    try:
        yield
    except (BenchmarkError, OSError) as error:
        print(f"peers: {name}: {error}", file=sys.stderr)
        for figure in figures:
            figure.fail(name, str(error).splitlines()[0])


def _end(running: Running, home: Path) -> None:
    """End the manager by its own command; kill what that leaves, by process id."""
    end = 0.0 if running.abandoned else time.monotonic() + END_LIMIT
    try:
        running.end()
    except (BenchmarkError, OSError) as error:
        print(f"peers: {running.name}: {error}", file=sys.stderr)
        end = 0.0
    while left := procfs.belonging(home):
        if time.monotonic() > end:
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)
