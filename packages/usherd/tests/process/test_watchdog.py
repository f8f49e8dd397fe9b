"""A daemon whose loop hangs while nobody asks it anything is replaced, and says where it hung."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.usher_home import Usher

from usher.keeper.paths import keeper_argv

pytestmark = pytest.mark.process

DAEMON = """
import asyncio, functools, signal, sys, time
from usher import main
from usher.daemon import watchdog
from usher.runtime.supervisor import Supervisor

def hangs():
    time.sleep(1000)

def start(self, real=Supervisor.start):
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, hangs)
    real(self)

Supervisor.start = start
watchdog.watched = functools.partial(watchdog.watched, limit=float(sys.argv.pop(1)))
sys.exit(main.main())
"""
"""The daemon itself, with a loop that hangs when it is told to, and has less time for a turn."""

CONFIG = """
[apps.web]
command = ["sleep", "1000"]
probes.counted = {{ command = ["sh", "-c", "echo x >> {probed}"], interval = "500ms" }}
"""


@pytest.fixture
def hanging(usher: Usher) -> Iterator[Callable[[float], Usher]]:
    """Make a home whose daemon hangs at SIGUSR1, with so many seconds for a turn."""
    keepers: list[subprocess.Popen[bytes]] = []

    def make(limit: float) -> Usher:
        usher.home.mkdir(mode=0o700)
        script = str(usher.script("daemon.py", DAEMON))
        argv = [sys.executable, "-P", script, str(limit), "daemon", "--home", str(usher.home)]
        keeper = keeper_argv(str(usher.home), daemon_argv=argv)
        keepers.append(subprocess.Popen(keeper, env=usher.env, start_new_session=True))
        return usher

    yield make
    usher("kill", code=None)
    for each in keepers:
        each.wait(30)


def probes(path: Path) -> int:
    return path.read_text().count("x") if path.exists() else 0


def told(usher: Usher) -> list[str]:
    """Read as a person would while no daemon answers: this must not have the keeper ask it."""
    lines = (usher.home / "state" / "events.jsonl").read_text().splitlines()
    events = map(json.loads, lines)
    return [each["detail"] for each in events if each["event"] == "daemon-hung"]


def test_a_hanging_daemon_is_replaced_though_nobody_asks_it(
    hanging: Callable[[float], Usher], until: Callable[..., Any]
) -> None:
    usher = hanging(6.0)
    probed = usher.folder / "probed"
    usher.config(CONFIG.format(probed=probed))
    usher("start")
    services, keeper = usher.pids(), usher.ping()["keeper"]["pid"]
    daemon = usher.ping()["daemon"]["pid"]
    until(lambda: probes(probed))

    os.kill(daemon, signal.SIGUSR1)
    (words,) = until(lambda: told(usher))
    stacks = usher.home / "state" / "daemon-hang.txt"
    assert "hung and was replaced: in hangs (daemon.py:" in words
    assert str(stacks) in words
    assert "in hangs\n" in stacks.read_text()
    before = probes(probed)
    until(lambda: probes(probed) > before)

    assert usher.pids() == services
    assert usher.services()["web"]["instances"][0]["restarts"] == 0
    after = usher.ping()
    assert after["keeper"]["pid"] == keeper
    assert after["daemon"]["pid"] != daemon
    assert not after["safe_mode"]
    assert words in (usher.home / "logs" / "daemon.log").read_text()
    assert "does not answer" not in (usher.home / "logs" / "keeper.log").read_text()
    shown = usher("doctor", "--json", code=None).stdout
    (line,) = [each for each in json.loads(shown)["lines"] if "hung" in each["found"]]
    assert line["grade"] == "warning"
    assert "in hangs (daemon.py:" in line["found"]


def test_what_a_client_had_replaced_says_where_it_hung_too(
    hanging: Callable[[float], Usher], until: Callable[..., Any]
) -> None:
    """A hang that ends before the watchdog's time is over, because the keeper is told of it."""
    usher = hanging(1000.0)
    usher.config('[apps.web]\ncommand = ["sleep", "1000"]\n')
    usher("start")
    services, daemon = usher.pids(), usher.ping()["daemon"]["pid"]
    os.kill(daemon, signal.SIGUSR1)
    assert usher.pids() == services  # asks, doubts, and is answered by the next one
    (words,) = until(lambda: told(usher))
    assert "in hangs (daemon.py:" in words
    assert f"daemon {daemon} does not answer" in (usher.home / "logs" / "keeper.log").read_text()
