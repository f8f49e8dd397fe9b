"""The app that a drill is held with: it answers HTTP on loopback until it is told to misbehave.

    python app.py PORT SWITCH

SWITCH is the path of a datagram socket in a folder that is the drill's alone; a word that arrives
there changes what happens from then on:

    well       every question is answered with 200
    error      every question is answered with 500
    no-answer  questions are accepted and never answered
    block      the only thread computes without end
    crash      a division by zero that nobody catches ends the process
    leak       memory grows by RATE bytes a second, up to MOST

It runs without anything else of usher, so that nothing but the fault can be the matter with it.
"""

import contextlib
import select
import socket
import sys
import time
from pathlib import Path

RATE = 16 << 20
"""Bytes a second."""

MOST = 256 << 20
"""Bytes that are taken at most: nobody may be left to end it."""

PATIENCE = 1.0
"""Seconds that a client may take for its question."""

TICK = 0.05
"""Seconds between two steps of growth."""


class App:
    """Its state; `step` waits for a question, a word, or the time to grow."""

    def __init__(self, port: int, switch: str) -> None:
        self._listener = socket.create_server(("127.0.0.1", port))
        self._switch = _bound(switch)
        self._status: int | None = 200
        self._left_waiting: list[socket.socket] = []
        self._leaking_since: float | None = None
        self._memory: list[bytes] = []

    def step(self) -> None:
        """Do what is to be done next."""
        pause = None if self._leaking_since is None else TICK
        ready, _, _ = select.select([self._switch, self._listener], [], [], pause)
        if self._switch in ready:
            self._obey(self._switch.recv(64).decode())
        if self._listener in ready:
            self._meet(self._listener.accept()[0])
        if self._leaking_since is not None:
            self._grow(time.monotonic() - self._leaking_since)

    def _obey(self, word: str) -> None:
        match word:
            case "well":
                self._status = 200
            case "error":
                self._status = 500
            case "no-answer":
                self._status = None
            case "block":
                while True:
                    pass
            case "crash":
                _average([])
            case "leak":
                self._leaking_since = time.monotonic()
            case _:
                print(f"cannot do {word!r}: no such fault", file=sys.stderr)

    def _meet(self, client: socket.socket) -> None:
        if self._status is None:
            self._left_waiting.append(client)  # closed, it would be an answer
            return
        with client, contextlib.suppress(OSError):
            client.settimeout(PATIENCE)
            question = b""
            while b"\r\n\r\n" not in question and (part := client.recv(4096)):
                question = (question + part)[-4096:]
            reason = "OK" if self._status == 200 else "Internal Server Error"
            head = f"HTTP/1.1 {self._status} {reason}\r\nContent-Length: 0\r\nConnection: close"
            client.sendall(f"{head}\r\n\r\n".encode())

    def _grow(self, seconds: float) -> None:
        wanted = min(MOST, int(seconds * RATE))
        # Of other bytes than zero: memory that nobody wrote to is not used yet.
        self._memory.append(b"x" * (wanted - sum(map(len, self._memory))))


def _average(figures: list[float]) -> float:
    """The usual defect: nobody thought of there being none."""
    return sum(figures) / len(figures)


def _bound(path: str) -> socket.socket:
    """Bind the socket that words come to; a run before this one has left its file."""
    Path(path).unlink(missing_ok=True)
    switch = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    switch.bind(path)
    return switch


def main() -> None:
    """Serve for ever."""
    app = App(int(sys.argv[1]), sys.argv[2])
    while True:
        app.step()


if __name__ == "__main__":
    main()
