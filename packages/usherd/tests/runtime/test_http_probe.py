"""What an HTTP probe says of servers that answer, refuse, hang up, or never end."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from usher.model.spec import HttpTarget
from usher.runtime import http_probe

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def answering(raw: bytes) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(raw)
        writer.close()

    return serve


@pytest.mark.parametrize(
    ("raw", "ok", "detail"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", True, "status 200"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", True, "status 204"),
        (b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", False, "status 503"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\nshort", False, "no HTTP answer"),
        (b"SSH-2.0-OpenSSH\r\n", False, "no HTTP answer"),
        (b"", False, "no HTTP answer"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 300_000, True, "status 200"),
    ],
)
async def test_answers(tmp_path: Path, raw: bytes, ok: bool, detail: str) -> None:
    path = str(tmp_path / "s")
    server = await asyncio.start_unix_server(answering(raw), path)
    async with server:
        answer = await http_probe.ask(HttpTarget("/ready"), path)
    assert answer.ok is ok
    assert answer.detail.startswith(detail)


async def test_the_request_names_host_and_path() -> None:
    seen: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        target = HttpTarget(f"http://127.0.0.1:{port}/a?b=c", host="shop.example")
        assert (await http_probe.ask(target, None)).ok
    assert b"/a?b=c HTTP/1.1" in seen[0]
    assert b"host: shop.example" in seen[0].lower()


async def test_nobody_listens(tmp_path: Path) -> None:
    answer = await http_probe.ask(HttpTarget("/ready"), str(tmp_path / "none"))
    assert not answer.ok
    assert "cannot connect" in answer.detail
