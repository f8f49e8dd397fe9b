"""pm2-runtime and pm2-dev: PM2's programs for the foreground."""

import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.process

Front = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def front(pm2: Any) -> Iterator[Front]:
    """Start one of the programs; whatever a test leaves is ended."""
    running: list[subprocess.Popen[str]] = []

    def start(*words: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "usher.main", *words],
            cwd=pm2.folder,
            env=pm2.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.terminate()
        try:
            process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def stopped(process: subprocess.Popen[str]) -> int:
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    return process.returncode


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def test_it_prints_what_the_app_prints_until_it_is_stopped(front: Front) -> None:
    process = front("pm2-runtime", "start", "echo.js", "--name", "clock")
    assert first_line(process) == "tick\n"
    assert stopped(process) == 0


def test_an_app_that_gives_up_ends_it_with_pm2s_code(front: Front) -> None:
    process = front("pm2-runtime", "throw.js", "--max-restarts", "2", "--formatted")
    _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "throw:0 | " in err


def test_a_missing_script_is_said(front: Front) -> None:
    process = front("pm2-docker", "nosuch.js")
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (1, "")
    assert "Script not found" in err


def test_pm2_dev_restarts_for_a_changed_file(front: Front, pm2: Any) -> None:
    script = Path(pm2.folder) / "says.js"
    script.write_text("console.log('one'); setInterval(() => {}, 1000);")
    process = front("pm2-dev", "says.js")
    assert first_line(process) == "says:0 | one\n"
    assert process.stdout is not None
    # Watching begins a moment after the process: the file is changed until that is seen.
    for number in range(120):
        script.write_text(f"console.log('two'); setInterval(() => {{}}, 1000); // {number}")
        if select.select([process.stdout], [], [], 0.5)[0]:
            break
    assert first_line(process) == "says:0 | two\n"
    assert stopped(process) == 0
