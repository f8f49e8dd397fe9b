"""Opening a connection, with the time that each phase took."""

import asyncio
import ipaddress
import os
import socket
import time
from collections.abc import Generator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from usher.probe.answer import Answer, UnansweredError

if TYPE_CHECKING:
    import ssl

_PASSED: Final = {
    "name": "its address was found",
    "connect": "connected",
    "tls": "connected by TLS",
    "first byte": "the answer began",
    "upgrade": "upgraded",
    "login": "logged in",
}
_AWAITED: Final = {
    "name": "address of its name",
    "connect": "connection",
    "tls": "TLS handshake",
    "first byte": "first byte",
    "body": "end of the answer",
    "upgrade": "answer to the upgrade",
    "pong": "answer to the ping",
    "message": "expected message",
    "close": "expected close",
    "login": "answer to the login",
}
"""Phases in words: when one is over, and while it is waited for."""


class Stopwatch:
    """The phases of one question, one after the other."""

    def __init__(self) -> None:
        self._begin = time.monotonic()
        self._phases: list[tuple[str, float]] = []
        self._awaited = ""

    @contextmanager
    def phase(self, name: str) -> Generator[None]:
        """Take the time of a block; one that is left by an exception stays the awaited one."""
        self._awaited = name
        begin = time.monotonic()
        yield
        self._phases.append((name, time.monotonic() - begin))
        self._awaited = ""

    @property
    def phases(self) -> tuple[tuple[str, float], ...]:
        """Names and seconds so far."""
        return tuple(self._phases)

    @property
    def elapsed(self) -> float:
        """Seconds since the begin."""
        return time.monotonic() - self._begin

    def late(self, timeout: float) -> Answer:
        """Return the answer that did not come within `timeout` seconds: how far it got."""
        missing = f"no {_AWAITED.get(self._awaited, 'answer')} within {timeout:g} s"
        passed = _PASSED.get(self._phases[-1][0]) if self._phases else None
        took = 1000 * sum(seconds for _, seconds in self._phases)
        detail = f"{passed} in {took:.0f} ms, {missing}" if passed else missing
        return Answer(ok=False, detail=detail, phases=self.phases, late=True)


class Stream:
    """One connection; closed at once at the end of the block."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def read(self, most: int = 16 * 1024) -> bytes:
        """At least one byte; none at the end."""
        return await self._reader.read(most)

    async def read_exactly(self, size: int) -> bytes:
        """So many bytes, or UnansweredError."""
        try:
            return await self._reader.readexactly(size)
        except asyncio.IncompleteReadError as error:
            got = len(error.partial)
            raise UnansweredError(f"the connection ended after {got} of {size} bytes") from error

    async def read_line(self) -> bytes:
        """One line with its end, or UnansweredError."""
        try:
            line = await self._reader.readline()
        except ValueError as error:
            raise UnansweredError("a line of the answer is too long") from error
        if not line.endswith(b"\n"):
            raise UnansweredError("the connection ended within the answer")
        return line

    async def write(self, data: bytes) -> None:
        """Send all of it."""
        self._writer.write(data)
        await self._writer.drain()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # Not close(): a TLS peer that hangs would be waited for.
        self._writer.transport.abort()


async def connect(
    host: str,
    port: int,
    watch: Stopwatch,
    *,
    tls: str = "",
    context: "ssl.SSLContext | None" = None,
) -> Stream:
    """Connect to a server; with TLS for the name `tls`, trusted as `context` says (default: as the
    host does). Raises UnansweredError.
    """
    address = host if _is_address(host) else await _resolve(host, port, watch)
    try:
        with watch.phase("connect"):
            reader, writer = await asyncio.open_connection(address, port)
        if tls:
            with watch.phase("tls"):
                await _secure(writer, tls, context)
        return Stream(reader, writer)
    except OSError as error:
        raise UnansweredError(f"cannot connect to {host}:{port}: {_words(error)}") from error


async def _secure(
    writer: asyncio.StreamWriter, name: str, context: "ssl.SSLContext | None"
) -> None:
    import ssl  # the daemon does without; a question that needs it has a process of its own

    try:
        await writer.start_tls(context or ssl.create_default_context(), server_hostname=name)
    except BaseException:
        writer.transport.abort()
        raise


async def _resolve(host: str, port: int, watch: Stopwatch) -> str:
    loop = asyncio.get_running_loop()
    try:
        with watch.phase("name"):
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        said = error.strerror if isinstance(error, OSError) else "no name of a host"
        raise UnansweredError(f"cannot find {host}: {said}") from error
    return str(found[0][4][0])


def _is_address(host: str) -> bool:
    """Whether there is no name to look up, for which asyncio would start a thread."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


async def connect_unix(path: str, watch: Stopwatch) -> Stream:
    """Connect to a Unix socket. Raises UnansweredError."""
    try:
        with watch.phase("connect"):
            return Stream(*await asyncio.open_unix_connection(path))
    except OSError as error:
        raise UnansweredError(f"cannot connect to {path}: {_words(error)}") from error


def _words(error: OSError) -> str:
    """What went wrong, without the constants of OpenSSL and the addresses of asyncio."""
    if isinstance(error, ConnectionError | TimeoutError) and error.errno:
        return os.strerror(error.errno).lower()
    return getattr(error, "verify_message", "") or error.strerror or str(error)
