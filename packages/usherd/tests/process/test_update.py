"""`usher update`: newer code in keeper and daemon while every service goes on (PM2 stops all)."""

import http.client
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

import msgspec
import pytest

import usher as package

pytestmark = pytest.mark.process

SCRIBE = """
import os, signal, sys
going = True
def end(*_):
    global going
    going = False
signal.signal(signal.SIGTERM, end)
n = 0
while going:
    os.write(1, b"".join(b"%012d\\n" % i for i in range(n, n + 50)))
    n += 50
open(sys.argv[1], "w").write(str(n))
"""

WEB = """
import http.server, os, socket
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = str(os.getpid()).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args):
        pass
server = http.server.ThreadingHTTPServer(("", 0), Handler, bind_and_activate=False)
server.socket = socket.socket(fileno=3)
server.serve_forever()
"""

CONFIG = """
[apps.scribe]
command = ["python", "scribe.py", "{folder}/count"]
log = {{ max_size = "1G" }}

[apps.web]
command = ["python", "web.py"]
instances = 2
sockets = [{{ name = "http", listen = "127.0.0.1:0", mode = "shared" }}]

[apps.ends]
command = ["sh", "-c", "while [ ! -e {folder}/now ]; do sleep 0.02; done; exit 7"]
restart = "never"
"""


class Load:
    """Asks for as long as its block lasts; every answer that did not come is kept."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.answers = 0
        self.failures: list[str] = []
        self._going = True
        self._threads = [threading.Thread(target=self._ask) for _ in range(4)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._going = False
        for thread in self._threads:
            thread.join(20)

    def _ask(self) -> None:
        while self._going:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
            try:
                connection.request("GET", "/")
                connection.getresponse().read()
                self.answers += 1
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(repr(error))
            finally:
                connection.close()


@pytest.fixture
def busy(usher: Any) -> Iterator[Any]:
    usher.script("scribe.py", SCRIBE)
    usher.script("web.py", WEB)
    usher.config(CONFIG.format(folder=usher.folder))
    usher("start")
    yield usher
    if scribe := usher.pids().get(("scribe", 0)):
        os.kill(scribe, signal.SIGKILL)


def test_updates_under_load_and_flood_change_no_process_and_lose_no_line(
    busy: Any, until: Callable[..., Any]
) -> None:
    before, first = busy.ping(), busy.pids()
    port = int(busy.services()["web"]["addresses"][0].rpartition(":")[2])
    with Load(port) as load:
        for _ in range(3):
            done = busy("update")
            assert "4 of 4 processes go on as they were" in done.stdout
    assert load.failures == []
    assert load.answers > 50
    after = busy.ping()
    assert after["keeper"]["pid"] == before["keeper"]["pid"]
    assert after["daemon"]["pid"] != before["daemon"]["pid"]
    assert not after["safe_mode"]
    assert busy.pids() == first
    (busy.folder / "now").touch()
    until(lambda: busy.services()["ends"]["instances"][0]["phase"] == "failed")
    assert "7" in busy.services()["ends"]["instances"][0]["detail"]
    busy("stop", "scribe")
    count = int((busy.folder / "count").read_text())
    logs = sorted((busy.home / "logs").glob("scribe*out*"))
    lines = [line for log in logs for line in log.read_text().split()]
    assert len(lines) == count
    assert lines == [f"{n:012d}" for n in range(count)]


def installed(folder: Path, version: str) -> Path:
    """Make a virtual environment with this code as another version; return its Python."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    shutil.copytree(Path(package.__file__).parent, folder / "code" / "usher")
    (folder / "code" / "usher" / "__init__.py").write_text(f'__version__ = "{version}"\n')
    site = next((folder / "lib").glob("python*/site-packages"))
    libraries = Path(msgspec.__file__).parents[1]
    (site / "code.pth").write_text(f"{folder}/code\n{libraries}\n")
    return folder / "bin" / "python"


def test_the_code_of_another_installation_takes_over(usher: Any) -> None:
    usher.config('[apps.sleeper]\ncommand = ["sleep", "1000"]\n')
    usher("start")
    pid = usher.pids()["sleeper", 0]
    argv = [str(installed(usher.folder / "other", "99.0")), "-m", "usher.main", "update"]
    done = subprocess.run(
        argv, env=usher.env, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"updated usher {package.__version__} to 99.0: 1 of 1 ")
    info = usher.ping()
    assert (info["daemon"]["version"], info["keeper"]["version"]) == ("99.0", "99.0")
    assert usher.pids()["sleeper", 0] == pid


def test_a_program_that_does_not_work_is_refused_and_nothing_changes(usher: Any) -> None:
    usher.config('[apps.sleeper]\ncommand = ["sleep", "1000"]\n')
    usher("start")
    before, pids = usher.ping(), usher.pids()
    from usher.client import ProblemError, connect

    client = connect(str(usher.home))
    for program in (["/bin/false"], ["/bin/echo", "no json"], ["/no/such"]):
        with pytest.raises(ProblemError, match="cannot update") as refused:
            client.update(program)
        assert refused.value.exit_code == 2
    older = '{"version": "9", "protocol": 9, "ledger": 1}'
    with pytest.raises(ProblemError, match="speaks protocol 9, this is"):
        client.update(["/bin/sh", "-c", f"echo '{older}'"])
    after = usher.ping()
    assert (after["keeper"]["pid"], after["daemon"]["pid"]) == (
        before["keeper"]["pid"],
        before["daemon"]["pid"],
    )
    assert usher.pids() == pids


def test_nothing_running_is_nothing_to_update(usher: Any) -> None:
    assert usher("update").stdout == "usher is not running: nothing to update\n"
    assert not usher.home.exists()
