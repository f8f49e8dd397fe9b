"""PM2 of the npm package for tests that meet a real one, and a disk that can be full."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


class Pm2:
    """PM2 of the npm package, in a home of its own."""

    def __init__(self, usher: Any) -> None:
        self.program = Path(os.environ["USHER_TEST_NPM"]) / "node_modules" / ".bin" / "pm2"
        self.home = usher.folder / "pm2"
        self.folder = usher.folder
        node = str(Path(shutil.which("node") or "/usr/bin/node").parent)
        usher.env |= {"PM2_HOME": str(self.home), "PM2_DISCRETE_MODE": "true"}
        usher.env["PATH"] += f":{node}:{self.program.parent}"
        self.env = dict(usher.env)

    def __call__(self, *words: str) -> str:
        done = subprocess.run(
            [str(self.program), *words],
            env=self.env, cwd=self.folder, capture_output=True, text=True, timeout=90, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def names(self) -> list[str]:
        return [each["name"] for each in json.loads(self("jlist").splitlines()[-1])]

    @property
    def pid(self) -> int:
        return int((self.home / "pm2.pid").read_text())


@pytest.fixture
def pm2(usher: Any) -> Iterator[Pm2]:
    """PM2 in a home of its own beside usher's; ended with the test."""
    made = Pm2(usher)
    yield made
    with contextlib.suppress(OSError, ValueError):
        pid = made.pid
        made("kill")
        os.kill(pid, signal.SIGKILL)


@pytest.fixture
def small_disk(usher: Any) -> Iterator[Path]:
    """The home of usher on a file system of 6 MB."""
    usher.home.mkdir(mode=0o700)
    mount = ["mount", "-t", "tmpfs", "-o", "size=6m,mode=0700", "tmpfs", str(usher.home)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("only root may mount a file system")
    yield usher.home
    usher("kill", code=None)
    subprocess.run(["umount", "-l", str(usher.home)], check=True)
