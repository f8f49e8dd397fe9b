"""usher: `usher start usher.toml`, its state in a folder of its own."""

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


class Usher:
    """The daemon and its keeper."""

    dates: ClassVar = True

    def __init__(self, installs: Installs, home: Path) -> None:
        self._program = str(installs.usher)
        self._home = home
        self._env = plain_environment(home) | {
            "USHER_HOME": str(home / "state"),
            "PM2_HOME": str(home / "pm2"),
        }

    def start(self, services: Sequence[Service]) -> None:
        file = self._home / "usher.toml"
        file.write_text("".join(map(self._app, services)))
        # Not waiting for readiness: a service that crashes on purpose never is.
        self._command("start", "--no-wait", str(file)).run()

    def serve(self, web: Web) -> None:
        self._command("start", str(cluster_file(self._home, web))).run()

    def reload(self) -> None:
        self._command("reload", "web").run()

    def list_command(self) -> Command:
        return self._command("list")

    def roots(self) -> list[int]:
        pong = json.loads(self._command("ping", "--json").run())
        return [pong["daemon"]["pid"], pong["keeper"]["pid"]]

    def revive(self) -> None:
        """Any command does: it starts a keeper where there is none."""
        self._command("list").run()

    def known(self, service: Service) -> int | None:
        apps = json.loads(self._command("jlist").run())
        return next((app["pid"] for app in apps if app["name"] == service.name), None)

    def log_file(self, service: Service) -> Path:
        return self._home / "state" / "logs" / f"{service.name}-out.log"

    def end(self) -> None:
        self._command("kill").run()

    def _command(self, *arguments: str) -> Command:
        return Command((self._program, *arguments), self._env)

    @staticmethod
    def _app(service: Service) -> str:
        # A JSON list of strings is a TOML one.
        command = json.dumps(service.argv)
        date = 'date_format = "YYYY-MM-DDTHH:mm:ss", ' if service.log == "dated" else ""
        return f'[apps.{service.name}]\ncommand = {command}\nlog = {{ {date}max_size = "1G" }}\n'
