"""Fixture plugin: a real usher in a home of its own, for the process tests of every package."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

MARKER = "USHER_RUN"


class Usher:
    """Runs the command line as a user would; every wait polls with a deadline."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.cwd = folder
        self.env: dict[str, str] = {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(folder),
            "USHER_HOME": str(self.home),
            "LANG": "C.UTF-8",
        }

    def __call__(self, *args: str, code: int | None = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "usher.main", *args],
            cwd=self.cwd,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert code is None or done.returncode == code, (
            f"usher {' '.join(args)}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
        )
        return done

    def config(self, text: str) -> Path:
        path = self.folder / "usher.toml"
        path.write_text(text)
        return path

    def script(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text)
        return path

    def ping(self) -> dict[str, Any]:
        return json.loads(self("ping", "--json").stdout)

    def services(self) -> dict[str, dict[str, Any]]:
        listed = json.loads(self("list", "--json").stdout)
        return {each["name"]: each for each in listed["services"]}

    def pids(self) -> dict[tuple[str, int], int | None]:
        return {
            (name, each["slot"]): each["pid"]
            for name, service in self.services().items()
            for each in service["instances"]
        }

    def all_ready(self) -> bool:
        return all(
            service["ready"] == service["instances_wanted"] for service in self.services().values()
        )

    def all_up(self) -> bool:
        """Like `all_ready`, but a job that has done its work counts as well."""
        return all(
            service["ready"] == service["instances_wanted"] or service["kind"] == "job"
            for service in self.services().values()
        )

    def marked(self) -> set[int]:
        """Pids of every process on the host that was started by this home."""
        found: set[int] = set()
        start = f"{MARKER}={self.home}:".encode()
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with contextlib.suppress(OSError):
                    parts = (entry / "environ").read_bytes().split(b"\0")
                    if any(part.startswith(start) for part in parts):
                        found.add(int(entry.name))
        return found

    def own(self) -> set[int]:
        """Pids of keepers and daemons of this home, wherever they are in their lives."""
        found: set[int] = set()
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with contextlib.suppress(OSError):
                    words = (entry / "cmdline").read_bytes().split(b"\0")
                    if b"--home" in words and str(self.home).encode() in words:
                        found.add(int(entry.name))
        return found

    def events(self, service: str | None = None) -> list[dict[str, Any]]:
        lines = self("events", "--json", *([service] if service else [])).stdout.splitlines()
        return [json.loads(line) for line in lines]


def until(what: Callable[[], Any], seconds: float = 60.0) -> Any:
    """Poll until the answer is true; fail with the last answer after the deadline."""
    deadline = time.monotonic() + seconds
    while True:
        answer = what()
        if answer:
            return answer
        assert time.monotonic() < deadline, f"not within {seconds} s: last answer {answer!r}"
        time.sleep(0.05)


@pytest.fixture(name="until")
def until_fixture() -> Callable[..., Any]:
    return until


def end(pids: set[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


@contextlib.contextmanager
def usher_home() -> Generator[Usher]:
    """A home of its own; whatever runs in it is ended afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="usher-test-"))
    # A database that gives up root must be able to reach its own folder below this one.
    folder.chmod(0o711)
    usher = Usher(folder)
    try:
        yield usher
    finally:
        usher("kill", code=None)
        end(usher.own() | usher.marked())
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(name="usher")
def usher_fixture() -> Iterator[Usher]:
    with usher_home() as made:
        yield made
