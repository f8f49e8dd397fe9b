"""A start checks first, and a dry run tells exactly what a start does."""

import json
import os
import re
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.process

SERVER = """
import http.server, os
port = int(os.environ["PORT"])
handler = http.server.BaseHTTPRequestHandler
http.server.ThreadingHTTPServer(("127.0.0.1", port), handler).serve_forever()
"""

HELD = """
[apps.web]
command = "python held.py"
sockets = [{{ name = "http", listen = "127.0.0.1:{port}" }}]
env = {{ MODE = "prod", TOKEN = "hunter2" }}

[apps.plain]
command = "sleep 600"
instances = 2
cwd = "sub"
"""


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def variables(pid: int) -> set[str]:
    content = Path(f"/proc/{pid}/environ").read_bytes()
    return {os.fsdecode(word.partition(b"=")[0]) for word in content.split(b"\0") if word}


def test_e4_a1_05_a_dry_run_is_what_happens(
    usher: Any, free_port: int, until: Callable[..., Any]
) -> None:
    (usher.folder / "sub").mkdir()
    usher.script("held.py", "import time\ntime.sleep(600)\n")
    usher.config(HELD.format(port=free_port))
    shown = usher("start", "--dry-run", "--json")
    assert "hunter2" not in shown.stdout + shown.stderr
    assert not usher.home.exists()
    planned = {app["name"]: app for app in json.loads(shown.stdout)["apps"]}
    usher("start")
    running = usher.services()
    assert running.keys() == planned.keys()
    for name, app in planned.items():
        pids = [pid for (service, _), pid in usher.pids().items() if service == name]
        assert len(pids) == app["instances"]
        for pid in pids:
            assert pid is not None
            words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().rstrip("\0").split("\0")
            assert words == app["argv"]
            assert str(Path(f"/proc/{pid}/cwd").readlink()) == app["cwd"]
            assert variables(pid) == {*app["env"], *app["env_added"]}
    ports = {int(each.rpartition(":")[2]) for each in running["web"]["addresses"]}
    assert ports == {*planned["web"]["ports"]} == {free_port}
    assert (planned["plain"]["ports"], running["plain"]["addresses"]) == ([], [])
    # What runs as planned is no obstacle to being started once more.
    assert usher("start", "--dry-run", "--json").returncode == 0


def test_a0_10_the_same_app_under_another_name_is_refused(
    usher: Any, free_port: int, until: Callable[..., Any]
) -> None:
    usher.script("server.py", SERVER)
    app = f'command = "python server.py"\nenv = {{ PORT = "{free_port}" }}\n'
    ready = f'ready = {{ tcp = "127.0.0.1:{free_port}" }}\n'
    usher.config(f"[apps.o4o-api]\n{app}{ready}")
    usher("start")
    again = usher.script("again.toml", f"[apps.api-server]\n{app}")
    refused = usher("start", str(again), code=2).stderr
    assert "app.running_under_other_name" in refused
    assert "port.taken_by_service" in refused
    assert "'o4o-api'" in refused
    assert usher.services().keys() == {"o4o-api"}
    # In one file, too; and neither is forced.
    both = usher.script("both.toml", f"[apps.a]\n{app}[apps.b]\n{app}")
    forced = usher("start", str(both), "--force", "app.duplicate", "--reason", "x", code=2)
    assert "this has to be mended" in forced.stderr
    # Under its own name it is no stranger.
    usher("start")


def test_a_foreign_holder_of_the_port_is_named(usher: Any) -> None:
    usher.script("server.py", SERVER)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        usher.config(f'[apps.api]\ncommand = "python server.py"\nenv = {{ PORT = "{port}" }}\n')
        refused = usher("start", code=2).stderr
        assert re.search(
            rf"cannot start 'api': port {port} is taken by pid {os.getpid()} of user '\w+': .+",
            refused,
        )
        assert "[port.taken]" in refused
        assert not usher.own()
    usher("start")


def test_a0_07_a_missing_log_folder_is_made(usher: Any, until: Callable[..., Any]) -> None:
    out = usher.folder / "logs" / "deep" / "out.log"
    talks = "sh -c 'echo x; exec sleep 600'"
    usher.config(f'[apps.a]\ncommand = "{talks}"\nlog = {{ out = "{out}" }}\n')
    usher("start")
    until(out.exists)
    assert out.parent.stat().st_mode & 0o777 == 0o750
    assert out.stat().st_mode & 0o777 == 0o600


def test_a_restart_by_name_ends_nothing_for_what_cannot_run(usher: Any) -> None:
    script = usher.script("steady.py", "import time\ntime.sleep(600)\n")
    usher.config('[apps.api]\ncommand = "python steady.py"\nrestart = "never"\n')
    usher("start")
    pid = usher.pids()["api", 0]
    script.write_text("import time\ntime.sleep(600\n")
    for verb in ("restart", "reload"):
        refused = usher(verb, "api", code=2).stderr
        assert "cannot start 'api'" in refused
        assert "[program.syntax]" in refused
        assert "steady.py" in refused
    assert usher.pids()["api", 0] == pid
    script.write_text("import time\ntime.sleep(500)\n")
    usher("restart", "api")
    assert usher.pids()["api", 0] != pid
