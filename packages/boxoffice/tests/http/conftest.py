"""The server as it runs: the installed command on a real database, asked over real sockets."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

DEADLINE = 30.0


@dataclass(frozen=True)
class Answer:
    """An answer, read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Site:
    """A server that answers."""

    process: "subprocess.Popen[str]"
    port: int

    def ask(
        self,
        path: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request on a connection of its own."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE)
        try:
            connection.request(method, path, body, dict(headers or {}))
            got = connection.getresponse()
            return Answer(got.status, {k.lower(): v for k, v in got.getheaders()}, got.read())
        finally:
            connection.close()

    def upload(
        self,
        name: str,
        content: bytes,
        path: str = "/upload",
        headers: Mapping[str, str] | None = None,
        **fields: str,
    ) -> Answer:
        """Send a workbook as a browser or curl does."""
        boundary = uuid4().hex
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'
            for field, value in fields.items()
        ]
        head = f'Content-Disposition: form-data; name="file"; filename="{name}"'
        parts.append(f"--{boundary}\r\n{head}\r\nContent-Type: application/octet-stream\r\n\r\n")
        body = "".join(parts).encode() + content + f"\r\n--{boundary}--\r\n".encode()
        content_type = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        return self.ask(path, "POST", body, {**content_type, **(headers or {})})


Serve = Callable[..., Site]


def start_serving(
    url: str, *, sockets: Mapping[str, socket.socket] | None = None, **variables: str
) -> Site:
    """Start `boxoffice serve` on a database and wait until it says where it answers."""
    environ = {**os.environ, "DATABASE_URL": url, **variables}
    environ.pop("NOTIFY_SOCKET", None)
    program = [str(Path(sys.executable).with_name("boxoffice")), "serve", "--port", "0"]
    given = sockets or {}
    if given:
        environ |= {"LISTEN_FDS": str(len(given)), "LISTEN_FDNAMES": ":".join(given)}
    listening = [entry.fileno() for entry in given.values()]

    def place_descriptors() -> None:
        """LISTEN_FDS begin at 3; two steps, because a source may stand where a target goes."""
        high = [os.dup2(fd, 100 + n) for n, fd in enumerate(listening)]
        for n, fd in enumerate(high):
            os.dup2(fd, 3 + n)
            os.close(fd)

    process = subprocess.Popen(
        program,
        env=environ | variables,
        stderr=subprocess.PIPE,
        text=True,
        close_fds=not given,
        preexec_fn=place_descriptors if given else None,
    )
    assert process.stderr
    line = process.stderr.readline()
    assert "answering on http://127.0.0.1:" in line, line + process.stderr.read()
    return Site(process, int(line.rpartition(":")[2]))


def stop_serving(site: Site) -> int:
    """Stop in order (or at all) and return the exit code."""
    if site.process.poll() is None:
        site.process.send_signal(signal.SIGCONT)
        site.process.terminate()
    try:
        return site.process.wait(DEADLINE)
    finally:
        site.process.kill()
        assert site.process.stderr
        site.process.stderr.close()


@pytest.fixture
def serve() -> Iterator[Serve]:
    """`serve(url)`: a server of the test's own, stopped at its end."""
    started: list[Site] = []

    def start(url: str, **options: Any) -> Site:
        started.append(start_serving(url, **options))
        return started[-1]

    yield start
    for site in started:
        stop_serving(site)


@pytest.fixture(scope="module")
def module_site(module_database: str) -> Iterator[Site]:
    """A server for one module, on a database without rows."""
    running = start_serving(module_database)
    yield running
    assert stop_serving(running) == 0


@pytest.fixture(scope="session")
def shared_database(database_server: str, maintenance_url: str) -> Iterator[str]:
    """A database that the tests of one module may fill in turn."""
    name = f"http_{uuid4().hex}"
    with psycopg.connect(maintenance_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} OWNER boxoffice".encode())
        yield database_server.replace("@/boxoffice?", f"@/{name}?")
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture(scope="session")
def site(shared_database: str) -> Iterator[Site]:
    """A server for the session, on a database with the demo season of 2026-03-10."""
    environ = {**os.environ, "DATABASE_URL": shared_database}
    program = str(Path(sys.executable).with_name("boxoffice"))
    subprocess.run(
        [program, "demo", "--as-of", "2026-03-10"], env=environ, check=True, capture_output=True
    )
    running = start_serving(shared_database)
    yield running
    assert stop_serving(running) == 0


@pytest.fixture
def poll() -> Callable[[Callable[[], bool], str], None]:
    """`poll(condition, what)`: wait for it, with a deadline."""

    def eventually(happened: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + DEADLINE
        while not happened():
            assert time.monotonic() < end, f"not within {DEADLINE} s: {what}"
            time.sleep(0.05)

    return eventually
