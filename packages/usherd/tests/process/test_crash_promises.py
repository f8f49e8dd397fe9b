"""Both crash promises (design 2.1): kill the daemon, kill the keeper, and nothing is harmed."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.process

SCRIBE = r"""
import mmap, os, sys
# Prints numbered lines as fast as it can; the last number whose write() returned stands in a file.
page = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
os.ftruncate(page, 4096)
seen = mmap.mmap(page, 4096)
n = int.from_bytes(seen[:8], "little")
while True:
    text = b"".join(b"%012d %s\n" % (i, b"x" * (i % 150)) for i in range(n + 1, n + 51))
    for line in text.splitlines(keepends=True):
        os.write(1, line)
        n += 1
        seen[:8] = n.to_bytes(8, "little")
"""

CONFIG = """
[apps.scribe]
command = ["python", "scribe.py", "{folder}/count"]
log = {{ max_size = "4M", retain = 1000 }}

[apps.web]
command = ["python", "web.py"]
instances = 2
sockets = [{{ name = "http", listen = "127.0.0.1:0" }}]
probe_socket = true
ready = {{ http = "/" }}
probes.live = {{ http = "/", interval = "1s", timeout = "1s" }}
restart = {{ delays = ["0s"], delay_limit = "0s", budget_count = 1000 }}
"""

WEB = r"""
import http.server, os, socket, threading

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = str(os.getpid()).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args):
        pass
    def address_string(self):
        return "-"

def serve(fd):
    listener = socket.socket(fileno=fd)
    server = http.server.ThreadingHTTPServer(("", 0), Handler, bind_and_activate=False)
    server.socket = listener
    server.serve_forever()

fds = range(3, 3 + int(os.environ["LISTEN_FDS"]))
threads = [threading.Thread(target=serve, args=(fd,)) for fd in fds]
for thread in threads:
    thread.start()
"""


def is_alive(pid: int) -> bool:
    """A zombie is dead: that nobody reaps orphans is the host's affair."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def kill_service(usher: Any, until: Callable[..., Any]) -> None:
    """Kill one instance: it is replaced and ready within 5 s."""
    killed = usher.pids()["web", 0]
    kill(killed)
    until(lambda: usher.pids()["web", 0] not in (None, killed) and usher.all_ready(), 5)


def kill_ours(usher: Any, until: Callable[..., Any], victim: str) -> None:
    """Kill daemon or keeper: another one is there within 5 s, and no service has changed."""
    pids, pid = usher.pids(), usher.ping()[victim]["pid"]
    kill(pid)

    def replaced() -> bool:
        info = usher.ping()[victim]
        return info is not None and info["pid"] != pid and usher.all_ready()

    until(replaced, 5)
    assert usher.pids() == pids


def numbers(folder: Path, name: str) -> list[int]:
    """All line numbers in a log and its rotated predecessors, oldest first; torn lines fail."""
    files = sorted(
        folder.glob(f"{name}*"),
        key=lambda path: -int(path.suffix[1:] if path.suffix[1:].isdigit() else 0),
    )
    found: list[int] = []
    for path in files:
        for line in path.read_bytes().split(b"\n"):
            if line:
                number, _, rest = line.partition(b" ")
                assert rest == b"x" * (int(number) % 150), f"torn line {line!r} in {path.name}"
                found.append(int(number))
    return found


@pytest.mark.parametrize("rounds", [3])
def test_nothing_is_harmed(usher: Any, until: Callable[..., Any], rounds: int) -> None:
    usher.script("scribe.py", SCRIBE)
    usher.script("web.py", WEB)
    usher.config(CONFIG.format(folder=usher.folder))
    usher("start")
    before = usher.pids()
    for _ in range(rounds):
        kill_service(usher, until)
        kill_ours(usher, until, "daemon")
        kill_ours(usher, until, "keeper")
    assert usher.pids()["scribe", 0] == before["scribe", 0]
    assert usher.marked() == set(usher.pids().values())

    usher("stop", "scribe")
    written = int.from_bytes((usher.folder / "count").read_bytes()[:8], "little")
    logged = numbers(usher.home / "logs", "scribe-out.log")
    assert logged[:written] == list(range(1, written + 1))
    # The line that was being written when the process was stopped may be there as well.
    assert len(logged) - written in (0, 1)


def test_exit_while_nobody_watches_is_found(usher: Any, until: Callable[..., Any]) -> None:
    usher.config('[apps.sleeper]\ncommand = ["sleep", "1000"]\n')
    usher("start")
    first, info = usher.pids()["sleeper", 0], usher.ping()
    kill(info["daemon"]["pid"])
    kill(first)
    until(lambda: usher.pids()["sleeper", 0] not in (None, first) and usher.all_ready(), 10)
    second, info = usher.pids()["sleeper", 0], usher.ping()
    kill(info["keeper"]["pid"])
    kill(second)
    until(lambda: usher.pids()["sleeper", 0] not in (None, second) and usher.all_ready(), 10)


def test_daemon_and_keeper_die_together(usher: Any, until: Callable[..., Any]) -> None:
    usher.config('[apps.sleeper]\ncommand = ["sleep", "1000"]\n')
    usher("start")
    before, info = usher.pids()["sleeper", 0], usher.ping()
    kill(info["keeper"]["pid"])
    kill(info["daemon"]["pid"])
    time.sleep(0.2)
    assert Path(f"/proc/{before}").exists()
    until(lambda: usher.pids()["sleeper", 0] not in (None, before) and usher.all_ready(), 15)
    assert not is_alive(before)
    assert len(usher.marked()) == 1


def test_state_survives_kill_and_nothing_starts_by_itself(usher: Any) -> None:
    usher.config('[apps.sleeper]\ncommand = ["sleep", "1000"]\n')
    usher("start")
    usher("kill")
    assert usher.marked() == set()
    assert usher.services() == {}
    usher.config('[apps.other]\ncommand = ["sleep", "1000"]\n')
    usher("start")
    listed = {name: service["status"] for name, service in usher.services().items()}
    assert listed == {"sleeper": "inactive", "other": "active"}
    usher("start", "sleeper")
    assert usher.all_ready()


def test_a_daemon_that_keeps_crashing_only_looks_until_it_is_asked(
    usher: Any, until: Callable[..., Any]
) -> None:
    usher.config('[apps.sleeper]\ncommand = ["sleep", "1000"]\n')
    usher("start")
    for _ in range(5):
        crashed = usher.ping()["daemon"]["pid"]
        os.kill(crashed, signal.SIGABRT)
        until(lambda crashed=crashed: usher.ping()["daemon"]["pid"] != crashed, 20)
    assert usher.ping()["safe_mode"]
    killed = usher.pids()["sleeper", 0]
    kill(killed)
    until(lambda: usher.services()["sleeper"]["ready"] == 0)
    time.sleep(1)
    assert usher.pids()["sleeper", 0] is None

    usher("start", "sleeper")
    assert usher.all_ready()
    assert not usher.ping()["safe_mode"]
