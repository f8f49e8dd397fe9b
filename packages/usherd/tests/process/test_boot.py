"""What is wanted survives a reboot; what was changed can be taken back."""

import contextlib
import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from usher.runtime import lines

pytestmark = pytest.mark.process

CONFIG = """
[apps.api]
command = ["sleep", "1000"]
env = {{ TOKEN = "{token}" }}

[apps.worker]
command = ["sleep", "1001"]
"""


def power_cut(usher: Any) -> None:
    """End everything at once, and let what was written be of an earlier boot."""
    info = usher.ping()
    for pid in (info["keeper"]["pid"], info["daemon"]["pid"], *usher.marked()):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while usher.marked() and time.monotonic() < deadline:
        time.sleep(0.02)
    snapshot: Path = usher.home / "state" / "snapshot.json"
    body = lines.unseal(snapshot.read_bytes())
    assert body is not None
    earlier = {**json.loads(body), "boot_id": "an earlier boot"}
    snapshot.write_bytes(lines.seal(json.dumps(earlier).encode()))


def test_after_a_reboot_up_comes_back_and_stopped_stays_stopped(
    usher: Any, until: Callable[..., Any]
) -> None:
    usher.config(CONFIG.format(token="t"))
    usher("start")
    usher("stop", "worker")
    power_cut(usher)
    usher("list")
    until(lambda: usher.services()["api"]["ready"] == 1)
    assert usher.services()["worker"]["status"] == "inactive"
    assert usher.pids()["worker", 0] is None
    told = until(lambda: [each for each in usher.events() if each["event"] == "boot-done"])
    assert told[0]["detail"].startswith("1 of 1 apps back in ")
    booted = next(each for each in usher.events() if each["event"] == "booted")
    assert booted["detail"] == "api to come back; stays stopped: worker"


def test_undo_makes_it_exactly_as_it_was(usher: Any) -> None:
    usher.config(CONFIG.format(token="old-secret"))
    usher("start")
    pid = usher.pids()["api", 0]
    usher.config(CONFIG.format(token="new-secret") + '[apps.extra]\ncommand = ["sleep", "9"]\n')
    usher("start")
    usher("stop", "worker")
    versions = json.loads(usher("history", "--json").stdout)["versions"]
    assert [(each["n"], each["what"], each["up"]) for each in versions] == [
        (3, "stop worker", 2),
        (2, "define api, worker, extra", 3),
        (1, "define api, worker", 2),
    ]
    assert usher.pids()["api", 0] != pid

    dry = usher("undo", "1", "--dry-run")
    assert dry.stderr.splitlines()[1:] == [
        "  - extra: deleted",
        "  ~ api: environment",
        "  ~ worker: started",
    ]
    assert "secret" not in dry.stdout + dry.stderr
    assert usher.services()["worker"]["status"] == "inactive"

    usher("undo", "1")
    assert set(usher.services()) == {"api", "worker"}
    assert usher.all_ready()
    environ = Path(f"/proc/{usher.pids()['api', 0]}/environ").read_bytes()
    assert b"TOKEN=old-secret" in environ
    assert "undo to 1" in usher("history").stdout

    usher("undo")  # takes the undo back
    assert usher.services()["worker"]["status"] == "inactive"
    assert usher.services()["extra"]["status"] == "active"
    refused = usher("undo", "77", code=1)
    assert "cannot find version '77'" in refused.stderr
