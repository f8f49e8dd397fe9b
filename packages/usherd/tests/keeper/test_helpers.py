"""Helpers: limits, deadline, group kill."""

import os
import sys
import time
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.process


def helper(daemon: Any, *argv: str, **changes: Any) -> dict[str, Any]:
    asked = {
        "helper": "h",
        "argv": list(argv),
        "env": {"PATH": os.environ["PATH"], "USHER_HELPER": "h"},
        "cwd": "/",
        "timeout": 10.0,
        "max_output": 1000,
        "memory": None,
    }
    daemon.ask("helper", **{**asked, **changes})
    return daemon.wait("helper-done", helper="h")


def test_output_and_status_are_returned(house: Any) -> None:
    house.keeper()
    done = helper(house.daemon(), "/bin/sh", "-c", "echo out; echo err >&2; exit 3")
    assert done["status"] == {"code": 3}
    assert done["output"] == "out\nerr\n"
    assert not done["timed_out"]


def test_more_output_than_wanted_is_thrown_away(house: Any) -> None:
    house.keeper()
    done = helper(house.daemon(), sys.executable, "-c", "print('x' * 1_000_000)")
    assert done["status"] == {"code": 0}
    assert done["output"] == "x" * 1000


def test_a_program_that_cannot_be_started_is_named(house: Any) -> None:
    house.keeper()
    done = helper(house.daemon(), "/no/such/program")
    assert done["status"] is None
    assert done["output"] == "cannot start helper: exec: No such file or directory"


def test_the_deadline_kills_the_whole_group(house: Any, wait_until: Any) -> None:
    house.keeper()
    daemon = house.daemon()
    began = time.monotonic()
    done = helper(daemon, "/bin/sh", "-c", "sleep 1000 & echo $!; wait", timeout=0.3)
    assert done["timed_out"]
    assert done["status"] == {"signal": 9, "core": False}
    assert 0.2 < time.monotonic() - began < 5
    wait_until(lambda: not Path(f"/proc/{int(done['output'])}").exists())


def test_what_a_helper_leaves_behind_is_killed(house: Any, wait_until: Any) -> None:
    house.keeper()
    done = helper(house.daemon(), "/bin/sh", "-c", "sleep 1000 & echo $!")
    assert done["status"] == {"code": 0}
    wait_until(lambda: not Path(f"/proc/{int(done['output'])}").exists())


def test_memory_is_limited(house: Any) -> None:
    house.keeper()
    code = "x = b'x' * (300 << 20)"
    done = helper(house.daemon(), sys.executable, "-c", code, memory=200 << 20)
    assert "MemoryError" in done["output"]


def test_helpers_end_with_the_daemon_that_wanted_them(house: Any, wait_until: Any) -> None:
    house.keeper()
    daemon = house.daemon()
    file = house.home / "pid"
    asked = {"env": {"PATH": os.environ["PATH"]}, "cwd": "/", "timeout": 100.0}
    argv = ["/bin/sh", "-c", f"echo $$ > {file}; sleep 1000"]
    daemon.ask("helper", helper="h", argv=argv, **asked)
    pid = int(wait_until(lambda: file.exists() and file.read_text()))
    daemon.close()
    wait_until(lambda: not Path(f"/proc/{pid}").exists())
