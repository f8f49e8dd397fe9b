"""runit: runsvdir over service folders, one runsv (and svlogd) a service."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, ClassVar

from benchmarks.rig.command import Command, plain_environment
from benchmarks.rig.managers import service_folders
from benchmarks.rig.managers.foreground import Foreground

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benchmarks.rig.installs import Installs
    from benchmarks.rig.services import Service

LOGGERS = {"plain": "svlogd", "dated": "svlogd -tt"}


class Runit:
    """runsvdir and what it starts."""

    dates: ClassVar = True

    def __init__(self, installs: Installs, home: Path) -> None:
        self._root = home / "sv"
        self._env = installs.debian.environment(plain_environment(home))
        self._daemon = Foreground()

    def start(self, services: Sequence[Service]) -> None:
        service_folders.write(self._root, services, LOGGERS)
        self.revive()

    def revive(self) -> None:
        self._daemon.start(Command(("runsvdir", "-P", str(self._root)), self._env))

    def list_command(self) -> Command:
        return Command(("sv", "status", *map(str, sorted(self._root.iterdir()))), self._env)

    def roots(self) -> list[int]:
        return [self._daemon.pid]

    def known(self, service: Service) -> int | None:
        said = (self._root / service.name / "supervise" / "pid").read_text().strip()
        return int(said) if said else None

    def log_file(self, service: Service) -> Path:
        return service_folders.log_file(self._root, service)

    def end(self) -> None:
        if self._daemon.started:
            self._daemon.signal(signal.SIGHUP)  # "send TERM to each runsv and exit"
            self._daemon.wait()
