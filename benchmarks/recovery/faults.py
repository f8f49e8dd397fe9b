"""The faults: how each is brought about, and the probe of its service, with default times."""

from __future__ import annotations

import os
import signal
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.sample_app.sample import Sample

ALIVE = 'probes.alive = { http = "{url}/health" }'
CHANNEL = 'probes.channel = { ws = "{ws}/ws" }'


@dataclass(frozen=True, slots=True)
class Fault:
    """One way in which an app that runs stops being of use."""

    title: str
    inject: Callable[[Sample, int], list[socket.socket]]
    """Takes the app and its pid; returns what has to stay open for the fault to last."""
    probe: str = ALIVE
    kind: str = "hang"
    """Of the incident."""


def _asked(path: str) -> Callable[[Sample, int], list[socket.socket]]:
    def inject(sample: Sample, _: int) -> list[socket.socket]:
        # Not all of them answer; a busy machine needs some time until it has read the question.
        sample.ask(path, patience=3.0)
        return []

    return inject


def _stopped(_: Sample, pid: int) -> list[socket.socket]:
    os.kill(pid, signal.SIGSTOP)
    return []


def _queue_full(sample: Sample, _: int) -> list[socket.socket]:
    """It stops accepting, and more clients come than its queue holds (backlog 8)."""
    sample.ask("/deaf", patience=0.5)
    clients: list[socket.socket] = []
    for _ in range(12):
        client = socket.socket()
        client.setblocking(False)
        client.connect_ex(("127.0.0.1", sample.port))
        clients.append(client)
    return clients


FAULTS: Mapping[str, Fault] = {
    "loop": Fault("event loop blocked", _asked("/block")),
    "handler": Fault("handler that never answers", _asked("/hang?path=/health")),
    "stopped": Fault("SIGSTOP", _stopped),
    "deadlock": Fault("deadlocked worker", _asked("/deadlock")),
    "queue": Fault("accept queue full", _queue_full),
    "websocket": Fault("WebSocket that never upgrades", _asked("/mute?path=/ws"), CHANNEL),
    "crash": Fault("crash after answering", _asked("/end"), kind="crash"),
}
