"""What figures of real services say: a leak, a stop that clients hold up, a disk that is full."""

import json
import os
import shutil
import signal
import socket
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse
from tests.usher_home import until

pytestmark = pytest.mark.process

LEAKS = """
import time
kept = []
while True:
    kept.append(bytearray(4_000_000))
    time.sleep(1)
"""

HOLDS = """
import signal, socket, sys, time
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
kept = []
def stop(*_):
    listener.close()
    while True:
        time.sleep(1)
signal.signal(signal.SIGTERM, stop)
while True:
    kept.append(listener.accept())
"""

TALKS = """
import time
while True:
    print("x" * 1000, flush=True)
    time.sleep(0.1)
"""


@pytest.fixture
def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def findings(usher: Any, event: str = "finding") -> dict[str, str]:
    """Code and words of what was found, of apps and of the host."""
    lines = usher("events", "--json", "-n", "0").stdout.splitlines()
    told = [each for each in map(json.loads, lines) if each["event"] == event]
    return dict(each["detail"].split(": ", 1) for each in told)


def test_a2_08_a_leak_is_named_and_stands_in_metrics_and_graphs(usher: Any) -> None:
    script = usher.script("leaks.py", LEAKS)
    usher.config(f'[apps.leaky]\ncommand = ["python3", "{script}"]\nsample = "1s"\n')
    usher("start")
    told = until(lambda: findings(usher).get("memory.rising_fast"), 90)
    assert "it doubles in" in told
    metrics = {each.name: each for each in parse(usher("metrics").stdout)}
    labels = {"service": "leaky", "instance": "0"}
    assert any(
        each.labels == labels and each.value > 4e6
        for each in metrics["usher_instance_memory_bytes"].samples
    )
    (ready,) = metrics["usher_instance_ready_after_seconds"].samples
    assert 0 < ready.value < 60
    (backlog,) = metrics["usher_instance_accept_backlog"].samples
    assert (backlog.labels, backlog.value) == (labels, 0), "it does not listen"
    assert usher("graph", "leaky").stdout.startswith("leaky:0")
    (series,) = json.loads(usher("graph", "--json").stdout)["series"]
    assert len(series["points"]) >= 10
    kept = usher.home / "state" / "series" / "leaky.0"
    os.kill(usher.ping()["daemon"]["pid"], signal.SIGTERM)  # the next one goes on with them
    until(lambda: kept.exists(), 30)
    until(lambda: json.loads(usher("graph", "--json").stdout)["series"][0]["points"], 30)


def test_a3_09_a_stop_that_clients_hold_up_is_counted(usher: Any, free_port: int) -> None:
    script = usher.script("holds.py", HOLDS)
    usher.config(
        f'[apps.ws]\ncommand = ["python3", "{script}", "{free_port}"]\n'
        f'ready = {{ tcp = "127.0.0.1:{free_port}" }}\nstop = {{ timeout = "1s" }}\n'
    )
    usher("start")
    clients = [socket.create_connection(("127.0.0.1", free_port), timeout=10) for _ in range(3)]
    usher("stop", "ws")
    assert findings(usher)["shutdown.slow"].startswith("3 open connections after 1 s")
    for client in clients:
        client.close()


def test_a2_15_a_full_disk_stops_neither_apps_nor_usher(usher: Any, small_disk: Path) -> None:
    script = usher.script("talks.py", TALKS)
    usher.config(f'[apps.api]\ncommand = ["python3", "{script}"]\n')
    usher("start")
    filler = small_disk / "filler"
    with filler.open("wb") as file:
        file.write(b"x" * max(0, shutil.disk_usage(small_disk).free))
    assert "No space left" in until(lambda: findings(usher).get("fs.no_space"), 60)
    for _ in range(3):
        (before,) = usher.pids().values()
        os.kill(before, signal.SIGKILL)
        until(lambda gone=before: usher.pids()["api", 0] not in (None, gone), 60)
    until(usher.all_ready, 60)
    os.kill(usher.ping()["daemon"]["pid"], signal.SIGKILL)
    until(usher.all_ready, 60)
    filler.unlink()
    until(lambda: "fs.no_space" in findings(usher, "finding-over"), 60)
