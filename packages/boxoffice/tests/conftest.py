"""A real PostgreSQL for the tests: one server for the session, a database for a test.

The server is the embedded one; `BOXOFFICE_TEST_DATABASE_URL` (a superuser's URL) names another for
the tests that ask for `database_url` or `engine`.
"""

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Engine
from sqlalchemy.engine import URL, make_url

from boxoffice.database import open_database, superuser_url
from boxoffice.db.engine import create_engine
from boxoffice.db.schema import upgrade


@pytest.fixture(scope="session")
def searchable_folder() -> Iterator[Path]:
    """A folder that other users may pass through: as root the server runs as another user.

    pytest's own temporary folders are closed to others.
    """
    with tempfile.TemporaryDirectory(prefix="boxoffice-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        yield folder


@pytest.fixture(scope="session")
def database_home(searchable_folder: Path) -> Path:
    """The data folder of the session's server."""
    return searchable_folder / "home"


@pytest.fixture(scope="session")
def database_server(database_home: Path) -> Iterator[str]:
    """URL of the database `boxoffice` on a server that runs for the session."""
    outside = os.environ.pop("DATABASE_URL", None)
    try:
        with open_database(database_home) as url:
            yield url
    finally:
        if outside is not None:
            os.environ["DATABASE_URL"] = outside


@pytest.fixture(scope="session")
def maintenance_url(database_server: str, database_home: Path) -> str:
    """URL of the superuser on the session's server."""
    assert database_server
    return superuser_url(database_home)


@pytest.fixture
def fresh_database(database_server: str, maintenance_url: str) -> Iterator[str]:
    """URL of a new, empty database that belongs to the role `boxoffice`."""
    name = f"test_{uuid4().hex}"
    with psycopg.connect(maintenance_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} OWNER boxoffice".encode())
        try:
            yield database_server.replace("@/boxoffice?", f"@/{name}?")
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@dataclass(frozen=True)
class Server:
    """A server to make databases on: as superuser, for the login that will own them."""

    superuser: str
    owner: URL

    @contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """URL of a new database that belongs to `owner`; dropped at the end."""
        name = f"test_{uuid4().hex}"
        names = [sql.Identifier(part) for part in (name, template, self.owner.username or "")]
        with psycopg.connect(self.superuser, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(*names))
            try:
                url = self.owner.set(database=name)
                yield url.render_as_string(hide_password=False)
            finally:
                connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(names[0]))


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest) -> Server:
    """The server of this session."""
    outside = os.environ.get("BOXOFFICE_TEST_DATABASE_URL")
    if outside is None:
        owner = make_url(request.getfixturevalue("database_server"))
        return Server(request.getfixturevalue("maintenance_url"), owner)
    password = secrets.token_urlsafe()
    with psycopg.connect(outside, autocommit=True) as connection:
        if not connection.execute("SELECT FROM pg_roles WHERE rolname = 'boxoffice'").rowcount:
            connection.execute("CREATE ROLE boxoffice LOGIN CREATEROLE")
        connection.execute(sql.SQL("ALTER ROLE boxoffice PASSWORD {}").format(password))
    return Server(outside, make_url(outside).set(username="boxoffice", password=password))


@pytest.fixture(scope="session")
def template_database(server: Server) -> Iterator[str]:
    """Name of a database with our schema, to copy."""
    with server.database() as url:
        engine = create_engine(url)
        upgrade(engine)
        engine.dispose()
        yield make_url(url).database or ""


@pytest.fixture
def database_url(server: Server, template_database: str) -> Iterator[str]:
    """URL of a database of this test's own, with our schema and no rows."""
    with server.database(template_database) as url:
        yield url


@pytest.fixture(scope="module")
def module_database(server: Server, template_database: str) -> Iterator[str]:
    """The same for all tests of a module, each on performances of its own."""
    with server.database(template_database) as url:
        yield url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on `database_url`."""
    engine = create_engine(database_url)
    yield engine
    engine.dispose()
