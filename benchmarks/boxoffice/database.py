"""A database of its own for each size, with people in it, and a server on it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from benchmarks.boxoffice.clients import Service, exchange
from benchmarks.boxoffice.season import Size, generate
from benchmarks.rig.command import BenchmarkError
from sqlalchemy.engine import make_url

from boxoffice.accounts.tokens import API_PREFIX, digest
from boxoffice.db.engine import create_engine
from boxoffice.db.schema import upgrade

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

ALL, SOME = "all performances", "5 % of them"
"""Who asks, as tables call them."""

_START_SECONDS = 60.0
_STOP_SECONDS = 30.0

# An administrator who sees everything, and a person who sees every twentieth performance.
_PEOPLE = """
INSERT INTO boxoffice.app_user
    (email, name, role, can_upload, can_manage, all_performances, is_approved)
VALUES ('all@example.org', 'All', 0, true, true, true, true),
       ('some@example.org', 'Some', 2, true, false, false, true);
INSERT INTO boxoffice.user_performance (user_id, performance_id)
SELECT app_user.id, performance.id
FROM boxoffice.app_user CROSS JOIN boxoffice.performance
WHERE app_user.name = 'Some' AND hashtextextended(performance.code, 5) % 20 = 0
"""
_ADMISSION = """
INSERT INTO boxoffice.api_token (user_id, name, token_sha256, created_at)
SELECT id, 'benchmark', %(digest)s, now() FROM boxoffice.app_user WHERE name = %(name)s
"""
_SECRETS = {ALL: ("All", f"{API_PREFIX}all"), SOME: ("Some", f"{API_PREFIX}some")}


@dataclass(frozen=True, slots=True)
class Database:
    """One generated database."""

    name: str
    url: str
    """As the service connects."""
    superuser: str
    people: Mapping[str, str]
    """Tokens, by who asks."""
    actors: Mapping[str, str]
    """What policies call them."""
    seconds: float
    """How long it took to generate."""
    size_bytes: int


@contextmanager
def generated(server: str, superuser: str, size: Size) -> Generator[Database]:
    """A database with a season of that size; dropped at the end."""
    begin = time.monotonic()
    with empty_database(server, superuser, f"benchmark_{size.name}") as (url, maintenance):
        with psycopg.connect(maintenance, autocommit=True) as connection:
            generate(connection, size)
            actors = _add_people(connection)
            connection.execute("VACUUM ANALYZE")
            row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
        yield Database(
            name=size.name,
            url=url,
            superuser=maintenance,
            people={who: token for who, (_, token) in _SECRETS.items()},
            actors=actors,
            seconds=time.monotonic() - begin,
            size_bytes=row[0] if row else 0,
        )


@contextmanager
def empty_database(server: str, superuser: str, name: str) -> Generator[tuple[str, str]]:
    """URLs, as service and as superuser, of a database with our schema; dropped at the end."""
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())
        connection.execute(f"CREATE DATABASE {name} OWNER boxoffice".encode())
        try:
            url = make_url(server).set(database=name).render_as_string(hide_password=False)
            engine = create_engine(url)
            upgrade(engine)
            engine.dispose()
            yield url, make_url(superuser).set(database=name).render_as_string(hide_password=False)
        finally:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())


def _add_people(connection: psycopg.Connection[Any]) -> Mapping[str, str]:
    connection.execute(_PEOPLE.encode())
    for name, secret in _SECRETS.values():
        connection.execute(_ADMISSION.encode(), {"name": name, "digest": digest(secret)})
    found = connection.execute("SELECT name, id FROM boxoffice.app_user").fetchall()
    ids = {name: f"user:{number}" for name, number in found}
    return {who: ids[name] for who, (name, _) in _SECRETS.items()}


@dataclass(frozen=True, slots=True)
class Server:
    """A running `boxoffice serve`."""

    pid: int
    port: int

    def service(self, token: str) -> Service:
        """As whoever holds the token sees it."""
        return Service(self.port, {"Authorization": f"Bearer {token}"})


@contextmanager
def serving(database: Database) -> Generator[Server]:
    """The server on a database, as its users start it; ended at the end."""
    listening = socket.create_server(("127.0.0.1", 0))
    port: int = listening.getsockname()[1]
    argv = [
        str(Path(sys.executable).with_name("boxoffice")),
        "serve",
        "--fd",
        str(listening.fileno()),
    ]
    process = subprocess.Popen(
        argv,
        env={**os.environ, "DATABASE_URL": database.url},
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(listening.fileno(),),
    )
    try:
        server = Server(process.pid, port)
        _wait_until_ready(server, process, database.people[ALL])
        yield server
    finally:
        listening.close()
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(server: Server, process: subprocess.Popen[bytes], token: str) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        connection = server.service(token).connect()
        try:
            if exchange(connection, "GET", "/ready", {})[0] == 200:
                return
        except OSError:
            time.sleep(0.1)
        finally:
            connection.close()
    raise BenchmarkError("cannot measure boxoffice: its server did not start")
