"""circus: circusd in the foreground, one watcher a service, asked through its IPC end point."""

from __future__ import annotations

import contextlib
import shlex
import shutil
from typing import TYPE_CHECKING, ClassVar

from benchmarks.rig.command import BenchmarkError, Command, plain_environment, wait_until
from benchmarks.rig.managers.foreground import Foreground

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benchmarks.rig.installs import Installs
    from benchmarks.rig.services import Service
    from benchmarks.rig.web import Web


class Circus:
    """circusd."""

    dates: ClassVar = True

    def __init__(self, installs: Installs, home: Path) -> None:
        self._bin = installs.circus
        self._home = home
        self._file = home / "circus.ini"
        self._env = plain_environment(home)
        self._daemon = Foreground()

    def start(self, services: Sequence[Service]) -> None:
        self._file.write_text(self._settings() + "".join(map(self._watcher, services)))
        self.revive()

    def serve(self, web: Web) -> None:
        node = shutil.which("node")
        watcher = (
            f"[watcher:web]\ncmd = {node} {web.script} $(circus.sockets.web) {web.manners}\n"
            "numprocesses = 2\nuse_sockets = True\ncopy_env = True\n"
            f"[socket:web]\nhost = 127.0.0.1\nport = {web.port}\n"
        )
        self._file.write_text(self._settings() + watcher)
        self.revive()

    def reload(self) -> None:
        self._command("reload", "web", "--waiting").run()

    def revive(self) -> None:
        self._daemon.start(Command((str(self._bin / "circusd"), str(self._file)), self._env))
        wait_until(self._answers, 60, "the start of circusd")

    def list_command(self) -> Command:
        return self._command("status")

    def roots(self) -> list[int]:
        return [self._daemon.pid]

    def known(self, service: Service) -> int | None:
        said = self._command("list", service.name).run().strip()
        return int(said.split(",")[0]) if said[:1].isdecimal() else None

    def log_file(self, service: Service) -> Path:
        return self._home / f"{service.name}-out.log"

    def end(self) -> None:
        if not self._daemon.started:
            return
        with contextlib.suppress(BenchmarkError):
            self._command("quit", "--waiting").run()
        self._daemon.wait()

    def _answers(self) -> bool:
        try:
            self._command("--timeout", "5", "numwatchers").run()
        except BenchmarkError:
            return False
        return True

    def _command(self, *arguments: str) -> Command:
        client = str(self._bin / "circusctl")
        return Command((client, "--endpoint", f"ipc://{self._home}/c.sock", *arguments), self._env)

    def _settings(self) -> str:
        return (
            f"[circus]\nendpoint = ipc://{self._home}/c.sock\n"
            f"pubsub_endpoint = ipc://{self._home}/p.sock\nstatsd = False\n"
        )

    def _watcher(self, service: Service) -> str:
        text = f"[watcher:{service.name}]\ncmd = {shlex.join(service.argv)}\ncopy_env = True\n"
        if service.log != "any":
            text += "stdout_stream.class = FileStream\n"
            text += f"stdout_stream.filename = {self.log_file(service)}\n"
        if service.log == "dated":
            text += "stdout_stream.time_format = %Y-%m-%dT%H:%M:%S\n"
        return text
