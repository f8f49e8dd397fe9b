"""Clients that ask without a pause, each over one kept connection."""

from __future__ import annotations

import http.client
import statistics
import threading
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.rig.command import BenchmarkError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CLIENTS = 10
_SECONDS = 60.0
_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class Service:
    """Where a server answers, and what shows it who asks."""

    ports: Iterator[int]
    """Of its processes, in turn and without end."""
    headers: Mapping[str, str]

    def connect(self) -> http.client.HTTPConnection:
        """A new connection, to the process whose turn it is."""
        return http.client.HTTPConnection("127.0.0.1", next(self.ports), timeout=_SECONDS)


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds of many answers."""

    p50: float
    p95: float
    count: int

    @staticmethod
    def of(seconds: list[float]) -> Latency:
        """The figures of a list of durations."""
        cuts = statistics.quantiles(seconds, n=20, method="inclusive")
        return Latency(cuts[9] * 1000, cuts[18] * 1000, len(seconds))


@dataclass(frozen=True, slots=True)
class Transfer:
    """One answer that was read to its end."""

    first_byte_ms: float
    seconds: float
    size_bytes: int


def ask_together(service: Service, path: str, requests: int, clients: int = CLIENTS) -> Latency:
    """All clients ask for the same until `requests` are answered; the time of each answer."""
    left = iter(range(requests))
    guard = threading.Lock()
    seconds: list[float] = []
    failures: list[str] = []

    def client() -> None:
        connection = service.connect()
        try:
            while not failures:
                with guard:
                    if next(left, None) is None:
                        return
                begin = time.perf_counter()
                status, body = exchange(connection, "GET", path, service.headers)
                seconds.append(time.perf_counter() - begin)
                if status != 200:
                    failures.append(f"{status} {body[:300].decode(errors='replace')}")
        except OSError as error:
            failures.append(str(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise BenchmarkError(f"{path} answered: {failures[0]}")
    return Latency.of(seconds)


def exchange(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    headers: Mapping[str, str],
    body: bytes | None = None,
) -> tuple[int, bytes]:
    """One request and its answer."""
    connection.request(method, path, body=body, headers=dict(headers))
    answer = connection.getresponse()
    return answer.status, answer.read()


def download(service: Service, path: str) -> Transfer:
    """Read one long answer to its end."""
    connection = service.connect()
    begin = time.perf_counter()
    try:
        connection.request("GET", path, headers=dict(service.headers))
        answer = connection.getresponse()
        size = len(answer.read(1))
        first = time.perf_counter() - begin
        while chunk := answer.read(_CHUNK):
            size += len(chunk)
    finally:
        connection.close()
    if answer.status != 200:
        raise BenchmarkError(f"{path} answered {answer.status}")
    return Transfer(first * 1000, time.perf_counter() - begin, size)


def form_with_file(name: str, content: bytes) -> tuple[Mapping[str, str], bytes]:
    """Headers and body of a form that sends one file."""
    boundary = uuid.uuid4().hex
    head = (
        f"--{boundary}\r\n"
        f'Content-Disposition: form-data; name="file"; filename="{name}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    body = head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
    return {"Content-Type": f"multipart/form-data; boundary={boundary}"}, body
