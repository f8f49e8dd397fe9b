"""Fixture plugin: a real PostgreSQL for the tests of a module."""

from collections.abc import Iterator

import pytest
from tests.postgresql_server import PostgreSQL, running_postgresql


@pytest.fixture(scope="module")
def postgresql() -> Iterator[PostgreSQL]:
    try:
        with running_postgresql() as server:
            yield server
    except FileNotFoundError as error:
        pytest.skip(f"there is no PostgreSQL: {error}")
