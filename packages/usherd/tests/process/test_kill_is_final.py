"""`usher kill` ends everything, whoever is killed in the middle of it."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from tests.usher_home import Usher

pytestmark = pytest.mark.process

CONFIG = """
[apps.web]
command = ["sleep", "1000"]
"""

WAITS: dict[str, Callable[[Usher], bool]] = {
    "at once": lambda _: True,
    "asked": lambda usher: "Shutdown" in (usher.home / "state" / "journal").read_text(),
    "down": lambda usher: not usher.marked(),
    "unreachable": lambda usher: not (usher.home / "usher.sock").exists(),
}
"""How far a kill is when somebody is killed."""


@pytest.mark.parametrize("victim", ["daemon", "keeper"])
@pytest.mark.parametrize("moment", WAITS)
def test_nothing_is_left_of_a_kill_in_which_somebody_is_killed(
    usher: Usher, until: Callable[..., Any], victim: str, moment: str
) -> None:
    usher.config(CONFIG)
    usher("start")
    pid = usher.ping()[victim]["pid"]
    with subprocess.Popen(
        [sys.executable, "-m", "usher.main", "kill"], env=usher.env, cwd=usher.cwd
    ) as kill:
        until(lambda: WAITS[moment](usher) or kill.poll() is not None)
        if kill.poll() is None and pid in usher.own():
            os.kill(pid, signal.SIGKILL)
        assert kill.wait(60) == 0
    assert not usher.own()
    assert not usher.marked()


def test_a_keeper_killed_just_before_is_ended_in_its_successor(usher: Usher) -> None:
    usher.config(CONFIG)
    usher("start")
    for _ in range(3):
        os.kill(usher.ping()["keeper"]["pid"], signal.SIGKILL)
        usher("kill")
        assert not usher.own()
        assert not usher.marked()
        usher("start")
    assert usher.all_ready()
