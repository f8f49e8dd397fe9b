"""PM2: `pm2 start ecosystem.config.json`, fork mode without interpreter."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, ClassVar

from benchmarks.rig.command import Command, plain_environment
from benchmarks.rig.managers.ecosystem import cluster_file

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benchmarks.rig.installs import Installs
    from benchmarks.rig.services import Service
    from benchmarks.rig.web import Web


class Pm2:
    """The daemon that PM2's first command leaves behind."""

    dates: ClassVar = True

    def __init__(self, installs: Installs, home: Path) -> None:
        self._program = str(installs.pm2)
        self._home = home
        self._state = home / "pm2"
        self._env = plain_environment(home) | {
            "PM2_HOME": str(self._state),
            "PM2_DISABLE_VERSION_CHECK": "true",
        }

    def start(self, services: Sequence[Service]) -> None:
        file = self._home / "ecosystem.config.json"
        file.write_text(json.dumps({"apps": list(map(self._app, services))}))
        self._command("start", str(file)).run()

    def serve(self, web: Web) -> None:
        self._command("start", str(cluster_file(self._home, web))).run()

    def reload(self) -> None:
        self._command("reload", "web").run()

    def list_command(self) -> Command:
        return self._command("list")

    def roots(self) -> list[int]:
        return [int((self._state / "pm2.pid").read_text())]

    def save(self) -> None:
        self._command("save").run()

    def revive(self) -> None:
        self._command("resurrect").run()

    def known(self, service: Service) -> int | None:
        said = self._command("jlist").run()
        apps = json.loads(said[said.index("[") :])
        return next((app["pid"] for app in apps if app["name"] == service.name), None)

    def log_file(self, service: Service) -> Path:
        return self._state / "logs" / f"{service.name}-out.log"

    def end(self) -> None:
        self._command("kill").run()

    def _command(self, *arguments: str) -> Command:
        return Command((self._program, *arguments), self._env)

    @staticmethod
    def _app(service: Service) -> dict[str, object]:
        program, *arguments = service.argv
        return {
            "name": service.name,
            "script": program,
            "args": arguments,
            "interpreter": "none",
            "exec_mode": "fork",
            "autorestart": True,
            "time": service.log == "dated",
        }
