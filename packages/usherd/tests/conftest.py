"""A daemon that says what a test tells it to, on a real Unix socket."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from usher.api.types import (
    EventRecord,
    Frame,
    InstanceStatus,
    Pong,
    Problem,
    ProcessInfo,
    Report,
    ServiceStatus,
)


class Request(NamedTuple):
    """What a client asked."""

    method: str
    target: str
    body: bytes


class FakeDaemon:
    """Answers requests by "METHOD /path" (without the query); everything else gets 404.

    A list is streamed as lines; an answer that is None closes the connection without a word.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self.requests: list[Request] = []
        self.answers: dict[str, Any] = {}
        self.endless: set[str] = set()
        """Answers that go on (say nothing and do not end) until the daemon is closed."""
        self._closing = threading.Event()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(home / "usher.sock"))
        self._listener.listen()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        if not self._closing.is_set():
            self._closing.set()
            self._listener.shutdown(socket.SHUT_RDWR)
            self._thread.join(5)
            self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError):
                self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        with connection.makefile("rb") as stream:
            method, target, _ = stream.readline().decode().split()
            length = 0
            while (line := stream.readline().strip()) != b"":
                name, _, value = line.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
            body = stream.read(length)
        self.requests.append(Request(method, target, body))
        missing = Problem(error=f"cannot find {target!r}", exit_code=1)
        answer = self.answers.get(f"{method} {target.partition('?')[0]}", missing)
        if answer is not None:
            connection.sendall(_http(answer))
        if f"{method} {target.partition('?')[0]}" in self.endless:
            self._closing.wait(30)


def _http(answer: Any) -> bytes:
    if isinstance(answer, list):
        lines = b"".join(msgspec.json.encode(frame) + b"\n" for frame in answer)
        return b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + lines
    body = answer if isinstance(answer, bytes) else msgspec.json.encode(answer)
    status = b"404 Not Found" if isinstance(answer, Problem) else b"200 OK"
    length = str(len(body)).encode()
    return b"HTTP/1.1 %s\r\nContent-Length: %s\r\n\r\n%s" % (status, length, body)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Name an empty state folder in the environment."""
    monkeypatch.setenv("USHER_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def daemon(home: Path) -> Iterator[FakeDaemon]:
    """Run a daemon that answers ping, and what the test adds to `answers`."""
    fake = FakeDaemon(home)
    fake.answers["GET /v1/ping"] = Pong(
        version="9.9",
        home=str(home),
        daemon=ProcessInfo(pid=41, uptime=5.0),
        keeper=ProcessInfo(pid=42, uptime=3700.0),
        safe_mode=False,
    )
    yield fake
    fake.close()


@pytest.fixture(scope="session")
def make_instance() -> Callable[..., InstanceStatus]:
    """Build the status of an instance; arguments replace what an active one has."""
    usual = InstanceStatus(
        id=0,
        slot=0,
        generation=1,
        run=1,
        phase="running",
        status="active",
        ready=True,
        pid=1234,
        uptime=7500.0,
        restarts=0,
        parked=False,
        created=1.0,
        restart_time=0,
        unstable=0,
        exit_code=None,
        pm2_status="online",
        listed=True,
        result="",
        detail="",
        next_try=None,
        last_delay=0.0,
        memory=45 * 1024 * 1024,
        cpu=1.2,
        probes=[],
    )
    return lambda **changes: msgspec.structs.replace(usual, **changes)


@pytest.fixture(scope="session")
def make_service(make_instance: Callable[..., InstanceStatus]) -> Callable[..., ServiceStatus]:
    """Build the status of a service; arguments replace what an active one has."""

    def make(name: str, **changes: Any) -> ServiceStatus:
        usual = ServiceStatus(
            id=0,
            name=name,
            label=name,
            rollout="",
            watch_paused=False,
            namespace="default",
            kind="service",
            want="up",
            status="active",
            ready=1,
            instances_wanted=1,
            detail="",
            addresses=[],
            argv=["serve", "a b"],
            cwd="/srv",
            origin="/srv/usher.toml:3",
            depends_on={},
            out_log="/home/logs/out",
            err_log="/home/logs/err",
            env={"PATH": "/bin", "TOKEN": "***"},
            instances=[make_instance()],
        )
        return msgspec.structs.replace(usual, **changes)

    return make


@pytest.fixture(scope="session")
def make_event() -> Callable[..., Frame]:
    """Build a frame with an event."""
    usual = EventRecord(
        seq=1,
        time="2025-03-05T10:00:00+09:00",
        service="api",
        slot=0,
        run=1,
        event="spawned",
        phase="starting",
        ready=False,
        detail="",
    )
    return lambda **changes: Frame(event=msgspec.structs.replace(usual, **changes))


@pytest.fixture(scope="session")
def make_report() -> Callable[..., Frame]:
    """Build a frame with a report; arguments replace what a success has."""
    usual = Report(outcome="done", exit_code=0, result="", detail="", services=[], tails=[])
    return lambda **changes: Frame(report=msgspec.structs.replace(usual, **changes))
