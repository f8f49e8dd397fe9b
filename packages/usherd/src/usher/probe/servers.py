"""Database servers: are they there, do they let us in, do they answer?

PostgreSQL and MySQL are asked through their drivers. Redis and MongoDB need a few bytes each: a
ping, and before it what the URL says about who we are.
"""

import asyncio
import struct
from collections.abc import Mapping
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from usher.host.database_url import parse
from usher.host.drivers import libpq_words, pymysql_words
from usher.model.database import Target
from usher.model.target import ServerTarget
from usher.probe.answer import Answer, UnansweredError
from usher.probe.connection import Stopwatch, Stream, connect

_PORTS: Final = {"redis": 6379, "mongo": 27017}
_SCHEMES: Final = {
    "postgres": ("postgres", "postgresql"),
    "mysql": ("mysql", "mariadb"),
    "redis": ("redis", "rediss"),
    "mongo": ("mongodb",),
}
_APPLICATION: Final = "usher probe"
_SHOWN: Final = 200


async def ask(
    target: ServerTarget, environment: Mapping[str, str], timeout: float, watch: Stopwatch
) -> Answer:
    """Ask `target` once, its URL taken from `environment`. The drivers get `timeout` seconds."""
    try:
        url = _url(target, environment)
        match target.kind:
            case "postgres":
                with watch.phase("answer"):
                    await asyncio.to_thread(_postgres, _database(url), timeout)
            case "mysql":
                with watch.phase("answer"):
                    await asyncio.to_thread(_mysql, _database(url), timeout)
            case "redis":
                await _redis(url, watch)
            case "mongo":
                await _mongo(url, watch)
    except UnansweredError as error:
        return Answer(ok=False, detail=str(error), phases=watch.phases)
    except OSError as error:
        return Answer(ok=False, detail=f"no answer: {error}", phases=watch.phases)
    detail = f"{target.kind} answers in {watch.elapsed * 1000:.0f} ms"
    return Answer(ok=True, detail=detail, phases=watch.phases)


def _url(target: ServerTarget, environment: Mapping[str, str]) -> SplitResult:
    text = f"{target.kind}://{target.address}"
    if target.variable:
        text = environment.get(target.variable, "").strip()
        if not text:
            raise UnansweredError(f"variable {target.variable} is not set")
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError as error:
        raise UnansweredError(
            f"variable {target.variable} holds no URL that can be read"
        ) from error
    scheme = parts.scheme.partition("+")[0]
    if scheme not in (*_SCHEMES[target.kind], target.kind):
        raise UnansweredError(f"variable {target.variable} holds no URL of {target.kind}")
    return parts


def _database(url: SplitResult) -> Target:
    found = parse(url.geturl())
    if found is None:
        raise UnansweredError("its URL cannot be read")
    return found


def _postgres(target: Target, timeout: float) -> None:
    import psycopg  # loading a driver takes 50 ms that other questions need not spend
    from psycopg.conninfo import make_conninfo

    words = libpq_words(target)
    seconds = max(2, int(timeout))  # libpq's least
    try:
        said = make_conninfo("", **words, connect_timeout=seconds, application_name=_APPLICATION)
        with psycopg.connect(said, autocommit=True) as connection:
            connection.execute("SELECT 1")
    except psycopg.Error as error:
        raise UnansweredError(_first_line(error)) from None  # its context may hold the password


def _mysql(target: Target, timeout: float) -> None:
    import pymysql

    try:
        connection = pymysql.connect(
            **pymysql_words(target),
            connect_timeout=timeout,
            read_timeout=timeout,
            write_timeout=timeout,
            program_name=_APPLICATION,
        )
        with connection, connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except pymysql.Error as error:
        said = error.args[-1] if error.args else type(error).__name__
        raise UnansweredError(_first_line(said)) from None


async def _redis(url: SplitResult, watch: Stopwatch) -> None:
    async with await _reach(url, "redis", watch) as stream:
        with watch.phase("answer"):
            if url.password:
                user = [unquote(url.username)] if url.username else []
                await _redis_says(stream, "AUTH", *user, unquote(url.password))
            said = await _redis_says(stream, "PING")
            if said != "PONG":
                raise UnansweredError(f"answered {said!r} to PING")


async def _redis_says(stream: Stream, *words: str) -> str:
    encoded = [word.encode() for word in words]
    command = b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in encoded)
    await stream.write(b"*%d\r\n%s" % (len(words), command))
    line = (await stream.read_line()).decode(errors="replace").rstrip()
    if line.startswith("+"):
        return line[1:]
    raise UnansweredError(line[1 : _SHOWN + 1] if line.startswith("-") else "it speaks no Redis")


_MONGO_PING: Final = b"\x10ping\x00\x01\x00\x00\x00" + b"\x02$db\x00\x06\x00\x00\x00admin\x00"
"""BSON of {ping: 1, $db: "admin"}, without its length and end; a ping needs no user."""
_OP_MSG: Final = 2013
_MONGO_LIMIT: Final = 64 * 1024


async def _mongo(url: SplitResult, watch: Stopwatch) -> None:
    document = struct.pack("<i", len(_MONGO_PING) + 5) + _MONGO_PING + b"\x00"
    body = b"\x00\x00\x00\x00\x00" + document  # no flags; one section of kind 0
    async with await _reach(url, "mongo", watch) as stream:
        with watch.phase("answer"):
            await stream.write(struct.pack("<iiii", 16 + len(body), 1, 0, _OP_MSG) + body)
            length, _, _, operation = struct.unpack("<iiii", await stream.read_exactly(16))
            if operation != _OP_MSG or not 16 < length <= _MONGO_LIMIT:
                raise UnansweredError("it speaks no MongoDB")
            reply = await stream.read_exactly(length - 16)
    if b"\x01ok\x00" + struct.pack("<d", 1.0) not in reply:
        raise UnansweredError("it refused the ping")


async def _reach(url: SplitResult, kind: str, watch: Stopwatch) -> Stream:
    host = url.hostname or "127.0.0.1"
    tls = host if url.scheme == "rediss" else ""
    return await connect(host, url.port or _PORTS[kind], watch, tls=tls)


def _first_line(error: object) -> str:
    lines = str(error).strip().splitlines() or ["no reason given"]
    return lines[0][:_SHOWN]
