"""Database servers: are they there, do they let us in, do they answer?

PostgreSQL and MySQL are asked through their drivers. Redis and MongoDB (`mongodb`) need a few bytes
each: a ping, and before it what the URL says about who we are.
"""

import asyncio
from collections.abc import Mapping
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from usher.host.database_url import parse
from usher.host.drivers import libpq_words, pymysql_words
from usher.model.database import Target
from usher.model.target import ServerTarget
from usher.probe import mongodb
from usher.probe.answer import Answer, UnansweredError
from usher.probe.connection import Stopwatch, Stream, connect

_REDIS_PORT: Final = 6379
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
                await mongodb.ask(mongodb.read(url), timeout, watch)
    except UnansweredError as error:
        return Answer(ok=False, detail=str(error), phases=watch.phases)
    except TimeoutError:
        raise  # the caller knows how far it got
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
        _ = mongodb.read(parts) if target.kind == "mongo" else parts.port
    except ValueError as error:
        raise UnansweredError(
            f"variable {target.variable} holds no URL that can be read"
        ) from error
    if parts.scheme == "mongodb+srv":
        raise UnansweredError(
            f"variable {target.variable} holds mongodb+srv, which is not looked up: write "
            f"mongodb://HOST:PORT,HOST:PORT/?tls=true with the hosts that "
            f"`dig SRV _mongodb._tcp.{parts.hostname}` lists"
        )
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
    host = url.hostname or "127.0.0.1"
    tls = host if url.scheme == "rediss" else ""
    async with await connect(host, url.port or _REDIS_PORT, watch, tls=tls) as stream:
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


def _first_line(error: object) -> str:
    lines = str(error).strip().splitlines() or ["no reason given"]
    return lines[0][:_SHOWN]
