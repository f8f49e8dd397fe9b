"""Why real processes end decides what is done about it, and stands in their incidents."""

import json
import os
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from usher.host import memory_kills

pytestmark = pytest.mark.process

BINDS = """\
import socket, sys, time
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
time.sleep(600)
"""
IMPORTS = "import a_module_that_nobody_installed\n"
SLEEPS = "import time\ntime.sleep(600)\n"
RAISES = """\
import time

def total(order):
    return order["price"] + 1

time.sleep(0.2)
print('"POST /orders/7/close HTTP/1.1" 200', flush=True)
total({"price": None})
"""


def latest(usher: Any) -> dict[str, Any]:
    """The latest incident; empty while there is none."""
    done = usher("incident", "show", "latest", "--json", code=None)
    return json.loads(done.stdout) if done.returncode == 0 else {}


def test_a2_10_what_no_restart_cures_is_held_and_starts_when_it_is_gone(
    usher: Any, until: Callable[..., Any]
) -> None:
    holder = socket.create_server(("127.0.0.1", 0))
    with holder:
        port = holder.getsockname()[1]
        binds, imports = usher.script("binds.py", BINDS), usher.script("imports.py", IMPORTS)
        usher.config(
            f'[apps.web]\ncommand = ["python3", "{binds}", "{port}"]\n'
            f'[apps.worker]\ncommand = ["python3", "{imports}"]\n'
        )
        assert "a restart does not help" in usher("start", code=4).stdout
        until(lambda: {each["status"] for each in usher.services().values()} == {"held"}, 30)
        restarts = [each["instances"][0]["restarts"] for each in usher.services().values()]
        assert max(restarts) <= 1
        web, worker = usher.services()["web"], usher.services()["worker"]
        assert "blocked: net.port_in_use" in web["detail"]
        assert f"127.0.0.1:{port} is taken" in web["detail"]
        assert "blocked: py.module_missing" in worker["detail"]
    Path(imports).write_text(SLEEPS)
    until(lambda: {each["status"] for each in usher.services().values()} == {"active"}, 60)
    said = [each["event"] for each in usher.events("web")]
    assert said.index("held") < said.index("unblocked") < said.index("ready")
    assert said.count("restarting") <= 2, "the one in vain, and the one that waited for the cause"


def test_a3_01_a_crash_is_an_incident_with_its_cause_and_place(
    usher: Any, until: Callable[..., Any]
) -> None:
    raises = usher.script("raises.py", RAISES)
    usher.config(f'[apps.api]\ncommand = ["python3", "{raises}"]\n')
    usher("start", code=None)
    until(lambda: latest(usher).get("causes"), 30)
    found = latest(usher)
    first = found["causes"][0]
    assert "TypeError: unsupported operand" in first["for"][0]
    assert first["place"] == f"{raises}:4"
    assert "last request: POST /orders/7/close" in first["for"]
    until(lambda: latest(usher)["causes"][0].get("count", 1) > 1, 60)
    assert latest(usher)["id"] == found["id"], "identical crashes are one incident"
    report = usher("incident", "show", "latest", "--lang", "en").stdout
    assert "unsupported operand" in report.replace("\\", "")


def test_a2_02_what_was_seen_of_a_hang_is_kept_with_its_incident(
    usher: Any, until: Callable[..., Any]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    script = usher.script(
        "hangs.py",
        "import faulthandler, http.server, os, signal, sys\n"
        "faulthandler.register(signal.SIGUSR1)\n"
        "class Busy(http.server.BaseHTTPRequestHandler):\n"
        "    def do_GET(self):\n"
        "        while os.path.exists(sys.argv[2]): pass\n"
        "        self.send_response(200)\n"
        "        self.end_headers()\n"
        "http.server.HTTPServer(('127.0.0.1', int(sys.argv[1])), Busy).serve_forever()\n",
    )
    block = usher.folder / "block"
    usher.config(
        f'[apps.api]\ncommand = ["python3", "{script}", "{port}", "{block}"]\n'
        'stack_signal = "SIGUSR1"\n'
        f'[apps.api.probes.alive]\nhttp = "http://127.0.0.1:{port}/"\n'
        "interval = '300ms'\nconfirm_interval = '200ms'\ntimeout = '500ms'\nfail = 2\n"
    )
    usher("start")
    until(lambda: "status 200" in usher("describe", "api").stdout, 30)
    block.touch()
    until(lambda: latest(usher).get("evidence"), 60)
    found = latest(usher)
    block.unlink()
    assert found["causes"][0]["id"] == "loop.blocked"
    kept = Path(found["evidence"][0]["path"])
    assert kept.stat().st_mode & 0o777 == 0o600
    seen = json.loads(kept.read_text())
    assert seen["state"] == "R"
    assert any("do_GET" in line for line in seen["stacks"])
    assert any("alive: failed" in line for line in seen["probes"])
    assert seen["versions"].keys() >= {"usher", "kernel"}
    assert seen["sockets"]["listen"] == 1
    assert seen["figures"], "what was measured before"
    assert "PATH" in seen["environment"], "names of variables, and no value"
    assert os.environ["PATH"] not in kept.read_text()
    until(lambda: latest(usher)["times"]["mitigated"], 60)


def test_a2_14_a_kill_from_outside_is_told_as_one(usher: Any, until: Callable[..., Any]) -> None:
    script = usher.script("sleeps.py", SLEEPS)
    usher.config(f'[apps.api]\ncommand = ["python3", "{script}"]\n')
    usher("start")
    (pid,) = usher.pids().values()
    os.kill(pid, signal.SIGKILL)
    until(lambda: latest(usher).get("causes"), 30)
    found = latest(usher)
    assert found["causes"][0]["id"] == "host.kill_unexplained"
    assert "killed by signal 9 from outside usher, no OOM" in found["causes"][0]["text"]


def test_a_kill_by_usher_signal_is_not_told_as_one_from_outside(
    usher: Any, until: Callable[..., Any]
) -> None:
    usher.config('[apps.api]\ncommand = ["sleep", "1000"]\n')
    usher("start")
    usher("signal", "KILL", "api")
    until(lambda: latest(usher).get("causes"), 60)
    assert latest(usher)["causes"][0]["id"] == "usher.signalled"


HOG = """\
import pathlib, sys, time
once, group = map(pathlib.Path, sys.argv[1:])
if once.exists():
    once.unlink()
    (group / "cgroup.procs").write_text("0")
    hoard = b"x" * 400_000_000
time.sleep(1000)
"""


@pytest.fixture
def small_group(until: Callable[..., Any]) -> Iterator[Path]:
    """A control group of our own in which 40 MB are too much, where one may be made."""
    name = f"usher-test-{os.getpid()}"
    for root, limits in (
        ("/sys/fs/cgroup/memory", ("memory.limit_in_bytes", "memory.memsw.limit_in_bytes")),
        ("/sys/fs/cgroup", ("memory.max", "memory.swap.max")),
    ):
        group = Path(root, name)
        try:
            Path(root, "cgroup.procs").stat()
            group.mkdir()
        except OSError:
            continue
        try:
            for limit in limits:
                if (group / limit).exists():
                    (group / limit).write_text("40000000")
            if (group / limits[0]).exists() and memory_kills.logged() is not None:
                yield group
                return
        finally:
            until(lambda group=group: not (group / "cgroup.procs").read_text(), 60)
            group.rmdir()
    pytest.skip("no control group with a limit of memory can be made here, or no kernel log read")


def test_a2_14_a_kill_by_the_kernel_is_told_with_its_line(
    small_group: Path, usher: Any, until: Callable[..., Any]
) -> None:
    script = usher.script("hog.py", HOG)
    once = usher.folder / "once"
    once.touch()
    usher.config(f'[apps.api]\ncommand = ["python3", "{script}", "{once}", "{small_group}"]\n')
    usher("start", code=None)
    until(lambda: latest(usher).get("causes"), 60)
    first = latest(usher)["causes"][0]
    assert (first["id"], first["confidence"]) == ("os.oom_kill", 0.95)
    assert "emory cgroup out of memory: Killed process" in first["for"][0]
    assert "anon-rss:" in first["for"][0]
