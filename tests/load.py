"""Load on a web server: clients that ask without a pause and remember every answer they missed."""

import asyncio
import threading
import time
from collections import Counter
from typing import Final, Self

HANG: Final = 10.0
"""Seconds without an answer after which a request hangs."""


class Load:
    """Runs within a `with` block: `clients` connections at a time to a port on loopback.

    `keep_alive`: each client stays on its connection as long as the server lets it; else every
    request has a connection of its own.
    """

    def __init__(self, port: int, *, clients: int = 16, keep_alive: bool = False) -> None:
        self.answers: Counter[str] = Counter()
        """How often each body was the answer."""
        self.failures: Counter[str] = Counter()
        """Requests without an answer, by what happened instead."""
        self.slowest = 0.0
        """Seconds of the slowest answer."""
        self._port = port
        self._clients = clients
        self._keep_alive = keep_alive
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"load on {port}")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(HANG + 5)

    def __str__(self) -> str:
        failures = ", ".join(f"{count} {what}" for what, count in self.failures.items())
        answered = self.answers.total()
        return f"{answered} answers, slowest {self.slowest:.3f} s, failed: {failures or 'none'}"

    def _run(self) -> None:
        asyncio.run(self._all())

    async def _all(self) -> None:
        await asyncio.gather(*(self._client() for _ in range(self._clients)))

    async def _client(self) -> None:
        while not self._over.is_set():
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
            except OSError as error:
                self._failed("no connection", error)
                continue
            await self._talk(reader, writer)
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Ask until the connection is used up."""
        again = True
        while again and not self._over.is_set():
            begun = time.monotonic()
            try:
                async with asyncio.timeout(HANG):
                    body, again = await self._ask(reader, writer)
            except TimeoutError:
                self._failed("hangs", None)
                return
            except (OSError, EOFError, ValueError) as error:
                self._failed("no answer", error)
                return
            self.answers[body] += 1
            self.slowest = max(self.slowest, time.monotonic() - begun)

    async def _ask(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> tuple[str, bool]:
        """Return the body, and whether the connection may be used again."""
        wish = b"keep-alive" if self._keep_alive else b"close"
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: %s\r\n\r\n" % wish)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        if not head.startswith(b"http/1.1 200 "):
            raise ValueError(head[:40])
        length = int(head.partition(b"content-length:")[2].split(b"\r\n")[0])
        body = await reader.readexactly(length)
        return body.decode(), self._keep_alive and b"connection: close" not in head

    def _failed(self, what: str, error: Exception | None) -> None:
        self.failures[what if error is None else f"{what} ({type(error).__name__})"] += 1
