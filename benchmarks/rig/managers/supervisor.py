"""supervisor: supervisord in the foreground, asked through its Unix socket."""

from __future__ import annotations

import contextlib
import shlex
from typing import TYPE_CHECKING, ClassVar

from benchmarks.rig.command import BenchmarkError, Command, plain_environment, wait_until
from benchmarks.rig.managers.foreground import Foreground

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benchmarks.rig.installs import Installs
    from benchmarks.rig.services import Service


class Supervisor:
    """supervisord."""

    dates: ClassVar = False

    def __init__(self, installs: Installs, home: Path) -> None:
        self._bin = installs.supervisor
        self._home = home
        self._file = home / "supervisord.conf"
        self._env = plain_environment(home)
        self._daemon = Foreground()

    def start(self, services: Sequence[Service]) -> None:
        self._file.write_text(self._settings() + "".join(map(self._program, services)))
        self.revive()

    def revive(self) -> None:
        socket = self._home / "s.sock"
        socket.unlink(missing_ok=True)
        server = str(self._bin / "supervisord")
        self._daemon.start(
            Command((server, "--nodaemon", "--configuration", str(self._file)), self._env)
        )
        wait_until(socket.exists, 30, "the start of supervisord")

    def list_command(self) -> Command:
        return self._command("status")

    def roots(self) -> list[int]:
        return [self._daemon.pid]

    def known(self, service: Service) -> int | None:
        said = self._command("pid", service.name).run().strip()
        return int(said) if said.isdecimal() else None

    def log_file(self, service: Service) -> Path:
        return self._home / f"{service.name}-out.log"

    def end(self) -> None:
        if not self._daemon.started:
            return
        # It is our child: ended and reaped in any case, whatever its client says.
        with contextlib.suppress(BenchmarkError):
            self._command("shutdown").run()
        self._daemon.wait()

    def _command(self, *arguments: str) -> Command:
        client = str(self._bin / "supervisorctl")
        return Command((client, "--configuration", str(self._file), *arguments), self._env)

    def _settings(self) -> str:
        return (
            f"[supervisord]\nlogfile={self._home}/supervisord.log\n"
            f"pidfile={self._home}/supervisord.pid\nminfds=8192\n"
            f"[unix_http_server]\nfile={self._home}/s.sock\n"
            f"[supervisorctl]\nserverurl=unix://{self._home}/s.sock\n"
            "[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory="
            "supervisor.rpcinterface:make_main_rpcinterface\n"
        )

    def _program(self, service: Service) -> str:
        command = shlex.join(service.argv).replace("%", "%%")
        return (
            f"[program:{service.name}]\ncommand={command}\n"
            f"stdout_logfile={self.log_file(service)}\nstdout_logfile_maxbytes=0\n"
        )
