"""A daemon that hangs while nothing happens: who asks something is answered by the next one."""

import os
import signal
from collections.abc import Callable
from typing import Any

import pytest
from tests.usher_home import Usher

pytestmark = pytest.mark.process

CONFIG = """
[apps.web]
command = ["sleep", "1000"]
"""


def own(usher: Usher) -> tuple[int, int]:
    """Pids of keeper (0: on its way back) and daemon."""
    pong = usher.ping()
    return (pong["keeper"] or {"pid": 0})["pid"], pong["daemon"]["pid"]


def test_a_list_of_a_stopped_daemon_is_answered_by_the_next(
    usher: Usher, until: Callable[..., Any]
) -> None:
    """The keeper is younger than its daemon here, so the kernel does not tell it of the stop."""
    usher.config(CONFIG)
    usher("start")
    services = usher.pids()
    first, daemon = own(usher)
    os.kill(first, signal.SIGKILL)
    until(lambda: own(usher)[0] not in (0, first), 60)
    keeper, same = own(usher)
    assert same == daemon
    os.kill(daemon, signal.SIGSTOP)
    assert usher.pids() == services
    assert usher.services()["web"]["instances"][0]["restarts"] == 0
    assert own(usher)[0] == keeper
    assert own(usher)[1] != daemon
    assert f"daemon {daemon} does not answer" in (usher.home / "logs" / "keeper.log").read_text()
