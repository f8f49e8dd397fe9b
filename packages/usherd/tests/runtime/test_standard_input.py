"""Lines for a process that holds its own input open, and why they are not written."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from usher.runtime.standard_input import LINE_LIMIT, NoInputError, write

MARKER = b"USHER_RUN=/home:app:1.0:1"

ECHOES = """
import sys
print("up", flush=True)
for line in sys.stdin:
    print(line, end="", flush=True)
"""
SLEEPS = "import time; print('up', flush=True); time.sleep(600)"


class App:
    """A program that prints each line it reads, or reads none."""

    def __init__(self, *, reads: bool = True, stdin: int | None = None) -> None:
        ends = os.pipe()
        own = os.open(f"/proc/self/fd/{ends[0]}", os.O_RDWR)
        self.process = subprocess.Popen(
            [sys.executable, "-c", ECHOES if reads else SLEEPS],
            stdin=own if stdin is None else stdin,
            stdout=subprocess.PIPE,
            env={"USHER_RUN": "/home:app:1.0:1"},
        )
        for fd in (*ends, own):
            os.close(fd)
        assert self.line() == b"up\n"

    def line(self) -> bytes:
        """Read what it prints next."""
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def app() -> Iterator[App]:
    made = App()
    yield made
    made.close()


def test_lines_arrive_and_the_input_never_ends(app: App) -> None:
    for line in (b"one\n", "zw\u00f6lf\n".encode(), b"x" * (LINE_LIMIT - 1) + b"\n"):
        write(app.process.pid, MARKER, line)
        assert app.line() == line
    assert app.process.poll() is None


def test_only_the_run_that_is_meant(app: App) -> None:
    with pytest.raises(NoInputError, match="just ended"):
        write(app.process.pid, MARKER + b"2", b"x\n")


def test_a_line_that_does_not_fit(app: App) -> None:
    with pytest.raises(NoInputError, match="longer than 4096 bytes"):
        write(app.process.pid, MARKER, b"x" * (LINE_LIMIT + 1))


def test_nobody_reads() -> None:
    app = App(reads=False)
    try:
        for _ in range(16):  # a pipe holds 64 KiB
            write(app.process.pid, MARKER, b"x" * LINE_LIMIT)
        with pytest.raises(NoInputError, match="has not read"):
            write(app.process.pid, MARKER, b"x" * LINE_LIMIT)
    finally:
        app.close()


def test_no_pipe_and_no_process() -> None:
    app = App(reads=False, stdin=subprocess.DEVNULL)
    with pytest.raises(NoInputError, match="no pipe"):
        write(app.process.pid, MARKER, b"x\n")
    app.close()
    with pytest.raises(NoInputError, match="cannot be opened"):
        write(app.process.pid, MARKER, b"x\n")
