"""Apps whose hanging shows by itself: by a watchdog, a log, or clients that nobody accepts."""

import socket
from typing import Any

import pytest
from tests.usher_home import until

pytestmark = pytest.mark.process

TICKS = """
import os, socket, time
hang = "hang"
if os.path.exists(hang):
    os.unlink(hang)
notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notify.connect(os.environ["NOTIFY_SOCKET"])
assert os.environ["WATCHDOG_USEC"] == "3000000"
while True:
    if not os.path.exists(hang):
        notify.send(b"WATCHDOG=1")
        print("tick", flush=True)
    time.sleep(0.2)
"""

SERVES = """
import os, socket, sys, time
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
server.settimeout(0.2)
while True:
    if os.path.exists("hang"):
        os.unlink("hang")
        time.sleep(1000)
    try:
        server.accept()[0].close()
    except TimeoutError:
        pass
"""


def _words(usher: Any) -> list[str]:
    return [event["event"] for event in usher.events("app")]


def _unhealthy(usher: Any) -> str:
    return next(each["detail"] for each in usher.events("app") if each["event"] == "unhealthy")


def test_a_watchdog_and_a_log_that_fall_silent(usher: Any) -> None:
    usher.script("app.py", TICKS)
    usher.config(
        '[apps.app]\ncommand = ["python3", "app.py"]\nstop = { timeout = "1s" }\n'
        '[apps.app.probes]\nalive = { watchdog = "3s" }\n'
        'ticks = { log = "^tick$", within = "60s", scope = "edge" }\n'
    )
    usher("start")
    until(lambda: "alive (self) passes" in usher("describe", "app").stdout)
    until(lambda: "ticks (edge) passes" in usher("describe", "app").stdout)
    (usher.folder / "hang").touch()
    until(lambda: "recovered" in _words(usher), 40)
    assert _words(usher).count("replaced") == 1
    assert "alive failed 1 time in a row: WATCHDOG=1 came" in _unhealthy(usher)


def test_clients_that_nobody_accepts_need_no_probe_to_be_seen(usher: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = free.getsockname()
    usher.script("app.py", SERVES)
    usher.config(
        f'[apps.app]\ncommand = ["python3", "app.py", "{address[1]}"]\n'
        f'accept_within = "1s"\nready = {{ listen = {address[1]} }}\n'
    )
    usher("start")
    (usher.folder / "hang").touch()
    until(lambda: not (usher.folder / "hang").exists())
    with socket.create_connection(address):
        until(lambda: "replaced" in _words(usher), 40)
    until(lambda: "recovered" in _words(usher), 40)
    assert "accept queue failed 1 time in a row: clients wait for" in _unhealthy(usher)
