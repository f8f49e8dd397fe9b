"""A process that lives and answers nobody: PM2 lists it as online for ever."""

import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.process

SERVER = """
const http = require('http');
http.createServer((q, r) => {
  if (q.url === '/hang') for (;;) {}
  r.end(String(process.pid));
}).listen(PORT, '127.0.0.1');
"""


def ask(port: int, path: str = "/", patience: float = 1.0) -> int | None:
    """Return the pid that answers; None when nobody does."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=patience) as answer:
            return int(answer.read())
    except (OSError, urllib.error.URLError):
        return None


def test_a_blocked_event_loop_is_replaced_and_the_recovery_proved(
    house: Any, port: int, until: Callable[..., Any]
) -> None:
    house.program(SERVER.replace("PORT", str(port)))
    probe = {"http": f"http://127.0.0.1:{port}/", "fail": 2, "scope": "self"}
    often = {"interval": "500ms", "confirm_interval": "500ms", "timeout": "500ms"}
    client = house.start(
        {
            "exec_mode": "cluster",
            "instances": 1,
            "usher": {"probes": {"answers": {**probe, **often}}},
        }
    )
    hung = until(lambda: ask(port))
    until(lambda: any(each.ok for each in client.service("app").instances[0].probes))

    assert ask(port, "/hang") is None

    replaced = until(lambda: ask(port), 60.0)
    assert replaced != hung
    until(lambda: not Path(f"/proc/{hung}").exists())
    until(lambda: "recovered" in [each.event for each in client.events(service="app")])
