"""A keeper in a temporary home and a plain client in the daemon's place."""

import contextlib
import itertools
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from usher.keeper import paths, wire

DEADLINE = 20.0

DEAFENING = 2000
"""Replies that do not fit a socket's buffer (208 KiB, at least 256 bytes each)."""


def until(condition: Callable[[], Any], seconds: float = DEADLINE) -> Any:
    """Poll until `condition` is true and return its value; fail after `seconds`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.005)
    pytest.fail(f"not true within {seconds} s: {condition}")


class RefusedError(AssertionError):
    """The keeper answered ok: false."""

    def __init__(self, reply: dict[str, Any]) -> None:
        super().__init__(reply)
        self.reply = reply


class FakeDaemon:
    """Speaks the wire, keeps what it was given, decides nothing."""

    def __init__(self, home: Path) -> None:
        self.channel = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.channel.settimeout(DEADLINE)
        try:
            self.channel.connect(paths.keeper_socket(str(home)))
        except OSError:
            self.channel.close()
            raise
        # Stands for the daemon's process, which the keeper kills when it hangs.
        self.process = subprocess.Popen(["/bin/sleep", "1000"])
        self.told: list[dict[str, Any]] = []
        self.held: list[tuple[dict[str, Any], list[int]]] = []
        self._ids = itertools.count(1)

    def ask(self, kind: str, fds: list[int] | None = None, **fields: Any) -> dict[str, Any]:
        """Request and wait for the reply; raises RefusedError."""
        return self.ask_fds(kind, fds, **fields)[0]

    def ask_fds(
        self, kind: str, fds: list[int] | None = None, **fields: Any
    ) -> tuple[dict[str, Any], list[int]]:
        return self.answer(self.send(kind, fds, **fields))

    def send(self, kind: str, fds: list[int] | None = None, **fields: Any) -> int:
        """Request; return the id by which its reply is known."""
        ident = next(self._ids)
        wire.send(self.channel, {"kind": kind, "id": ident, **fields}, fds)
        return ident

    def send_deaf(self, kind: str, **fields: Any) -> int:
        """Request after so many others whose replies are not read that this one's cannot come."""
        for _ in range(DEAFENING):
            self.send("ping")
        return self.send(kind, **fields)

    def answer(self, ident: int) -> tuple[dict[str, Any], list[int]]:
        """Wait for the reply to a request; raises RefusedError."""
        while True:
            message, got = self.read()
            if message["kind"] == "reply" and message["id"] == ident:
                if not message["ok"]:
                    raise RefusedError(message)
                return message, got
            self._keep(message, got)

    def read(self) -> tuple[dict[str, Any], list[int]]:
        packet = wire.receive(self.channel)
        assert packet is not None, "the keeper closed the connection"
        return packet

    def wait(self, kind: str, **fields: Any) -> dict[str, Any]:
        """Return the first message of `kind` with these fields, told already or to come."""
        while True:
            for message in self.told:
                if message["kind"] == kind and fields.items() <= message.items():
                    self.told.remove(message)
                    return message
            self._keep(*self.read())

    def _keep(self, message: dict[str, Any], fds: list[int]) -> None:
        if message["kind"] == "held":
            self.held.append((message, fds))  # perhaps once more: the keeper must not mind
        else:
            self.told.append(message)

    def hello(self, **more: Any) -> dict[str, Any]:
        """Say it; exits that nobody has acknowledged are told now."""
        reply = self.ask("hello", protocol=wire.PROTOCOL, pid=self.process.pid, **more)
        self.wait("held-end")
        self.told += reply["exits"]
        return reply

    def start(self, run: str, spec: dict[str, Any]) -> dict[str, Any]:
        """Spawn; keep the descriptors, which come first, as a daemon does."""
        self.ask("spawn", run=run, spec=spec)
        return next(each for each, _ in reversed(self.held) if each.get("run") == run)["record"]

    def hand_back(self) -> None:
        """Give everything held to a new keeper."""
        for message, fds in self.held:
            record = message["record"]
            if message["what"] == "run":
                self.ask("adopt", fds, run=message["run"], record={**record, "opened": True})
            else:
                self.ask("adopt-socket", fds, key=message["key"], record=record)
        self.ask("resume")

    def close(self) -> None:
        """Die as a daemon dies: connection, process and descriptors at once."""
        self.process.kill()
        self.process.wait()
        self.channel.close()
        for _, fds in self.held:
            for fd in fds:
                os.close(fd)
        self.held.clear()


class House:
    """One home with its keepers; everything started is ended afterwards."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.keepers: list[subprocess.Popen[bytes]] = []
        self.daemons: list[FakeDaemon] = []
        self.pids: list[int] = []

    def keeper(self, *words: str, daemon_argv: list[str] | None = None) -> subprocess.Popen[bytes]:
        argv = paths.keeper_argv(
            str(self.home), await_daemon=not daemon_argv, daemon_argv=daemon_argv or ["/bin/false"]
        )
        process = subprocess.Popen([*argv, *words], start_new_session=True)
        self.keepers.append(process)
        return process

    def daemon(self, *, hello: bool = True) -> FakeDaemon:
        def connected() -> FakeDaemon | None:
            # A child just forked may hold a dead keeper's socket for an instant: try again.
            with contextlib.suppress(OSError):
                daemon = FakeDaemon(self.home)
                self.daemons.append(daemon)
                if hello:
                    daemon.hello()
                return daemon
            return None

        return until(connected)

    def spec(self, *argv: str, **changes: Any) -> dict[str, Any]:
        """Return a spawn spec that runs `argv` with logs out.log and err.log in the home."""
        spec: dict[str, Any] = {
            "argv": list(argv),
            "env": {"PATH": os.environ["PATH"]},
            "cwd": str(self.home),
            "umask": 0o022,
            "nofile": None,
            "uid": None,
            "gid": None,
            "groups": None,
            "stdin": None,
            "sockets": [],
            "stdout": self.log("out.log"),
            "stderr": self.log("err.log"),
        }
        return {**spec, **changes}

    def log(self, name: str, max_size: int = 10 << 20, retain: int = 10) -> dict[str, Any]:
        return {"path": str(self.home / "logs" / name), "max_size": max_size, "retain": retain}

    def text(self, name: str = "out.log") -> str:
        path = self.home / "logs" / name
        return path.read_text() if path.exists() else ""

    def end(self) -> None:
        for daemon in self.daemons:
            for message, _ in daemon.held:
                if message["what"] == "run":
                    self.pids.append(message["record"]["pid"])
            daemon.close()
        for process in self.keepers:
            process.kill()
            process.wait()
        for pid in self.pids:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    home = tmp_path / "home"
    home.mkdir(0o700)
    made = House(home)
    yield made
    made.end()


@pytest.fixture
def wait_until() -> Callable[..., Any]:
    return until


@pytest.fixture
def child_of() -> Callable[[subprocess.Popen[bytes]], int]:
    """Wait for the only child of a process and return its pid."""

    def children(process: subprocess.Popen[bytes]) -> list[str]:
        return Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()

    return lambda process: int(*until(lambda: children(process)))


@pytest.fixture
def refused() -> type[RefusedError]:
    return RefusedError
