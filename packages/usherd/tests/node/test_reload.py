"""Reloads and scaling under load: no request is lost, and a broken release changes nothing.

USHER_TEST_RELOADS says how often (20 is the promise; a few keep the suite short).
"""

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.load import Load

from usher.client.client import Client

pytestmark = pytest.mark.process

RELOADS = int(os.environ.get("USHER_TEST_RELOADS", "3"))
SCALES = max(1, RELOADS // 4)

PLAIN = """
const http = require('http');
http.createServer((q, r) => setTimeout(() => r.end(process.env.RELEASE), 5)).listen(PORT);
"""

EXPRESS = """
const app = require('express')();
app.get('/', (q, r) => setTimeout(() => r.send(process.env.RELEASE), 5));
app.listen(PORT);
"""

ASGI = """
import asyncio, os

async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    await asyncio.sleep(0.005)
    body = os.environ["RELEASE"].encode()
    headers = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
"""

BROKEN = {
    "throws": "throw new Error('broken');",
    "never listens": "setInterval(() => {}, 1000);",
}


def report(frames: Any) -> Any:
    """Let a request run to its end and return its report."""
    return [frame.report for frame in frames if frame.report][-1]


def plain(house: Any, port: int) -> Client:
    house.program(PLAIN.replace("PORT", str(port)))
    return house.start(_cluster())


def express(house: Any, port: int) -> Client:
    modules = os.environ["USHER_TEST_NPM"]
    (house.usher.folder / "node_modules").symlink_to(Path(modules) / "node_modules")
    house.program(EXPRESS.replace("PORT", str(port)))
    return house.start(_cluster())


def single(house: Any, port: int) -> Client:
    return uvicorn(house, port, 1)


def uvicorn(house: Any, port: int, instances: int = 2) -> Client:
    house.program(ASGI, "web.py")
    return house.start(
        {
            "script": sys.executable,
            "args": "-m uvicorn web:app --fd {fd} --no-access-log --log-level warning",
            "interpreter": "none",
            "instances": instances,
            "exec_mode": "fork",
            "env": {"RELEASE": "one"},
            "usher": {
                "sockets": [{"name": "http", "listen": f"127.0.0.1:{port}"}],
                "ready": {"alive_for": "1500ms"},
                "stop": {"signal": "TERM", "timeout": "5s"},
            },
        }
    )


def _cluster() -> dict[str, Any]:
    return {"instances": 2, "env": {"RELEASE": "one"}}


CASES = [
    pytest.param(plain, False, id="plain, new connections"),
    pytest.param(plain, True, id="plain, kept connections"),
    pytest.param(express, False, id="express, new connections", marks=pytest.mark.debian),
    pytest.param(express, True, id="express, kept connections", marks=pytest.mark.debian),
    # uvicorn cuts its own kept connections when it is told to stop.
    pytest.param(uvicorn, False, id="uvicorn, new connections"),
    pytest.param(single, False, id="one uvicorn, new connections"),
]


@pytest.mark.parametrize(("app", "keep_alive"), CASES)
def test_reloads_and_scaling_lose_nothing(
    house: Any, port: int, app: Callable[[Any, int], Client], keep_alive: bool
) -> None:
    client = app(house, port)
    with Load(port, keep_alive=keep_alive) as load:
        for number in range(RELOADS):
            done = report(client.reload(["app"]))
            assert done.exit_code == 0, done
            if number < SCALES:
                for instances in (4, 2):
                    done = report(client.scale("app", str(instances)))
                    assert done.exit_code == 0, done
        time.sleep(0.3)
    print(load)
    assert not load.failures, load
    assert load.answers.total() > 100 * RELOADS, load


def test_one_worker_that_boots_longer_than_listen_timeout_is_replaced_without_a_gap(
    house: Any, port: int, until: Callable[..., Any]
) -> None:
    """The worker is waited for until it listens, however long PM2 would have waited."""
    house.program(f"setTimeout(() => {{{PLAIN.replace('PORT', str(port))}}}, 4000);")
    client = house.start({**_cluster(), "instances": 1, "exec_mode": "cluster"})
    until(lambda: _listens(port))
    with Load(port) as load:
        assert report(client.reload(["app"])).exit_code == 0
        time.sleep(0.3)
    assert not load.failures, load


def _listens(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_release_is_rejected_and_the_old_one_serves_on(
    house: Any, port: int, fault: str
) -> None:
    plain(house, port)
    before = house.usher.pids()
    house.program(BROKEN[fault])
    with Load(port) as load:
        house.usher("reload", "app", code=3)
    assert not load.failures, load
    assert set(load.answers) == {"one"}
    assert house.usher.pids() == before


def test_a_keeper_killed_in_a_reload_steers_no_connection_astray(
    house: Any, port: int, until: Callable[..., Any]
) -> None:
    """The places in the kernel's group of sockets have moved since they were handed out."""
    client = uvicorn(house, port)
    with Load(port) as load:
        report(client.reload(["app"]))
        for _ in range(2):
            reloading = threading.Thread(target=lambda: report(client.reload(["app"])))
            reloading.start()
            until(lambda: len(client.service("app").instances) > 2)
            keeper = client.ping().keeper
            assert keeper is not None
            os.kill(keeper.pid, signal.SIGKILL)
            reloading.join()
    assert not load.failures, load
