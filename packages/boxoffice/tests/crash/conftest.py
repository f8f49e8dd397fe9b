"""A database server that can be killed, apart from the one of the other tests."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from boxoffice.database import DatabaseError, running_database, server_answers

DEADLINE = 120.0


class KillableDatabase:
    """`boxoffice database` on a folder of its own."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> str:
        """Start it (again) and wait until it answers; its URL."""
        environ = {**os.environ, "BOXOFFICE_HOME": str(self._home)}
        environ.pop("DATABASE_URL", None)
        self._process = subprocess.Popen(
            [str(Path(sys.executable).with_name("boxoffice")), "database"],
            env=environ,
            stderr=subprocess.DEVNULL,
        )
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            assert self._process.poll() is None, "the server ended"
            try:
                if server_answers(self._home):
                    return running_database(self._home)
            except DatabaseError:
                pass  # not ready yet
            time.sleep(0.05)
        raise AssertionError(f"no database within {DEADLINE} s")

    def kill(self) -> None:
        """As the kernel does when memory is short."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()


@pytest.fixture
def killable_database(searchable_folder: Path) -> Iterator[KillableDatabase]:
    """Not started yet; killed at the end."""
    outside = os.environ.pop("DATABASE_URL", None)
    database = KillableDatabase(searchable_folder / "crash")
    yield database
    database.kill()
    if outside is not None:
        os.environ["DATABASE_URL"] = outside
