"""Signs of life that an app gives by itself, as they are written."""

from typing import Any

import pytest

from usher.model.spec import ProbeSpec
from usher.model.target import LogTarget, WatchdogTarget


def test_signs_of_life_that_an_app_gives_by_itself(read: Any) -> None:
    text = """
[apps.api]
command = "serve"
accept_within = "0s"
[apps.api.probes]
tick = { log = "tick [0-9]+", within = "2m" }
alive = { watchdog = "12s", fail = 2 }
"""
    (api,) = read(text).services
    assert api.accept_within is None
    assert api.probes == (
        ProbeSpec("tick", LogTarget("tick [0-9]+", 120), interval=10, failures=1, passes=1),
        ProbeSpec("alive", WatchdogTarget(12), interval=3, failures=2, passes=1),
    )


@pytest.mark.parametrize(
    ("probe", "message"),
    [
        ("{ log = '(' }", "no regular expression"),
        ("{ within = '1s', tcp = 'db:1' }", "'within' belongs to 'log'"),
        ("{ log = 'x', watchdog = '1s' }", "found log and watchdog"),
    ],
)
def test_mistakes_in_signs_of_life(read: Any, probe: str, message: str) -> None:
    found = read(f"[apps.api]\ncommand = 'serve'\nprobes.x = {probe}\n")
    assert message in str(found)
