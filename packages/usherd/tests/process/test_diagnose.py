"""usher diagnose: why apps are not well, from their logs and from what usher sees of them."""

import json
import socket
from typing import Any

import pytest
from tests.usher_home import until

pytestmark = pytest.mark.process

TAKEN = "import socket; socket.create_server(('127.0.0.1', {port}))"


def test_a3_02_a_taken_port_and_a_missing_dependency_are_named(usher: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        taken = usher.script("taken.py", TAKEN.format(port=holder.getsockname()[1]))
        usher.config(
            f'[apps.web]\ncommand = ["python3", "{taken}"]\n'
            'restart = { delays = ["0s"], start_limit = 2 }\n'
            '[apps.worker]\ncommand = ["sleep", "1000"]\n'
            "[apps.worker.probes.queue]\ntcp = '127.0.0.1:1'\nscope = 'dependency'\n"
            "interval = '200ms'\n"
            '[apps.well]\ncommand = ["sleep", "1000"]\n'
        )
        usher("start", code=4)
        until(lambda: "queue: cannot connect" in usher("diagnose", "worker", code=None).stdout)
        until(lambda: usher.services()["well"]["ready"] == 1)
    done = usher("diagnose", "--json")
    cases = {case["app"]: case for case in json.loads(done.stdout)["cases"]}
    assert set(cases) == {"web", "worker"}
    web = cases["web"]["causes"][0]
    assert web["id"] == "net.port_in_use"
    assert web["restart"] == "no"
    assert "Address already in use" in web["evidence"][0]["text"]
    assert "database" in cases["web"]["excluded"]
    worker = cases["worker"]["causes"][0]
    assert worker["id"] == "dependency.down"
    assert "queue: cannot connect to 127.0.0.1:1" in worker["evidence"][0]["text"]
    text = usher("diagnose", "worker").stdout
    assert text.startswith("worker: ")
    assert "seen now: queue: cannot connect" in text


def test_nothing_is_wrong(usher: Any) -> None:
    usher.config('[apps.well]\ncommand = ["sleep", "1000"]\n')
    usher("start")
    assert usher("diagnose").stdout == "every app is well\n"
    assert usher("diagnose", "well").stdout.startswith("well: active")
