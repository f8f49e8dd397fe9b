"""Stories of operations.md F.4 with real processes: when it began, and of what."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from tests.usher_home import until

from usher.runtime.processes import TICKS, stat

pytestmark = pytest.mark.process

LATE = 20.0
"""Seconds for which nobody knew (F.4.2)."""

GUARD = """
[roles.api.match]
file = "{folder}/role"
[roles.web.match]
file = "{folder}/role"
[files]
"web.toml" = "web"
"usher.toml" = "api"
[apps]
o4o-api = "api"
o4o-admin = "web"
"""

SLEEPS = "import time\nwhile True:\n    time.sleep(1)\n"

ANSWERS = """
import http.server, sys
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])),
    http.server.SimpleHTTPRequestHandler).serve_forever()
"""

TALKS = """
import time
while True:
    print("x" * 1000, flush=True)
    time.sleep(0.1)
"""


def incidents(usher: Any) -> list[dict[str, Any]]:
    return json.loads(usher("incidents", "--json").stdout)["incidents"]


def document(usher: Any, wanted: str) -> dict[str, Any]:
    return json.loads(usher("incident", "show", wanted, "--json").stdout)


def age(pid: int) -> float:
    """Seconds since a process was started, by clocks that nobody sets."""
    seen = stat(pid)
    assert seen is not None
    return time.clock_gettime(time.CLOCK_BOOTTIME) - seen.started / TICKS


@pytest.fixture
def stranger(usher: Any) -> Iterator[subprocess.Popen[bytes]]:
    """An app of another role that runs on this host, started by somebody else."""
    usher.script("role", "api\n").chmod(0o644)
    usher.script("usher.guard.toml", GUARD.format(folder=usher.folder))
    usher.script("web.toml", '[apps.o4o-admin]\ncommand = ["python", "admin.py"]\n')
    usher.script("admin.py", SLEEPS)
    with subprocess.Popen([sys.executable, "admin.py"], cwd=usher.folder) as process:
        yield process
        process.kill()


def test_f4_2_what_ran_before_usher_began_with_its_process(
    usher: Any, stranger: subprocess.Popen[bytes]
) -> None:
    """Incident 001: 17 hours until somebody noticed."""
    until(lambda: age(stranger.pid) >= LATE)
    usher.script("api.py", SLEEPS)
    usher.config('[apps.o4o-api]\ncommand = ["python", "api.py"]\n')
    usher("start")
    (found,) = until(lambda: [e for e in incidents(usher) if e["kind"] == "foreign"], 60)
    began = time.time() - age(stranger.pid)
    assert found["occurred"] == pytest.approx(began, abs=1)
    assert found["durations"]["detect"] >= LATE
    times = document(usher, found["id"])["times"]["occurred"]
    assert times["precision"] == "exact"
    shown = usher("incident", "show", found["id"], "--lang", "en").stdout
    assert f"({int(found['durations']['detect'])}" in shown.partition("Noticed")[2]
    stranger.kill()
    stranger.wait()
    (found,) = until(lambda: [e for e in incidents(usher) if e["recovered"]], 120)
    parts = found["durations"]
    assert parts["whole"] == pytest.approx(parts["detect"] + parts["mitigate"], abs=0.01)
    assert found["recovered"] - found["occurred"] == pytest.approx(parts["whole"], abs=0.01)


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def test_f4_7_what_died_in_an_outage_of_usher_is_told_as_an_interval(
    usher: Any, free_port: int
) -> None:
    usher.script("api.py", ANSWERS)
    usher.config(
        f'[apps.api]\ncommand = ["python", "api.py", "{free_port}"]\n'
        f'[apps.api.probes.alive]\nhttp = "http://127.0.0.1:{free_port}/"\ninterval = "300ms"\n'
    )
    usher("start")
    (pid,) = usher.pids().values()
    assert pid is not None
    until(lambda: age(pid) > 5)  # nothing but probes since it was ready
    info = usher.ping()
    ours = (info["keeper"]["pid"], info["daemon"]["pid"])
    gone = time.time()
    for each in ours:  # or the one that is killed last replaces the other
        os.kill(each, signal.SIGSTOP)
    for each in ours:
        os.kill(each, signal.SIGKILL)
    os.kill(pid, signal.SIGKILL)
    until(lambda: not Path(f"/proc/{pid}").exists())
    died = time.time()
    until(lambda: time.time() > died + 2)  # an outage of some length
    usher("list")
    (found,) = until(lambda: [each for each in incidents(usher) if each["recovered"]], 60)
    assert found["kind"] == "crash"
    times = document(usher, found["id"])["times"]
    assert times["detected"]["rule"] == "lost"
    began = times["occurred"]
    assert began["precision"] == "interval"
    assert began["at"] == began["not_after"] == times["detected"]["at"]
    not_before = datetime.fromisoformat(began["not_before"]).timestamp()
    assert gone - 3 < not_before <= died < found["occurred"], "the last probe says so"
    shown = usher("incident", "show", found["id"], "--lang", "en").stdout
    assert "known to be well last at" in " ".join(shown.split())


@pytest.fixture
def dependency() -> Iterator[Callable[[], socket.socket]]:
    """A port that is open, and can be closed and opened again."""
    opened: list[socket.socket] = [socket.create_server(("127.0.0.1", 0), reuse_port=False)]
    address = opened[0].getsockname()

    def again() -> socket.socket:
        if opened[-1].fileno() < 0:
            opened.append(socket.create_server(address))
        return opened[-1]

    yield again
    opened[-1].close()


def test_f4_8_a_database_down_and_a_disk_full_are_one_incident_of_their_service(
    usher: Any, small_disk: Path, dependency: Callable[[], socket.socket]
) -> None:
    host, port = dependency().getsockname()
    script = usher.script("talks.py", TALKS)
    usher.config(
        f'[apps.api]\ncommand = ["python3", "{script}"]\n'
        f'[apps.api.probes.db]\ntcp = "{host}:{port}"\nscope = "dependency"\n'
        'interval = "500ms"\ntimeout = "1s"\nfail = 2\n'
    )
    usher("start")
    until(lambda: usher.services()["api"]["ready"] == 1)
    until(lambda: usher.services()["api"]["instances"][0]["probes"][0]["ok"])

    def of_api() -> list[dict[str, Any]]:
        return [each for each in incidents(usher) if "api" in each["services"]]

    filler = small_disk / "filler"
    with filler.open("wb") as file:
        file.write(b"x" * max(0, shutil.disk_usage(small_disk).free))
    dependency().close()
    both = {"dependency.down", "fs.no_space"}

    def causes() -> dict[str, Any]:
        found: list[Any] = [e for one in of_api() for e in document(usher, one["id"])["causes"]]
        assert len(of_api()) <= 1
        return {each["id"]: each for each in found}

    until(lambda: causes().keys() >= both, 90)
    filler.unlink()
    dependency()
    (found,) = until(lambda: [each for each in of_api() if each["recovered"]], 90)
    told = document(usher, found["id"])["causes"]
    assert [each["confidence"] for each in told] == sorted(
        (each["confidence"] for each in told), reverse=True
    )
    ranked = {each["id"]: each["for"] for each in told}
    assert any(str(port) in line for line in ranked["dependency.down"])
    assert any("No space left" in line for line in ranked["fs.no_space"])
