"""A machine of its own to provoke faults on: private network, private /srv, its own servers.

Everything here runs inside of namespaces that `provoke.py` has entered as root: port 5432 is free,
nothing outside can be reached, and what is mounted is gone with the last process.
"""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

APP: Final = Path("/srv/app")
DATA: Final = Path("/srv/data")
POSTGRES: Final = Path("/usr/lib/postgresql/15/bin")
URL: Final = "postgresql://app:right@127.0.0.1:5432/shop"
BROKER: Final = "redis://127.0.0.1:6379/0"
PROXY_PORT: Final = 8080

_PATIENCE: Final = 60.0
"""Seconds in which something has to be up."""


class Probe(NamedTuple):
    """A question asked by `usher probe`, and what it answered."""

    name: str
    scope: str
    failing: bool
    ever_passed: bool
    last: str


class Process:
    """A server with its output in a file."""

    def __init__(
        self, command: Sequence[str], log: Path, env: Mapping[str, str], cwd: Path
    ) -> None:
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(env),
                cwd=cwd,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """Of the process that was started."""
        return self._process.pid

    @property
    def over(self) -> bool:
        """Whether it has ended by itself."""
        return self._process.poll() is not None

    def ends(self, within: float) -> bool:
        """Wait until it has ended."""
        return until(lambda: self.over, within)

    def stop(self) -> None:
        """Ask it to end, then end it with all it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGTERM)
        if not self.ends(5):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()


class Stage:
    """What a scene plays on."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self.probes: list[Probe] = []
        self._running: list[Process] = []

    def start(self, command: Sequence[str], env: Mapping[str, str], cwd: Path = APP) -> Process:
        """Start something whose output belongs to the scene."""
        process = Process(command, self.log, {**_BARE, **env}, cwd)
        self._running.append(process)
        return process

    def probe(self, name: str, url: str, scope: str = "self", *, ever_passed: bool) -> None:
        """Ask with usher's own probe and keep the answer as the state of the scene."""
        asked = subprocess.run(
            [sys.executable, "-m", "usher.main", "probe", url, "--timeout", "2s", "--json"],
            capture_output=True,
            text=True,
            check=False,
            timeout=_PATIENCE,
        )
        answer = json.loads(asked.stdout)["probes"][0]
        self.probes.append(Probe(name, scope, not answer["ok"], ever_passed, answer["detail"]))

    def proxy(self, upstream: str, *, upgrades: bool) -> None:
        """Start nginx in front of `upstream`; its logs belong to the scene."""
        folder = DATA / "nginx"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "nginx.conf").write_text(
            f"daemon off; pid {folder}/pid; error_log stderr; user root;\n"
            "events {}\n"
            "http {\n"
            "  access_log /dev/stdout;\n"
            + "".join(
                f"  {kind}_temp_path {folder}/{kind};\n"
                for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
            )
            + f"  server {{ listen 127.0.0.1:{PROXY_PORT}; server_name shop.example;\n"
            f"    location / {{ proxy_pass {upstream}; {_UPGRADES if upgrades else ''} }} }}\n"
            "}\n"
        )
        self.start(["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")], {})
        until(lambda: listens(PROXY_PORT), _PATIENCE)

    def say(self, line: str) -> None:
        """Add what stands in another log of the same machine."""
        with self.log.open("a") as output:
            output.write(line + "\n")

    def clear(self) -> None:
        """End everything that the scene started."""
        for process in reversed(self._running):
            process.stop()
        self._running.clear()


_UPGRADES: Final = (
    "proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; "
    'proxy_set_header Connection "upgrade";'
)

_BARE: Final = {
    "PATH": f"{APP}/node_modules/.bin:{os.environ['PATH']}",
    "HOME": "/srv",
    "LANG": "C.UTF-8",
    "TZ": "UTC",
    "PYTHONUNBUFFERED": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "NODE_ENV": "production",
    "NEXT_TELEMETRY_DISABLED": "1",
    "LD_LIBRARY_PATH": os.environ.get("LD_LIBRARY_PATH", ""),
}


def until(condition: Callable[[], bool], within: float) -> bool:
    """Ask again and again, up to `within` seconds."""
    end = time.monotonic() + within
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.1)
    return condition()


def listens(port: int) -> bool:
    """Whether somebody accepts connections there."""
    with socket.socket() as client:
        client.settimeout(1)
        return client.connect_ex(("127.0.0.1", port)) == 0


def get(port: int, path: str, timeout: float = 5) -> int:
    """The status of an answer; 0 for none."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=timeout) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    except OSError:
        return 0


@contextlib.contextmanager
def holder(port: int) -> Generator[None]:
    """Somebody else has the port."""
    with socket.create_server(("127.0.0.1", port)):
        yield


@contextlib.contextmanager
def full_disk(folder: Path) -> Generator[None]:
    """Make `folder` a file system without room."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


class Postgres:
    """PostgreSQL 15 on its usual port, with a role that has a password."""

    def __init__(self) -> None:
        self._folder = DATA / "postgres"
        self._folder.mkdir(parents=True)
        shutil.chown(self._folder, "postgres", "postgres")
        self._run("initdb", "-D", str(self._folder), "-U", "postgres", "-A", "trust")
        (self._folder / "pg_hba.conf").write_text(
            "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
        )
        self.start()
        for statement in (
            "CREATE ROLE app LOGIN PASSWORD 'right'",
            "CREATE DATABASE shop OWNER app",
        ):
            self._run("psql", "-U", "postgres", "-h", "/tmp", "-c", statement)  # noqa: S108

    def start(self) -> None:
        """Start it and wait for it."""
        log = self._folder / "log"
        self._run("pg_ctl", "-D", str(self._folder), "-l", str(log), "-w", "-o", "-k /tmp", "start")

    def stop(self) -> None:
        """End it and every connection."""
        self._run("pg_ctl", "-D", str(self._folder), "-m", "fast", "-w", "stop")

    def _run(self, program: str, *words: str) -> None:
        subprocess.run(
            ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups",
             str(POSTGRES / program), *words],
            check=True, stdout=subprocess.DEVNULL, cwd="/", timeout=_PATIENCE,
        )  # fmt: skip


class Redis:
    """Redis on its usual port."""

    def __init__(self) -> None:
        self.start()

    def start(self) -> None:
        """Start it and wait for it."""
        self._process = Process(
            ["redis-server", "--port", "6379", "--save", ""], DATA / "redis.log", _BARE, DATA
        )
        until(lambda: listens(6379), _PATIENCE)

    def stop(self) -> None:
        """End it."""
        self._process.stop()
