"""A real reload: done, rejected, interrupted by the death of daemon and keeper, and scaling."""

import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from tests.load import Load
from tests.programs import WEB

pytestmark = pytest.mark.process

CONFIG = """
[apps.web]
command = ["python", "web.py"]
instances = 2
sockets = [{ name = "http", listen = "127.0.0.1:0" }]
probe_socket = true
ready = { http = "/", interval = "100ms" }
rollout = { min_healthy = "500ms" }
"""

HANDLER = "class Handler(http.server.BaseHTTPRequestHandler):\n"
MODERN = WEB.replace(HANDLER, f"{HANDLER}    protocol_version = 'HTTP/1.1'\n")

BROKEN = "raise SystemExit('this release is broken')\n"


@pytest.fixture
def web(usher: Any) -> Any:
    """Two instances behind a socket that the keeper holds."""
    usher.script("web.py", MODERN)
    usher.config(CONFIG)
    usher("start")
    return usher


def port_of(usher: Any) -> int:
    (address,) = usher.services()["web"]["addresses"]
    return int(address.rstrip("/").rpartition(":")[2])


def test_a_reload_loses_no_request_and_a_broken_release_changes_nothing(web: Any) -> None:
    before = web.pids()
    with Load(port_of(web), clients=4) as load:
        web("reload", "web")
        after = web.pids()
        web.script("web.py", BROKEN)
        rejected = web("reload", "web", code=3)
        assert web.pids() == after
        assert web.all_ready()
    assert not set(before.values()) & set(after.values())
    assert "web:0: exited with code 1" in rejected.stderr
    assert "this release is broken" in rejected.stderr, "the evidence is shown"
    assert load.failures == {}
    assert sum(load.answers.values()) > 0
    words = [each["event"] for each in web.events("web")]
    assert words.count("reloaded") == 1
    assert words.count("reload-rejected") == 1


def test_another_reload_is_refused_while_one_runs(web: Any) -> None:
    first = threading.Thread(target=lambda: web("reload", "web"))
    first.start()
    try:
        _until_proving(web)
        busy = web("reload", "web", code=8)
        assert "a reload is proving its new generation" in busy.stderr
    finally:
        first.join()


@pytest.mark.parametrize("victims", [("daemon",), ("keeper",), ("keeper", "daemon")])
def test_what_dies_in_the_middle_leaves_no_half_reload(
    victims: tuple[str, ...], web: Any, until: Callable[..., Any]
) -> None:
    before = web.pids()
    web("reload", "web", "--no-wait")
    _until_proving(web)
    pids = [web.ping()[victim]["pid"] for victim in victims]
    for pid in pids:
        os.kill(pid, signal.SIGKILL)

    def is_over() -> bool:
        service = web.services()["web"]
        runs = [each for each in service["instances"] if each["pid"] is not None]
        started = service["rollout"].startswith("reload:")
        return not started and service["ready"] == 2 and len(runs) == 2

    until(is_over, 60)
    assert len(web.marked()) == 2, "no process is left of the other generation"
    if len(victims) == 1:
        assert not set(before.values()) & set(web.pids().values()), "it was finished"


def test_more_and_fewer_under_load(web: Any) -> None:
    with Load(port_of(web), clients=4) as load:
        for number in ("4", "-2", "+1", "1"):
            web("scale", "web", number)
    assert load.failures == {}
    assert [slot for (_, slot), pid in web.pids().items() if pid] == [0]
    assert "it has 1 instances already" in web("scale", "web", "1", code=1).stderr


def test_one_instance_is_stopped_by_its_id_and_stays_so(web: Any) -> None:
    web("stop", "1")
    instances = web.services()["web"]["instances"]
    assert [(each["id"], each["parked"], each["pid"] is None) for each in instances] == [
        (0, False, False),
        (1, True, True),
    ]
    os.kill(web.ping()["daemon"]["pid"], signal.SIGKILL)
    web("ping")
    assert web.pids()["web", 1] is None
    web("start", "id:1")
    assert web.pids()["web", 1] is not None


def _until_proving(usher: Any) -> None:
    deadline = time.monotonic() + 20
    while "proving" not in usher.services()["web"]["rollout"]:
        assert time.monotonic() < deadline, "the reload never began"
