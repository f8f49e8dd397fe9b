"""Processes are seen as they are: what runs, who started it, which port it holds."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from usher.host import processes

HOLD = """
import socket, sys
with socket.create_server(("127.0.0.1", 0)) as listener:
    print(listener.getsockname()[1], flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[tuple[int, int, Path]]:
    """Run a script that listens; yields its pid, its port, and the script."""
    script = tmp_path / "hold.py"
    script.write_text(HOLD)
    environment = {**os.environ, "USHER_RUN": "/home/me/.usher:web:1.0:7"}
    with subprocess.Popen(
        [sys.executable, "hold.py", "--token=abcdefgh1234567890ABCDEFGH"],
        cwd=tmp_path,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        yield process.pid, int(process.stdout.readline()), script
        process.communicate("")


def test_a_holder_of_a_port(holder: tuple[int, int, Path]) -> None:
    pid, port, script = holder
    (listener,) = processes.listeners({port})
    assert (listener.port, listener.host) == (port, "127.0.0.1")
    (seen,) = listener.holders
    assert (seen.pid, seen.ports) == (pid, (port,))
    assert (seen.script, seen.cwd) == (str(script.resolve()), str(script.parent.resolve()))
    assert "abcdefgh1234567890" not in seen.command
    assert (seen.home, seen.service) == ("/home/me/.usher", "web")
    assert seen.since > 1_600_000_000
    assert datetime.fromisoformat(seen.began).timestamp() == int(seen.since)


def test_a_free_port_has_no_listener() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert processes.listeners({port}) == []
    assert processes.listeners(()) == []


def test_what_runs_a_script(holder: tuple[int, int, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    pid, port, script = holder
    # A child of ours would be an interpreter that reads the script for a check.
    assert processes.running({str(script.resolve())}) == []
    monkeypatch.setattr(os, "getpid", lambda: 0)
    (seen,) = processes.running({str(script.resolve())})
    assert (seen.pid, seen.ports) == (pid, (port,))
    assert len(seen.args) == 1
    assert seen.user
    assert processes.running({str(script.with_name("other.py"))}) == []


def proc(folder: Path, pid: int, **files: str) -> None:
    (folder / str(pid)).mkdir()
    for name, text in files.items():
        (folder / str(pid) / name).write_text(text)


@pytest.mark.parametrize(
    ("parent", "group", "starter"),
    [
        ("PM2 v7.0.4: God Daemon (/home/me/.pm2)", "", "PM2 (pid 7)"),
        ("/sbin/init", "0::/system.slice/web.service", "systemd unit 'web.service'"),
        ("/sbin/init", "0::/system.slice/ssh.service", "'init' (pid 7)"),
        ("-bash", "0::/user.slice/user-1.slice/session-3.scope", "'bash' (pid 7)"),
        ("/sbin/init", "0::/docker/0123456789abcdef", "container '0123456789ab'"),
        # Where we are ourselves, everything is.
        ("-bash", "0::/system.slice/runner.service", "'bash' (pid 7)"),
    ],
)
def test_who_started_it(tmp_path: Path, parent: str, group: str, starter: str) -> None:
    proc(tmp_path, 12, cmdline="node\0x.js\0", stat="12 (node) S 7 1", cgroup=group)
    proc(tmp_path, 7, cmdline=parent + "\0", stat="7 (x) S 0 1")
    (tmp_path / "self").mkdir()
    (tmp_path / "self" / "cgroup").write_text("0::/system.slice/runner.service")
    (tmp_path / "stat").write_text("btime 1000\n")
    seen = processes.describe(processes.Process(12, ("node", "x.js")), proc=tmp_path)
    assert seen.starter == starter


def test_whose_run_it_is(tmp_path: Path) -> None:
    proc(tmp_path, 12, environ="A=b\0USHER_RUN=/home/me/.usher:web@2:1.0:7\0")
    (tmp_path / "self").mkdir()
    seen = processes.describe(processes.Process(12, ("node",)), proc=tmp_path)
    assert (seen.home, seen.service) == ("/home/me/.usher", "web@2")
    keeper = processes.Process(13, ("python", "-m", "usher.keeper", "--home", "/x"))
    assert processes.describe(keeper, proc=tmp_path).home == "/x"
    assert processes.describe(keeper, proc=tmp_path).service == ""


@pytest.mark.parametrize(
    ("words", "runs"),
    [
        ("node {}", True),
        ("node --check {}", False),
        ("/usr/bin/node -c {}", False),
        ("node --inspect {} --check", True),
        ("bash -n {}", False),
        ("bash {} -n", True),
        ("python {}", True),
    ],
)
def test_who_only_reads_a_script_does_not_run_it(tmp_path: Path, words: str, runs: bool) -> None:
    """Another check's interpreter may be looking at it this very moment."""
    script = tmp_path / "server.js"
    script.touch()
    (tmp_path / "net").mkdir()
    line = words.format(script).replace(" ", "\0") + "\0"
    proc(tmp_path, 12, cmdline=line, stat="12 (x) S 7 1")
    seen = processes.running({str(script.resolve())}, tmp_path)
    assert [each.pid for each in seen] == ([12] if runs else [])


def test_the_variables_of_a_process(tmp_path: Path) -> None:
    proc(tmp_path, 12, environ="A=b=c\0EMPTY=\0no variable\0")
    assert processes.variables(12, tmp_path) == {"A": "b=c", "EMPTY": ""}
    with pytest.raises(FileNotFoundError):
        processes.variables(13, tmp_path)
