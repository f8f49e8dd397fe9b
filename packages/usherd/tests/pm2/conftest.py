"""Plays sessions of PM2's command line: with usher, or with PM2 itself."""

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

APPS = Path(__file__).parent / "apps"

COLOR = re.compile(r"\x1b\[[0-9;]*m")


class Ran(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


class CommandLine:
    """`pm2`, or what stands in for it, in a home and a folder of its own."""

    def __init__(self, program: list[str], folder: Path, path: str) -> None:
        self.program = program
        self.folder = folder / "project"
        self.home = folder / "pm2"
        self.home.mkdir()
        shutil.copytree(APPS, self.folder)
        (self.folder / "loop.sh").chmod(0o755)
        self.env = {
            "PATH": path,
            "HOME": str(folder),
            "PM2_HOME": str(self.home),
            "LANG": "C.UTF-8",
            "PM2_DISABLE_VERSION_CHECK": "true",
        }

    def __call__(self, line: str, *, stdin: str = "") -> Ran:
        done = subprocess.run(
            [*self.program, *shlex.split(line)],
            cwd=self.folder,
            env=self.env,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return Ran(done.returncode, COLOR.sub("", done.stdout), COLOR.sub("", done.stderr))

    def count(self, text: str) -> int:
        """Say how often a text stands in prettylist, as scripts do with grep."""
        return self("prettylist").out.count(text)

    def until_counted(self, text: str, expected: int, *, seconds: float = 120.0) -> None:
        """Poll until a text stands in prettylist so many times."""
        deadline = time.monotonic() + seconds
        while (found := self.count(text)) != expected:
            listed = self("list").out
            assert time.monotonic() < deadline, f"{text!r}: {found}, not {expected}\n{listed}"
            time.sleep(0.1)


@pytest.fixture
def search_path(node: str) -> str:
    """A PATH on which `node` and `python3` are those of the test environment."""
    return f"{Path(node).parent}:{Path(sys.executable).parent}:{os.environ['PATH']}"


@pytest.fixture
def free_port() -> int:
    """A port that nobody uses at the moment."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@pytest.fixture
def pm2(tmp_path: Path, search_path: str) -> Iterator[CommandLine]:
    """`usher pm2`."""
    line = CommandLine([sys.executable, "-m", "usher.main", "pm2"], tmp_path, search_path)
    yield line
    line("kill")


@pytest.fixture
def real_pm2(tmp_path: Path, search_path: str) -> Iterator[CommandLine]:
    """PM2 itself, as .ci/run has installed it."""
    program = Path(os.environ["USHER_TEST_NPM"]) / "node_modules" / ".bin" / "pm2"
    line = CommandLine([str(program)], tmp_path, search_path)
    line("list")  # the first command of a home prints a greeting
    yield line
    line("kill")
