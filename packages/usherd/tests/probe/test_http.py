"""HTTP questions: what makes an answer good."""

import asyncio
import ssl
from pathlib import Path
from typing import Any

import pytest

from usher.model.target import HttpTarget
from usher.probe import http
from usher.probe.answer import Answer
from usher.probe.connection import Stopwatch


async def ask(target: HttpTarget, probe_socket: str | None = None) -> Answer:
    return await http.ask(target, Stopwatch(), probe_socket)


def answering(text: bytes, status: bytes = b"200 OK", seen: list[bytes] | None = None) -> Any:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if seen is not None:
            body = b""
            if b"Content-Length: " in head:
                size = int(head.partition(b"Content-Length: ")[2].partition(b"\r")[0])
                body = await reader.readexactly(size)
            seen.append(head + body)
        length = b"Content-Length: %d\r\n" % len(text)
        writer.write(b"HTTP/1.1 %s\r\nX-Build: 17\r\n%s\r\n%s" % (status, length, text))
        await writer.drain()

    return handler


@pytest.mark.parametrize(
    ("asked", "ok", "words"),
    [
        ({}, True, "status 200"),
        ({"status": (201, 201)}, False, "expected 201"),
        ({"status": (300, 399)}, False, "expected 300 to 399"),
        ({"expect": ('status == "ok"',)}, True, "status 200"),
        ({"expect": ('checks.database == "ok"',)}, False, 'found "error"'),
        ({"expect": ("checks.queue < 10",)}, False, "not in the answer"),
        ({"contains": '"status"'}, True, "status 200"),
        ({"contains": "welcome"}, False, "does not hold 'welcome'"),
        ({"answers": (("x-build", ""),)}, True, "status 200"),
        ({"answers": (("x-build", "18"),)}, False, "header 'x-build' is '17'"),
        ({"answers": (("x-none", ""),)}, False, "header 'x-none' is missing"),
        ({"max_latency": 0.0}, False, "slower than 0 s"),
    ],
)
async def test_a3_05_an_answer_is_judged_by_what_is_expected(
    serve: Any, asked: dict[str, Any], ok: bool, words: str
) -> None:
    port = await serve(answering(b'{"status": "ok", "checks": {"database": "error"}}'))
    answer = await ask(HttpTarget(f"http://127.0.0.1:{port}/health", **asked))
    assert (answer.ok, words in answer.detail) == (ok, True), answer.detail


async def test_what_is_sent(serve: Any) -> None:
    seen: list[bytes] = []
    port = await serve(answering(b"", b"201 Created", seen))
    target = HttpTarget(
        f"http://127.0.0.1:{port}/api/session/start?x=1",
        method="POST",
        headers=(("Authorization", "Bearer t"),),
        body='{"a": 1}',
        host="shop.example",
    )
    assert (await ask(target)).ok
    (request,) = seen
    assert request.startswith(b"POST /api/session/start?x=1 HTTP/1.1\r\n")
    for line in (b"Host: shop.example", b"Authorization: Bearer t", b"User-Agent: usher"):
        assert line in request
    assert request.endswith(b'\r\n\r\n{"a": 1}')


async def test_the_time_of_each_phase_is_told(serve: Any) -> None:
    port = await serve(answering(b"ok"))
    answer = await ask(HttpTarget(f"http://localhost:{port}/"))
    assert [name for name, _ in answer.phases] == ["name", "connect", "first byte", "body"]


async def test_no_more_than_the_limit_is_read(serve: Any) -> None:
    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()

    port = await serve(endless)
    async with asyncio.timeout(30):
        assert (await ask(HttpTarget(f"http://127.0.0.1:{port}/"))).ok


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (b"", "no HTTP answer: the connection ended"),
        (b"SSH-2.0-OpenSSH\r\n", "no HTTP answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", "no HTTP answer"),
    ],
)
async def test_what_is_no_answer(serve: Any, sent: bytes, words: str) -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(sent)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    port = await serve(handler)
    answer = await ask(HttpTarget(f"http://127.0.0.1:{port}/"))
    assert not answer.ok
    assert words in answer.detail


async def test_nobody_listens() -> None:
    answer = await ask(HttpTarget("http://127.0.0.1:1/"))
    assert answer == Answer(ok=False, detail="cannot connect to 127.0.0.1:1: connection refused")


async def test_the_probe_socket_is_asked_by_path(serve: Any, tmp_path: Path) -> None:
    path = str(tmp_path / "probe.sock")
    await serve(answering(b"ok"), path=path)
    assert (await ask(HttpTarget("/ready"), path)).ok
    assert not (await ask(HttpTarget("/ready"))).ok


async def test_https_is_trusted_only_with_reason(serve: Any, shown: ssl.SSLContext) -> None:
    port = await serve(answering(b"ok"), shown)
    answer = await ask(HttpTarget(f"https://localhost:{port}/"))
    assert answer.ok, answer.detail
    assert "tls" in dict(answer.phases)


async def test_https_by_another_name_is_refused(
    serve: Any, shown: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = await serve(answering(b"ok"), shown)
    monkeypatch.delenv("SSL_CERT_FILE")
    answer = await ask(HttpTarget(f"https://localhost:{port}/"))
    assert not answer.ok
    assert "certificate" in answer.detail


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("/공연", b"GET /%EA%B3%B5%EC%97%B0 HTTP/1.1"),
        ("/a%20b/c d?q=뮤지컬&x={1}", b"GET /a%20b/c%20d?q=%EB%AE%A4%EC%A7%80%EC%BB%AC&x={1} HTTP"),
        ("", b"GET / HTTP/1.1"),
    ],
)
async def test_a_path_is_sent_as_a_uri(serve: Any, written: str, sent: bytes) -> None:
    seen: list[bytes] = []
    port = await serve(answering(b"ok", seen=seen))
    answer = await ask(HttpTarget(f"http://127.0.0.1:{port}{written}", host="공연.example"))
    assert answer.ok, answer.detail
    assert seen[0].startswith(sent)
    assert b"Host: xn--ob0bt78b.example\r\n" in seen[0]


async def test_json_that_is_nested_too_deeply_is_no_good_answer(serve: Any) -> None:
    port = await serve(answering(b"[" * http.BODY_LIMIT))
    answer = await ask(HttpTarget(f"http://127.0.0.1:{port}/", expect=("a == 1",)))
    assert (answer.ok, answer.status) == (False, 200)
    assert answer.detail.endswith(": the answer is nested too deeply")


async def test_an_answer_that_changes_the_protocol_is_none(serve: Any) -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nabc")
        await writer.drain()
        await reader.read()

    port = await serve(handler)
    headers = (("Upgrade", "x"), ("Connection", "Upgrade"))
    async with asyncio.timeout(60):
        answer = await ask(HttpTarget(f"http://127.0.0.1:{port}/", headers=headers))
    assert (answer.ok, answer.detail) == (False, "it changed to another protocol")
