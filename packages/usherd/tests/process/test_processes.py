"""What an app starts, leaks, hides and changes, from its file to what becomes of it."""

import json
import os
import re
import resource
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.process

MIB = 1 << 20

# The wrapper that `npm run` is: it waits for the process that leaks, 8 MiB in 0.1 s.
LEAKER = """
import subprocess, sys
LEAK = '''
import time
held = []
while True:
    held.append(b"x" * (8 << 20))
    time.sleep(0.1)
'''
subprocess.run([sys.executable, "-c", LEAK])
"""

LEAKING = """
[apps.leak]
command = ["python", "leak.py"]
memory = { limit = "64M", interval = "100ms" }
rollout = { min_healthy = "200ms" }
"""

# It has its port to itself, so that no successor runs beside it; it grows to 400 MiB at most.
OWN_PORT = """
import socket, sys, time
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
held = []
while True:
    if len(held) < 200:
        held.append(b"x" * (2 << 20))
    time.sleep(0.05)
"""

OWN_PORTS = """
[apps.leak]
command = ["python", "own.py", "{port}"]
memory = {{ limit = "64M", interval = "100ms" }}
rollout = {{ min_healthy = "200ms" }}
restart = {{ budget_count = 3 }}
"""

# Its child outlives it and wants no SIGTERM; a grandchild hides as daemons do.
TREE = """
import os, signal, subprocess, sys, time
CODE = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
subprocess.Popen([sys.executable, "-c", CODE])
if os.fork() == 0:
    os.setsid()
    subprocess.Popen([sys.executable, "-c", CODE])
    os._exit(0)
time.sleep(600)
"""


def test_a_leak_behind_a_wrapper_is_found_in_time(usher: Any, until: Any) -> None:
    usher.script("leak.py", LEAKER)
    usher.config(LEAKING)
    usher("start")
    (before,) = usher.pids().values()
    told = until(lambda: [e for e in usher.events("leak") if e["event"] == "memory-exceeded"])
    used = float(re.findall(r"([\d.]+) MiB", told[0]["detail"])[0])
    assert 64 < used < 130
    until(lambda: before not in usher.pids().values() and not Path(f"/proc/{before}").exists())
    diagnosis = until(lambda: [e for e in usher.events("leak") if e["event"] == "diagnosed"])[0]
    assert diagnosis["diagnosis"]["causes"][0]["id"] == "memory.limit"
    seen = json.loads(Path(diagnosis["diagnosis"]["file"]).read_text())
    assert "probe" not in seen, "none failed"
    assert seen["memory"] > 64 * 2**20, "it was looked at before it was ended"
    assert seen["threads"]


def test_what_leaks_beside_no_successor_is_left_to_a_person_in_the_end(
    usher: Any, until: Any
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    usher.script("own.py", OWN_PORT)
    usher.config(OWN_PORTS.format(port=port))
    usher("start")
    until(lambda: [e for e in usher.events("leak") if e["event"] == "over-limit"])
    words = [each["event"] for each in usher.events("leak")]
    assert words.count("starting") == 1 + 3, "the budget ends it"
    assert words.count("reload-rejected") == 1, "what cannot be beside is not tried again"
    assert "memory-exceeded" in words
    (incident,) = json.loads(usher("incidents", "--json").stdout)["incidents"]
    assert (incident["kind"], incident["state"]) == ("memory", "open")
    told = until(lambda: json.loads(usher("alert", "--json").stdout)["alerts"])
    assert told[0]["gave_up"]
    report = json.loads(usher("incident", "show", incident["id"], "--json").stdout)
    assert not any(each["result"].startswith("ready") for each in report["actions"])
    usher("stop", "leak")
    until(
        lambda: json.loads(usher("incidents", "--json").stdout)["incidents"][0]["state"] != "open"
    )


def test_nothing_of_a_stopped_app_is_left(usher: Any, until: Any) -> None:
    usher.script("tree.py", TREE)
    usher.config('[apps.tree]\ncommand = ["python", "tree.py"]\nstop = { timeout = "500ms" }\n')
    usher("start")
    until(lambda: len(usher.marked()) == 3)
    usher("stop", "tree")
    assert usher.marked() == set()


def test_nothing_of_a_killed_app_is_left_when_it_runs_again(usher: Any, until: Any) -> None:
    usher.script("tree.py", TREE)
    usher.config('[apps.tree]\ncommand = ["python", "tree.py"]\n')
    usher("start")
    before = until(lambda: len(found := usher.marked()) == 3 and found)
    os.kill(usher.pids()["tree", 0], 9)
    until(lambda: len(found := usher.marked()) == 3 and found.isdisjoint(before))


def test_a_changed_file_restarts_and_is_named(usher: Any, until: Any) -> None:
    usher.script("app.py", "import time; time.sleep(600)\n")
    usher.config('[apps.app]\ncommand = ["python", "app.py"]\nwatch = true\n')
    usher("start")
    before = usher.pids()["app", 0]

    def restarted() -> bool:
        Path(usher.folder, "node_modules").mkdir(exist_ok=True)
        Path(usher.folder, "node_modules", "x.js").write_text("ignored")
        usher.script("app.py", "import time; time.sleep(601)\n")  # the watcher may begin later
        return usher.pids()["app", 0] not in (before, None)

    until(restarted)
    details = [each["detail"] for each in usher.events("app")]
    assert any("app.py" in detail for detail in details)
    assert not any("node_modules" in detail for detail in details)


def test_services_get_the_limit_of_files_of_who_started_usher(
    usher: Any, until: Callable[..., Any]
) -> None:
    """Keeper and daemon raise their own; what a later keeper starts must not notice."""
    usher.config("[apps.shell]\ncommand = ['sh', '-c', 'ulimit -Sn; exec sleep 1000']\n")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (512, hard))
    try:
        usher("start")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    keeper = usher.ping()["keeper"]["pid"]
    os.kill(keeper, signal.SIGKILL)
    until(lambda: (usher.ping()["keeper"] or {"pid": keeper})["pid"] != keeper)
    until(usher.all_ready)
    usher("restart", "shell")
    log = usher.home / "logs" / "shell-out.log"
    assert log.read_text().split() == ["512", "512"]
