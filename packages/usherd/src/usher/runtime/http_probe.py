"""One HTTP/1.1 question over a new connection, bounded in time and size."""

import asyncio
import time
from typing import Final
from urllib.parse import urlsplit

import h11
import msgspec

from usher.model.spec import HttpTarget

BODY_LIMIT: Final = 64 * 1024


class Answer(msgspec.Struct, frozen=True):
    """What a probe saw, in words for people."""

    ok: bool
    detail: str


async def ask(target: HttpTarget, probe_socket: str | None) -> Answer:
    """Ask `target` once. A path alone goes to `probe_socket`. The caller sets the deadline."""
    begin = time.monotonic()
    parts = urlsplit(target.url)
    resource = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        if parts.hostname is None:
            if probe_socket is None:
                return Answer(ok=False, detail=f"{target.url!r} has no host and no probe socket")
            reader, writer = await asyncio.open_unix_connection(probe_socket)
        else:
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port or 80)
    except OSError as error:
        return Answer(ok=False, detail=f"cannot connect: {error.strerror or error}")
    try:
        host = target.host or parts.netloc.rpartition("@")[2] or "localhost"
        status = await _exchange(reader, writer, host, resource)
    except (OSError, h11.RemoteProtocolError) as error:
        return Answer(ok=False, detail=f"no HTTP answer: {error}")
    finally:
        writer.close()
    low, high = target.status
    took = (time.monotonic() - begin) * 1000
    return Answer(ok=low <= status <= high, detail=f"status {status} in {took:.0f} ms")


async def _exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, resource: str
) -> int:
    connection = h11.Connection(h11.CLIENT)
    request = h11.Request(
        method="GET",
        target=resource,
        headers=[("Host", host), ("User-Agent", "usher"), ("Connection", "close")],
    )
    writer.write((connection.send(request) or b"") + (connection.send(h11.EndOfMessage()) or b""))
    await writer.drain()
    status, size = 0, 0
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(16 * 1024))
        elif isinstance(event, h11.Response):
            status = event.status_code
        elif isinstance(event, h11.Data):
            size += len(event.data)
            if size > BODY_LIMIT:
                return status
        elif isinstance(event, h11.EndOfMessage):
            return status
        elif isinstance(event, h11.ConnectionClosed):
            raise h11.RemoteProtocolError("connection closed before the answer was whole")
