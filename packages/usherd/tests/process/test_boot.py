"""What is wanted survives a reboot; what was changed can be taken back."""

import contextlib
import getpass
import json
import os
import shlex
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from usher.host import boot, units
from usher.keeper.startup import ENDED_AS_ASKED
from usher.runtime import lines

pytestmark = pytest.mark.process

CONFIG = """
[apps.api]
command = ["sleep", "1000"]
env = {{ TOKEN = "{token}" }}

[apps.worker]
command = ["sleep", "1001"]
"""


def power_cut(usher: Any) -> None:
    """End everything at once, and let what was written be of an earlier boot."""
    info = usher.ping()
    ours = (info["keeper"]["pid"], info["daemon"]["pid"])
    for pid in ours:  # or the one that is killed last replaces the other
        os.kill(pid, signal.SIGSTOP)
    for pid in (*ours, *usher.marked()):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while usher.marked() and time.monotonic() < deadline:
        time.sleep(0.02)
    snapshot: Path = usher.home / "state" / "snapshot.json"
    body = lines.unseal(snapshot.read_bytes())
    assert body is not None
    earlier = {**json.loads(body), "boot_id": "an earlier boot"}
    snapshot.write_bytes(lines.seal(json.dumps(earlier).encode()))


def test_after_a_reboot_up_comes_back_and_stopped_stays_stopped(
    usher: Any, until: Callable[..., Any]
) -> None:
    usher.config(CONFIG.format(token="t"))
    usher("start")
    usher("stop", "worker")
    power_cut(usher)
    usher("list")
    until(lambda: usher.services()["api"]["ready"] == 1)
    assert usher.services()["worker"]["status"] == "inactive"
    assert usher.pids()["worker", 0] is None
    told = until(lambda: [each for each in usher.events() if each["event"] == "boot-done"])
    assert told[0]["detail"].startswith("1 of 1 apps back in ")
    booted = next(each for each in usher.events() if each["event"] == "booted")
    assert booted["detail"] == "api to come back; stays stopped: worker"


def test_undo_makes_it_exactly_as_it_was(usher: Any) -> None:
    usher.config(CONFIG.format(token="old-secret"))
    usher("start")
    pid = usher.pids()["api", 0]
    usher.config(CONFIG.format(token="new-secret") + '[apps.extra]\ncommand = ["sleep", "9"]\n')
    usher("start")
    usher("stop", "worker")
    versions = json.loads(usher("history", "--json").stdout)["versions"]
    assert [(each["n"], each["what"], each["up"]) for each in versions] == [
        (3, "stop worker", 2),
        (2, "define api, worker, extra", 3),
        (1, "define api, worker", 2),
    ]
    assert usher.pids()["api", 0] != pid

    dry = usher("undo", "1", "--dry-run")
    assert dry.stderr.splitlines()[1:] == [
        "  - extra: deleted",
        "  ~ api: environment",
        "  ~ worker: started",
    ]
    assert "secret" not in dry.stdout + dry.stderr
    assert usher.services()["worker"]["status"] == "inactive"

    usher("undo", "1")
    assert set(usher.services()) == {"api", "worker"}
    assert usher.all_ready()
    environ = Path(f"/proc/{usher.pids()['api', 0]}/environ").read_bytes()
    assert b"TOKEN=old-secret" in environ
    assert "undo to 1" in usher("history").stdout

    usher("undo")  # takes the undo back
    assert usher.services()["worker"]["status"] == "inactive"
    assert usher.services()["extra"]["status"] == "active"
    refused = usher("undo", "77", code=1)
    assert "cannot find version '77'" in refused.stderr


class Manager:
    """Runs a unit as systemd would: its command, nothing but its environment, NOTIFY_SOCKET."""

    def __init__(self, usher: Any) -> None:
        user = getpass.getuser()
        unit = units.systemd(boot.boot_of(user, usher.home, usher.env["PATH"]))
        self.settings = [line.partition("=")[::2] for line in unit.splitlines() if "=" in line]
        self._address = str(usher.folder / "manager")
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self._address)
        self._socket.settimeout(60)
        self.started: list[subprocess.Popen[bytes]] = []

    def words(self, key: str) -> list[str]:
        lines = [value for name, value in self.settings if name == key]
        return [word.replace("%%", "%") for line in lines for word in shlex.split(line)]

    def start(self) -> subprocess.Popen[bytes]:
        env = dict(word.split("=", 1) for word in self.words("Environment"))
        env["NOTIFY_SOCKET"] = self._address
        process = subprocess.Popen(self.words("ExecStart"), env=env, cwd="/")
        self.started.append(process)
        return process

    def heard(self, key: str = "") -> dict[str, str]:
        """The next message; with `key` the next one that has it."""
        while True:
            words = self._socket.recv(4096).decode().splitlines()
            message = dict(word.split("=", 1) for word in words)
            if not key or key in message:
                return message

    def close(self) -> None:
        self._socket.close()
        for process in self.started:
            process.kill()
            process.wait()


@pytest.fixture
def manager(usher: Any) -> Iterator[Manager]:
    made = Manager(usher)
    yield made
    usher("kill", code=None)  # a keeper that is killed instead is replaced by its daemon
    made.close()


def test_a2_17_a_boot_by_the_unit_brings_back_what_was_up(
    usher: Any, manager: Manager, until: Callable[..., Any]
) -> None:
    usher.config(CONFIG.format(token="t"))
    usher("start")
    usher("stop", "worker")
    power_cut(usher)
    keeper = manager.start()
    heard = manager.heard("MAINPID")  # it may stand by first, until the old one is gone
    assert (heard["READY"], heard["MAINPID"]) == ("1", str(keeper.pid))
    until(lambda: usher.services()["api"]["ready"] == 1)
    assert usher.pids()["worker", 0] is None

    # A stop of the unit, as at a shutdown: everything ends, and what was wanted is remembered.
    keeper.send_signal(signal.SIGTERM)
    assert manager.heard() == {"STOPPING": "1"}
    assert keeper.wait(20) == 0
    assert usher.marked() == set()
    manager.start()
    assert manager.heard()["READY"] == "1"
    until(lambda: usher.services()["api"]["ready"] == 1)


def test_a_shutdown_is_finished_whatever_becomes_of_the_daemon(
    usher: Any, manager: Manager, until: Callable[..., Any]
) -> None:
    """The keeper was asked while it had no daemon: it tells the next one."""
    usher.config(CONFIG.format(token="t"))
    keeper = manager.start()
    manager.heard()
    usher("start")
    os.kill(usher.ping()["daemon"]["pid"], signal.SIGKILL)
    keeper.send_signal(signal.SIGTERM)
    assert keeper.wait(60) == 0
    assert usher.marked() == set()
    manager.start()
    until(lambda: usher.services()["api"]["ready"] == 1)


def test_a_killed_keeper_is_replaced_by_the_manager_and_not_by_the_daemon(
    usher: Any, manager: Manager, until: Callable[..., Any]
) -> None:
    """`systemctl restart` is this: every app goes on."""
    first = manager.start()
    manager.heard()
    usher.config(CONFIG.format(token="t"))
    usher("start")
    pids = usher.pids()
    first.kill()
    first.wait()
    second = manager.start()
    assert manager.heard("MAINPID")["MAINPID"] == str(second.pid)
    until(lambda: (usher.ping()["keeper"] or {}).get("pid") == second.pid)
    assert usher.pids() == pids
    assert "0.1.0" in usher("update").stdout
    assert usher.pids() == pids

    # `usher kill` is meant: the status tells the manager not to start it again.
    usher("kill")
    assert second.wait(10) == ENDED_AS_ASKED
    assert str(ENDED_AS_ASKED) in manager.words("RestartPreventExitStatus")


def test_beside_a_keeper_started_by_hand_the_unit_stands_by(
    usher: Any, manager: Manager, until: Callable[..., Any]
) -> None:
    usher.config(CONFIG.format(token="t"))
    usher("start")
    by_hand, pids = usher.ping()["keeper"]["pid"], usher.pids()
    waiting = manager.start()
    assert "standing by" in manager.heard()["STATUS"]
    os.kill(by_hand, signal.SIGKILL)
    assert manager.heard("MAINPID")["MAINPID"] == str(waiting.pid)
    until(lambda: (usher.ping()["keeper"] or {}).get("pid") == waiting.pid)
    assert usher.pids() == pids


def test_startup_writes_a_unit_and_unstartup_removes_it(usher: Any) -> None:
    folder = usher.folder / "units"
    folder.mkdir()
    shown = usher("startup", "systemd", "--print").stdout
    assert f"USHER_HOME={usher.home}" in shown
    assert usher("startup", "systemd", "--folder", str(folder)).stdout.startswith("wrote ")
    (unit,) = folder.iterdir()
    assert unit.read_text() == shown
    assert not usher.home.exists()  # nothing was started
    usher("unstartup", "systemd", "--folder", str(folder))
    assert list(folder.iterdir()) == []
    assert "nothing to remove" in usher("unstartup", "systemd", "--folder", str(folder)).stdout
    refused = usher("startup", "systemd", "--user", "root\nExecStart=x", "--print", code=1)
    assert "cannot name a service" in refused.stderr
    missing = usher("startup", "systemd", "--folder", "/no/such/folder", code=2)
    assert "cannot write '/no/such/folder" in missing.stderr
