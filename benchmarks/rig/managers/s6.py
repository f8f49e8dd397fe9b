"""s6: s6-svscan over service folders, one s6-supervise (and s6-log) a service."""

from __future__ import annotations

import contextlib
import shlex
from typing import TYPE_CHECKING, ClassVar

from benchmarks.rig.command import BenchmarkError, Command, plain_environment
from benchmarks.rig.managers import service_folders
from benchmarks.rig.managers.foreground import Foreground

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benchmarks.rig.installs import Installs
    from benchmarks.rig.services import Service

LOGGERS = {"plain": "s6-log n20 s268435455", "dated": "s6-log n20 s268435455 T"}


class S6:
    """s6-svscan and what it starts."""

    dates: ClassVar = True

    def __init__(self, installs: Installs, home: Path) -> None:
        self._root = home / "sv"
        self._debian = installs.debian
        self._env = installs.debian.environment(plain_environment(home))
        self._daemon = Foreground()

    def start(self, services: Sequence[Service]) -> None:
        service_folders.write(self._root, services, LOGGERS)
        self.revive()

    def revive(self) -> None:
        scan = ("s6-svscan", "-c", "2500", str(self._root))
        self._daemon.start(Command(self._debian.in_place(scan), self._env))

    def list_command(self) -> Command:
        """s6 shows one service at a time; people loop over them."""
        loop = f"for s in {shlex.quote(str(self._root))}/*; do echo $s; s6-svstat $s; done"
        return Command(("/bin/sh", "-c", loop), self._env)

    def roots(self) -> list[int]:
        return [self._daemon.pid]

    def known(self, service: Service) -> int | None:
        asked = Command(("s6-svstat", "-o", "pid", str(self._root / service.name)), self._env)
        pid = int(asked.run())
        return pid if pid > 0 else None

    def log_file(self, service: Service) -> Path:
        return service_folders.log_file(self._root, service)

    def end(self) -> None:
        if not self._daemon.started:
            return
        with contextlib.suppress(BenchmarkError):
            Command(("s6-svscanctl", "-t", str(self._root)), self._env).run()
        self._daemon.wait()
