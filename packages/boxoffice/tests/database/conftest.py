"""The database as people start it: the installed command, in a folder of its own."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

Start = Callable[..., "subprocess.Popen[str]"]

DEADLINE = 30.0


def eventually(happened: Callable[[], bool], what: str) -> None:
    """Poll until it happened; fail after the deadline."""
    end = time.monotonic() + DEADLINE
    while not happened():
        assert time.monotonic() < end, f"not within {DEADLINE} s: {what}"
        time.sleep(0.05)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that the server's account may pass through."""
    with tempfile.TemporaryDirectory(prefix="boxoffice-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        yield folder


@pytest.fixture
def home(open_folder: Path) -> Path:
    """A data folder that does not exist yet."""
    return open_folder / "home"


@pytest.fixture
def start(home: Path) -> Iterator[Start]:
    """Start `boxoffice <words>` on the home; whatever still runs at the end is killed."""
    started: list[subprocess.Popen[str]] = []

    def start_command(*words: str, **variables: str) -> "subprocess.Popen[str]":
        environ = {**os.environ, "BOXOFFICE_HOME": str(home), **variables}
        environ.pop("DATABASE_URL", None)
        process = subprocess.Popen(
            [str(Path(sys.executable).with_name("boxoffice")), *words],
            env=environ,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start_command
    for process in started:
        if process.poll() is None:
            process.send_signal(signal.SIGQUIT)  # at once, without waiting for clients
            process.wait(DEADLINE)
        assert process.stderr
        process.stderr.close()


@pytest.fixture
def service(start: Start) -> Callable[[], "subprocess.Popen[str]"]:
    """Start the service and wait until it answers."""

    def start_service() -> "subprocess.Popen[str]":
        process = start("database")
        eventually(lambda: start("database", "--check").wait() == 0, "the database answers")
        return process

    return start_service


@pytest.fixture
def poll() -> Callable[[Callable[[], bool], str], None]:
    """`poll(condition, what)`: wait for it, with a deadline."""
    return eventually
