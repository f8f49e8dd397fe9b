"""HTTP/1.1 over the Unix socket: h11 for the protocol, asyncio for the bytes.

Only our own user (or root) is let in, by the credentials the kernel attaches to the connection.
The socket itself is held by the keeper, so a request that arrives while the daemon is being
replaced waits in its backlog instead of failing.
"""

import asyncio
import logging
import os
import re
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Final, TypeAlias
from urllib.parse import parse_qsl, unquote, urlsplit

import h11
import msgspec

from usher.api.types import Frame, Problem

log = logging.getLogger(__name__)

BODY_LIMIT: Final = 8 * 1024 * 1024
HEAD_LIMIT: Final = 16 * 1024
IDLE_LIMIT: Final = 60.0
"""Seconds a connection may take to say what it wants."""

LAST_WORDS: Final = 1.0
"""Seconds an answer under way gets when the daemon ends."""

_KEY: Final = re.compile(rb"[0-9a-f]{16,64}")

_CREDENTIALS: Final = struct.Struct("iII")


class Call(msgspec.Struct, frozen=True):
    """One request as a handler sees it. `peer_uid` is who asked, by the process `peer_pid`."""

    path: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes
    peer_uid: int
    peer_pid: int = 0
    key: str = ""
    """By which the request is known if it is sent again; "": it never is."""


class Reply(msgspec.Struct, frozen=True):
    """A whole answer."""

    body: bytes
    status: int = 200
    content_type: str = "application/json"


Frames: TypeAlias = Frame | list[Frame]
"""What is sent together."""
Answer: TypeAlias = Reply | AsyncIterator[Frame] | AsyncIterator[Frames]
Handler: TypeAlias = Callable[[Call], Awaitable[Answer]]


class HttpError(Exception):
    """Raised by handlers; becomes a Problem with this status."""

    def __init__(self, status: int, problem: Problem) -> None:
        super().__init__(problem.error)
        self.status = status
        self.problem = problem


class Route(msgspec.Struct, frozen=True):
    """A method and path template (``/v1/services/{name}``) with its handler."""

    method: str
    template: tuple[str, ...]
    handler: Handler


_encode = msgspec.json.Encoder().encode
_encode_lines = msgspec.json.Encoder().encode_lines


def reply(value: object, status: int = 200) -> Reply:
    """Answer with a value as JSON."""
    return Reply(_encode(value), status)


class Server:
    """Serves routes on a listening Unix socket."""

    def __init__(self, routes: list[Route], redact: Callable[[str], str] = str) -> None:
        self._redact = redact
        self._routes = routes
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def start(self, listener: socket.socket) -> None:
        """Accept connections; the socket becomes ours."""
        self._server = await asyncio.start_unix_server(self._connected, sock=listener)

    async def finish(self) -> None:
        """Accept no more, let answers on their way end for a moment, then end the rest."""
        if self._server is not None:
            self._server.close()
        if self._connections:
            await asyncio.wait(self._connections, timeout=LAST_WORDS)
        for task in list(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 (a callback of start_unix_server runs in a task)
        self._connections.add(task)
        try:
            pid, uid = _peer(writer)
            if uid in (os.geteuid(), 0):
                await self._serve(reader, writer, pid, uid)
            else:
                log.warning("refused a connection of uid %s", uid)
        except (OSError, h11.RemoteProtocolError, TimeoutError, asyncio.CancelledError):
            pass
        finally:
            self._connections.discard(task)
            writer.close()

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, pid: int, uid: int
    ) -> None:
        connection = h11.Connection(h11.SERVER, max_incomplete_event_size=HEAD_LIMIT)
        while True:
            async with asyncio.timeout(IDLE_LIMIT):
                received = await _read_request(connection, reader)
            if received is None:
                return
            request, body = received
            answer = await self._answer(request, body, pid, uid)
            if isinstance(answer, Reply):
                await _send(connection, writer, answer)
            else:
                await _send_stream(connection, reader, writer, answer)
            if {connection.our_state, connection.their_state} != {h11.DONE}:
                return
            connection.start_next_cycle()

    async def _answer(self, request: h11.Request, body: bytes | None, pid: int, uid: int) -> Answer:
        parts = urlsplit(request.target.decode("ascii"))
        method = request.method.decode("ascii")
        if body is None:
            return _problem(413, f"cannot take request: body exceeds {BODY_LIMIT} bytes")
        found = self._find(method, parts.path)
        if isinstance(found, Reply):
            return found
        route, path = found
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        try:
            return await route.handler(Call(path, query, body, uid, pid, _key(request)))
        except HttpError as error:
            return reply(self._fit(error.problem), error.status)
        except msgspec.ValidationError as error:
            return _problem(400, self._redact(f"cannot read request: {error}"))
        except Exception:
            log.exception("cannot answer %s %s", method, parts.path)
            return _problem(500, "cannot answer: internal error; the daemon's log says more")

    def _fit(self, problem: Problem) -> Problem:
        """Return a problem without secrets."""
        error, hint = self._redact(problem.error), self._redact(problem.hint)
        details = [*map(self._redact, problem.details)]
        return msgspec.structs.replace(problem, error=error, hint=hint, details=details)

    def _find(self, method: str, path: str) -> tuple[Route, dict[str, str]] | Reply:
        asked = path.strip("/").split("/")
        other_method = False
        for route in self._routes:
            values = _match(route.template, asked)
            if values is not None and route.method == method:
                return route, values
            other_method = other_method or values is not None
        if other_method:
            return _problem(405, f"cannot {method} {path!r}")
        return _problem(404, f"cannot find {path!r}", "GET /v1/openapi.json lists all routes")


def _match(template: tuple[str, ...], asked: list[str]) -> dict[str, str] | None:
    if len(template) != len(asked):
        return None
    values: dict[str, str] = {}
    for part, given in zip(template, asked, strict=True):
        if part.startswith("{"):
            values[part[1:-1]] = unquote(given)
        elif part != given:
            return None
    return values


def _problem(status: int, error: str, hint: str = "") -> Reply:
    return reply(Problem(error=error, exit_code=1, hint=hint), status)


def _key(request: h11.Request) -> str:
    """Return the Idempotency-Key; one that is none of ours counts as none."""
    for name, value in request.headers:
        if name == b"idempotency-key" and _KEY.fullmatch(value):
            return value.decode("ascii")
    return ""


def _peer(writer: asyncio.StreamWriter) -> tuple[int, int]:
    """Return pid and uid of the other side."""
    peer: socket.socket = writer.get_extra_info("socket")
    data = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    pid, uid, _ = _CREDENTIALS.unpack(data)
    return pid, uid


async def _read_request(
    connection: h11.Connection, reader: asyncio.StreamReader
) -> tuple[h11.Request, bytes | None] | None:
    """Read one request; None at the end of the connection, body None when it is too large."""
    request: h11.Request | None = None
    body = bytearray()
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(64 * 1024))
        elif isinstance(event, h11.Request):
            request = event
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > BODY_LIMIT and request is not None:
                return request, None
        elif isinstance(event, h11.EndOfMessage) and request is not None:
            return request, bytes(body)
        else:
            return None


async def _send(connection: h11.Connection, writer: asyncio.StreamWriter, answer: Reply) -> None:
    head = h11.Response(
        status_code=answer.status,
        headers=[
            ("Content-Type", answer.content_type),
            ("Content-Length", str(len(answer.body))),
        ],
    )
    events = (head, h11.Data(data=answer.body), h11.EndOfMessage())
    writer.write(b"".join(connection.send(event) or b"" for event in events))
    await writer.drain()


async def _send_stream(
    connection: h11.Connection,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    frames: AsyncIterator[Frame] | AsyncIterator[Frames],
) -> None:
    """Send frames as lines until they end or the client has gone."""
    head = h11.Response(status_code=200, headers=[("Content-Type", "application/x-ndjson")])
    writer.write(connection.send(head) or b"")
    sending = asyncio.ensure_future(_send_frames(connection, writer, frames))
    # A client that follows says nothing more; anything that can be read is its end.
    gone = asyncio.ensure_future(reader.read(1))
    try:
        await asyncio.wait((sending, gone), return_when=asyncio.FIRST_COMPLETED)
        if sending.done():
            sending.result()
    finally:
        for task in (sending, gone):
            task.cancel()
        await asyncio.gather(sending, gone, return_exceptions=True)


async def _send_frames(
    connection: h11.Connection,
    writer: asyncio.StreamWriter,
    frames: AsyncIterator[Frame] | AsyncIterator[Frames],
) -> None:
    async for found in frames:
        lines = _encode_lines(found if isinstance(found, list) else [found])
        writer.write(connection.send(h11.Data(data=lines)) or b"")
        await writer.drain()
    writer.write(connection.send(h11.EndOfMessage()) or b"")
    await writer.drain()
