"""Opening a connection, with the time that each phase took."""

import asyncio
import ipaddress
import os
import socket
import time
from types import TracebackType
from typing import Self

from usher.probe.answer import UnansweredError


class Stopwatch:
    """The phases of one question, one after the other."""

    def __init__(self) -> None:
        self._begin = self._last = time.monotonic()
        self._phases: list[tuple[str, float]] = []

    def lap(self, phase: str) -> None:
        """Say which phase has just ended."""
        now = time.monotonic()
        self._phases.append((phase, now - self._last))
        self._last = now

    @property
    def phases(self) -> tuple[tuple[str, float], ...]:
        """Names and seconds so far."""
        return tuple(self._phases)

    @property
    def elapsed(self) -> float:
        """Seconds since the begin."""
        return time.monotonic() - self._begin


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


async def connect(host: str, port: int, watch: Stopwatch, *, tls: str = "") -> Stream:
    """Connect to a server; with TLS for the name `tls`. Raises UnansweredError."""
    address = host if _is_address(host) else await _resolve(host, port, watch)
    try:
        reader, writer = await asyncio.open_connection(address, port)
        watch.lap("connect")
        if tls:
            await _secure(writer, tls)
            watch.lap("tls")
        return Stream(reader, writer)
    except OSError as error:
        raise UnansweredError(f"cannot connect to {host}:{port}: {_words(error)}") from error


async def _secure(writer: asyncio.StreamWriter, name: str) -> None:
    import ssl  # the daemon does without; a question that needs it has a process of its own

    try:
        await writer.start_tls(ssl.create_default_context(), server_hostname=name)
    except BaseException:
        writer.transport.abort()
        raise


async def _resolve(host: str, port: int, watch: Stopwatch) -> str:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        said = error.strerror if isinstance(error, OSError) else "no name of a host"
        raise UnansweredError(f"cannot find {host}: {said}") from error
    watch.lap("name")
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
        stream = Stream(*await asyncio.open_unix_connection(path))
    except OSError as error:
        raise UnansweredError(f"cannot connect to {path}: {_words(error)}") from error
    watch.lap("connect")
    return stream


def _words(error: OSError) -> str:
    """What went wrong, without the constants of OpenSSL and the addresses of asyncio."""
    if isinstance(error, ConnectionError | TimeoutError) and error.errno:
        return os.strerror(error.errno).lower()
    return getattr(error, "verify_message", "") or error.strerror or str(error)
