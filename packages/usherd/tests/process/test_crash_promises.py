"""Both crash promises (design 2.1): kill the daemon, kill the keeper, and nothing is harmed."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.programs import SCRIBE, WEB, is_alive, numbers

pytestmark = pytest.mark.process

CONFIG = """
[apps.scribe]
command = ["python", "scribe.py", "{folder}/count"]
log = {{ max_size = "4M", retain = 1000 }}

[apps.web]
command = ["python", "web.py"]
instances = 2
sockets = [{{ name = "http", listen = "127.0.0.1:0" }}]
probe_socket = true
ready = {{ http = "/" }}
probes.live = {{ http = "/", interval = "1s", timeout = "1s" }}
restart = {{ delays = ["0s"], delay_limit = "0s", budget_count = 1000 }}
"""


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def kill_service(usher: Any, until: Callable[..., Any]) -> None:
    """Kill one instance: it is replaced and ready within 5 s."""
    killed = usher.pids()["web", 0]
    kill(killed)
    until(lambda: usher.pids()["web", 0] not in (None, killed) and usher.all_ready())


def kill_ours(usher: Any, until: Callable[..., Any], victim: str) -> None:
    """Kill daemon or keeper: another one is there within 5 s, and no service has changed."""
    pids, pid = usher.pids(), usher.ping()[victim]["pid"]
    kill(pid)

    def replaced() -> bool:
        info = usher.ping()[victim]
        return info is not None and info["pid"] != pid and usher.all_ready()

    until(replaced)
    assert usher.pids() == pids


@pytest.mark.parametrize("rounds", [3])
def test_a2_16_nothing_is_harmed_by_a_kill_of_usher(
    usher: Any, until: Callable[..., Any], rounds: int
) -> None:
    usher.script("scribe.py", SCRIBE)
    usher.script("web.py", WEB)
    usher.config(CONFIG.format(folder=usher.folder))
    usher("start")
    before = usher.pids()
    for _ in range(rounds):
        kill_service(usher, until)
        kill_ours(usher, until, "daemon")
        kill_ours(usher, until, "keeper")
    assert usher.pids()["scribe", 0] == before["scribe", 0]
    assert usher.marked() == set(usher.pids().values())

    usher("stop", "scribe")
    written = int.from_bytes((usher.folder / "count").read_bytes()[:8], "little")
    logged = numbers(usher.home / "logs", "scribe-out.log")
    assert logged[:written] == list(range(1, written + 1))
    # The line that was being written when the process was stopped may be there as well.
    assert len(logged) - written in (0, 1)


def test_exit_while_nobody_watches_is_found(usher: Any, until: Callable[..., Any]) -> None:
    usher.config('[apps.sleeper]\ncommand = ["sleep", "1000"]\n')
    usher("start")
    first, info = usher.pids()["sleeper", 0], usher.ping()
    kill(info["daemon"]["pid"])
    kill(first)
    until(lambda: usher.pids()["sleeper", 0] not in (None, first) and usher.all_ready())
    second, info = usher.pids()["sleeper", 0], usher.ping()
    kill(info["keeper"]["pid"])
    kill(second)
    until(lambda: usher.pids()["sleeper", 0] not in (None, second) and usher.all_ready())


def test_daemon_and_keeper_die_together(usher: Any, until: Callable[..., Any]) -> None:
    usher.config('[apps.sleeper]\ncommand = ["sleep", "1000"]\n')
    usher("start")
    before, info = usher.pids()["sleeper", 0], usher.ping()
    kill(info["keeper"]["pid"])
    kill(info["daemon"]["pid"])
    time.sleep(0.2)
    assert Path(f"/proc/{before}").exists()
    until(lambda: usher.pids()["sleeper", 0] not in (None, before) and usher.all_ready())
    assert not is_alive(before)
    assert len(usher.marked()) == 1


def test_state_survives_kill_and_nothing_starts_by_itself(usher: Any) -> None:
    usher.config('[apps.sleeper]\ncommand = ["sleep", "1000"]\n')
    usher("start")
    usher("kill")
    assert usher.marked() == set()
    assert usher.services() == {}
    usher.config('[apps.other]\ncommand = ["sleep", "1000"]\n')
    usher("start")
    listed = {name: service["status"] for name, service in usher.services().items()}
    assert listed == {"sleeper": "inactive", "other": "active"}
    usher("start", "sleeper")
    assert usher.all_ready()


def test_a_daemon_that_keeps_crashing_only_looks_until_it_is_asked(
    usher: Any, until: Callable[..., Any]
) -> None:
    usher.config('[apps.sleeper]\ncommand = ["sleep", "1000"]\n')
    usher("start")
    for _ in range(5):
        crashed = usher.ping()["daemon"]["pid"]
        os.kill(crashed, signal.SIGABRT)
        until(lambda crashed=crashed: usher.ping()["daemon"]["pid"] != crashed)
    assert usher.ping()["safe_mode"]
    killed = usher.pids()["sleeper", 0]
    kill(killed)
    until(lambda: usher.services()["sleeper"]["ready"] == 0)
    time.sleep(1)
    assert usher.pids()["sleeper", 0] is None

    usher("start", "sleeper")
    assert usher.all_ready()
    assert not usher.ping()["safe_mode"]
