"""A signal reaches the process that is meant; a value is shown to a person only, on the record."""

import os
import pty
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.process

CATCHES = """
import os, signal, sys
def caught(number, frame):
    os.write(1, b"%d got %d\\n" % (os.getpid(), number))
signal.signal(signal.SIGUSR2, caught)
os.write(1, b"up\\n")
while True:
    signal.pause()
"""

CONFIG = """
[apps.catches]
command = ["python", "catches.py"]
instances = 2
env = { API_TOKEN = "planted-value", NODE_ENV = "production" }

[apps.down]
command = ["sleep", "1000"]
"""


@pytest.fixture
def running(usher: Any, until: Callable[..., Any]) -> Any:
    usher.script("catches.py", CATCHES.replace("\\\\", "\\"))
    usher.config(CONFIG)
    usher("start")
    usher("stop", "down")
    until(lambda: output(usher).count("up") == 2)
    return usher


def output(usher: Any) -> str:
    return "".join(path.read_text() for path in (usher.home / "logs").glob("catches*"))


def test_signals_go_to_every_process_that_is_meant_and_to_no_other(
    running: Any, until: Callable[..., Any]
) -> None:
    pids = {pid for (name, _), pid in running.pids().items() if name == "catches"}
    done = running("signal", "usr2", "catches")
    assert done.stdout == "sent SIGUSR2 to 2 process(es)\n"
    until(lambda: all(f"{pid} got 12" in output(running) for pid in pids))
    assert {int(pid) for pid in running("pid", "catches").stdout.split()} == pids
    refused = running("signal", "HUP", "down", code=1)
    assert "cannot send HUP to down: no process of it runs" in refused.stderr
    assert "no such signal" in running("signal", "SIGNOPE", "catches", code=1).stderr
    assert "cannot find" in running("signal", "HUP", "nobody", code=1).stderr


def test_a_value_is_revealed_on_a_terminal_only_and_it_is_recorded(running: Any) -> None:
    shown = running("env", "catches").stdout
    assert "API_TOKEN: ***" in shown
    assert "planted-value" not in shown
    assert "no terminal" in running("env", "catches", "--reveal", "API_TOKEN", code=2).stderr

    near, far = pty.openpty()
    words = ["env", "catches", "--reveal", "API_TOKEN"]
    subprocess.run(
        [sys.executable, "-m", "usher.main", *words],
        stdout=far, env=running.env, cwd=running.cwd, timeout=60, check=True,
    )  # fmt: skip
    os.close(far)
    assert os.read(near, 4096).decode().strip() == "planted-value"
    os.close(near)
    (event,) = [each for each in running.events() if each["event"] == "env-revealed"]
    assert event["detail"] == f"API_TOKEN was shown to uid {os.getuid()}"
    assert "did you mean 'API_TOKEN'" in _pty_error(running, "API_TOKE")


def _pty_error(usher: Any, key: str) -> str:
    near, far = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "usher.main", "env", "catches", "--reveal", key],
        stdout=far, stderr=subprocess.PIPE, env=usher.env, text=True, timeout=60, check=False,
    )  # fmt: skip
    os.close(far)
    os.close(near)
    assert done.returncode == 1
    return done.stderr
