"""Questions to database servers: PostgreSQL real, the others by the bytes of their protocols."""

import asyncio
from typing import Any, Self

import pymysql
import pytest

from usher.model.target import ServerTarget
from usher.probe.answer import Answer
from usher.probe.connection import Stopwatch
from usher.probe.servers import ask

SECRET = "Tr0ub4dor-3xyz"


async def asked(kind: Any, url: str) -> Answer:
    async with asyncio.timeout(30):
        return await ask(ServerTarget(kind, variable="DSN"), {"DSN": url}, 5, Stopwatch())


@pytest.mark.process
async def test_postgres_answers_a_query(postgresql: Any) -> None:
    answer = await asked("postgres", postgresql.url)
    assert answer.ok, answer.detail


@pytest.mark.process
async def test_postgres_does_not_let_us_in(postgresql: Any) -> None:
    url = postgresql.url.replace("correct-horse", SECRET)
    answer = await asked("postgres", url)
    assert "password authentication failed" in answer.detail
    assert SECRET not in answer.detail


@pytest.mark.process
async def test_parameters_that_only_the_driver_of_the_app_knows(postgresql: Any) -> None:
    answer = await asked("postgres", f"{postgresql.url}?schema=public&connection_limit=5")
    assert answer.ok, answer.detail


async def test_a_query_that_mysql_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def __enter__(self) -> Self:
            return self

        def __exit__(self, *error: object) -> None:
            pass

        cursor = __enter__

        def execute(self, query: str) -> None:
            raise pymysql.OperationalError(1226, "User 'app' has exceeded 'max_questions'")

    monkeypatch.setattr(pymysql, "connect", lambda **words: Full())
    answer = await asked("mysql", f"mysql://app:{SECRET}@127.0.0.1:1/shop")
    assert (answer.ok, answer.detail) == (False, "User 'app' has exceeded 'max_questions'")


def redis(password: str = "") -> Any:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        known = not password
        while line := await reader.readline():
            words: list[bytes] = []
            for _ in range(int(line[1:])):
                size = int((await reader.readline())[1:])
                words.append((await reader.readexactly(size + 2))[:-2])
            if words[0] == b"AUTH":
                known = words[-1] == password.encode()
                said = b"+OK" if known else b"-WRONGPASS invalid username-password pair"
            else:
                said = b"+PONG" if known else b"-NOAUTH Authentication required."
            writer.write(said + b"\r\n")
            await writer.drain()

    return handler


@pytest.mark.parametrize(
    ("password", "url", "ok", "words"),
    [
        ("", "redis://127.0.0.1:{port}/0", True, "redis answers"),
        (SECRET, f"redis://:{SECRET}@127.0.0.1:{{port}}", True, "redis answers"),
        (SECRET, "redis://127.0.0.1:{port}", False, "NOAUTH Authentication required"),
        (SECRET, "redis://app:wrong@127.0.0.1:{port}", False, "WRONGPASS"),
        ("", "mongodb://127.0.0.1:{port}", False, "holds no URL of redis"),
        ("", "", False, "variable DSN is not set"),
    ],
)
async def test_redis(serve: Any, password: str, url: str, ok: bool, words: str) -> None:
    port = await serve(redis(password))
    answer = await asked("redis", url.format(port=port))
    assert (answer.ok, words in answer.detail) == (ok, True), answer.detail
    assert SECRET not in answer.detail


@pytest.mark.parametrize("kind", ["redis", "mongo"])
async def test_what_speaks_something_else(serve: Any, kind: str) -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\nServer: x\r\n\r\n")
        await writer.drain()

    port = await serve(handler)
    scheme = "mongodb" if kind == "mongo" else kind
    answer = await asked(kind, f"{scheme}://127.0.0.1:{port}")
    assert not answer.ok
    assert "it speaks no" in answer.detail


@pytest.mark.parametrize(
    ("kind", "url"),
    [
        ("postgres", f"postgres://app:{SECRET}@127.0.0.1:1/shop"),
        ("mysql", f"mysql://app:{SECRET}@127.0.0.1:1/shop"),
        ("redis", f"redis://:{SECRET}@127.0.0.1:1"),
        ("mongo", f"mongodb://app:{SECRET}@127.0.0.1:1"),
    ],
)
async def test_nobody_listens(kind: str, url: str) -> None:
    answer = await asked(kind, url)
    assert not answer.ok
    assert "refused" in answer.detail.lower()
    assert SECRET not in answer.detail
