"""A real PostgreSQL for the tests: one server for the session, an empty database for a test."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from boxoffice.database import open_database, superuser_url


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
