"""The managers that are compared: how each is told to start, list and end services.

All run the same services with an environment of their own in a folder of their own. Each is set
up as its documentation says, with what would make the comparison unfair turned off: log files
are not rotated by any (PM2 has no rotation of its own).
"""

from __future__ import annotations

import contextlib
import json
import shlex
import subprocess
from typing import TYPE_CHECKING, Protocol

from rig.command import BenchmarkError, Command, plain_environment, wait_until

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rig.installs import Installs
    from rig.services import Service


class Manager(Protocol):
    """What the measurements need of a manager."""

    def start(self, services: Sequence[Service]) -> None:
        """Start the manager and under it `services`; they may come up after the return."""
        ...

    def list_command(self) -> Command:
        """Return the command by which people look at all services."""
        ...

    def roots(self) -> list[int]:
        """Return the process ids from which all processes of the manager descend."""
        ...

    def log_file(self, service: Service) -> Path:
        """Return where the service's standard output goes."""
        ...

    def end(self) -> None:
        """Stop all services and the manager itself."""
        ...


class Usher:
    """usher: `usher start usher.toml`, its state in a folder of its own."""

    def __init__(self, installs: Installs, home: Path) -> None:
        self._program = str(installs.usher)
        self._home = home
        self._env = plain_environment(home) | {"USHER_HOME": str(home / "state")}

    def start(self, services: Sequence[Service]) -> None:
        file = self._home / "usher.toml"
        file.write_text("".join(map(self._app, services)))
        self._command("start", str(file)).run()

    def list_command(self) -> Command:
        return self._command("list")

    def roots(self) -> list[int]:
        pong = json.loads(self._command("ping", "--json").run())
        return [pong["daemon"]["pid"], pong["keeper"]["pid"]]

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
        return f'[apps.{service.name}]\ncommand = {command}\nlog = {{ max_size = "1G" }}\n'


class Pm2:
    """PM2: `pm2 start ecosystem.config.json`, fork mode without interpreter."""

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

    def list_command(self) -> Command:
        return self._command("list")

    def roots(self) -> list[int]:
        return [int((self._state / "pm2.pid").read_text())]

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
        }


class Supervisor:
    """supervisor: supervisord in the foreground, asked through its Unix socket."""

    def __init__(self, installs: Installs, home: Path) -> None:
        self._bin = installs.supervisor
        self._home = home
        self._file = home / "supervisord.conf"
        self._env = plain_environment(home)
        self._daemon: subprocess.Popen[bytes] | None = None

    def start(self, services: Sequence[Service]) -> None:
        self._file.write_text(self._settings() + "".join(map(self._program, services)))
        self._daemon = subprocess.Popen(
            [str(self._bin / "supervisord"), "--nodaemon", "--configuration", str(self._file)],
            env=self._env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until((self._home / "s.sock").exists, 30, "the start of supervisord")

    def list_command(self) -> Command:
        return self._command("status")

    def roots(self) -> list[int]:
        if self._daemon is None:
            raise BenchmarkError("cannot name the processes of supervisor: it was not started")
        return [self._daemon.pid]

    def log_file(self, service: Service) -> Path:
        return self._home / f"{service.name}-out.log"

    def end(self) -> None:
        if self._daemon is None:
            return
        # It is our child: ended and reaped in any case, whatever its client says.
        with contextlib.suppress(BenchmarkError):
            self._command("shutdown").run()
        try:
            self._daemon.wait(30)
        except subprocess.TimeoutExpired:
            self._daemon.kill()
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


MANAGERS = {"usher": Usher, "pm2": Pm2, "supervisor": Supervisor}
"""Every manager by the name it has in reports, ours first."""
