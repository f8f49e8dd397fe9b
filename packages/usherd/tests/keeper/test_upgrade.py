"""New code in the same process: no service gets another parent, no line is lost."""

import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import usher
from usher.keeper import paths, upgrade

pytestmark = pytest.mark.process

FLOOD = """
import os, signal
going = True
def end(*_):
    global going
    going = False
signal.signal(signal.SIGTERM, end)
n = 0
while going:
    os.write(1, b"".join(b"%012d\\n" % i for i in range(n, n + 20)))
    n += 20
os.write(2, b"%d" % n)
raise SystemExit(7)
"""

LIMIT = "import resource, sys; print(*resource.getrlimit(resource.RLIMIT_NOFILE))"


@pytest.fixture
def renew(house: Any) -> Callable[..., Any]:
    """Upgrade the keeper and come back as its daemon."""

    def work(daemon: Any, program: list[str] | None = None) -> Any:
        with pytest.raises((AssertionError, ConnectionResetError)):
            daemon.ask("upgrade", program=program or paths.keeper_program())
        held, daemon.held = daemon.held, []
        daemon.close()
        successor = house.daemon(hello=False)
        successor.hello_reply = successor.hello()
        for _, fds in held:
            for fd in fds:
                os.close(fd)
        return successor

    return work


def connected(daemon: Any) -> bool:
    """Read one message; False at the end of the connection."""
    try:
        daemon.read()
    except (AssertionError, ConnectionResetError):
        return False
    return True


def test_a_flood_of_lines_passes_over_upgrades_whole(
    house: Any, renew: Any, wait_until: Callable[..., Any]
) -> None:
    keeper = house.keeper()
    daemon = house.daemon()
    log = house.log("out.log", max_size=1 << 30)
    pid = daemon.start("a", house.spec(sys.executable, "-c", FLOOD, stdout=log))["pid"]
    wait_until(lambda: len(house.text()) > 1000)
    for count in range(1, 6):
        daemon = renew(daemon)
        assert daemon.hello_reply["upgrades"] == count
        assert daemon.hello_reply["pid"] == keeper.pid
        assert [run["pid"] for run in daemon.hello_reply["runs"]] == [pid]
    daemon.ask("signal", run="a", signal=signal.SIGTERM, scope="process")
    assert daemon.wait("exited", run="a")["status"] == {"code": 7}
    lines = house.text().split()
    assert lines == [f"{n:012d}" for n in range(int(house.text("err.log")))]


def test_what_ended_around_an_upgrade_is_reported_with_its_status(house: Any, renew: Any) -> None:
    keeper = house.keeper()
    daemon = house.daemon()
    for run, end in (("before", "exit 3"), ("around", "sleep 0.05; exit 4")):
        daemon.start(run, house.spec("/bin/sh", "-c", end))
    daemon.start("after", house.spec("/bin/sleep", "100"))
    daemon.wait("exited", run="before")  # not acknowledged
    daemon = renew(daemon)
    exits = {each["run"]: each["status"] for each in daemon.hello_reply["exits"]}
    if "around" not in exits:
        exits["around"] = daemon.wait("exited", run="around")["status"]
    assert exits == {"before": {"code": 3}, "around": {"code": 4}}
    daemon.ask("signal", run="after", signal=9, scope="group")
    assert daemon.wait("exited", run="after")["status"] == {"signal": 9, "core": False}
    daemon.ask("ack", runs=["before", "around", "after"])
    daemon.ask("shutdown")
    assert keeper.wait(10) == 0


def test_sockets_lock_and_limits_are_kept(house: Any, renew: Any) -> None:
    keeper = house.keeper()
    daemon = house.daemon()
    address = {"host": "127.0.0.1", "port": 0}
    asked = {"type": "stream", "backlog": 8, "reuse_port": False, "mode": None}
    first = daemon.ask_fds("socket", key="a/http", address=address, **asked)
    os.close(first[1][0])
    daemon.start("a", house.spec(sys.executable, "-c", LIMIT))
    daemon.wait("exited", run="a")
    daemon = renew(daemon)
    again = daemon.ask_fds("socket", key="a/http", address=address, **asked)
    os.close(again[1][0])
    assert again[0]["record"] == first[0]["record"]
    daemon.start("b", house.spec(sys.executable, "-c", LIMIT))
    daemon.wait("exited", run="b")
    before, after = house.text().splitlines()
    assert before == after
    assert house.keeper().wait(10) == 0  # the home still has one
    assert keeper.poll() is None
    leaked = Path(f"/proc/{keeper.pid}/fd")
    names = [str(each.readlink()) for each in leaked.iterdir()]
    assert not any("usher-ledger" in name for name in names)


def test_new_code_is_what_runs_afterwards(house: Any, renew: Any, tmp_path: Path) -> None:
    source = Path(usher.__file__).parent
    shutil.copytree(source / "keeper", tmp_path / "new" / "usher" / "keeper")
    (tmp_path / "new" / "usher" / "__init__.py").write_text('__version__ = "99.0"\n')
    house.keeper()
    daemon = house.daemon()
    pid = daemon.start("a", house.spec("/bin/sleep", "100"))["pid"]
    program = paths.keeper_program()
    program[-1] = str(tmp_path / "new" / "usher" / "keeper" / "__main__.py")
    daemon = renew(daemon, program)
    assert daemon.hello_reply["version"] == "99.0"
    assert daemon.hello_reply["runs"][0]["pid"] == pid


def test_what_cannot_be_executed_changes_nothing(house: Any, refused: Any) -> None:
    house.keeper()
    daemon = house.daemon()
    daemon.start("a", house.spec("/bin/cat", "/dev/zero", stdout=house.log("zero", 1 << 20, 1)))
    script = house.home / "script"
    script.write_text("#!/no/such/program\n")
    script.chmod(0o700)
    for program in ([], ["relative"], ["/no/such/program"], [str(script)]):
        with pytest.raises(refused, match="cannot upgrade"):
            daemon.ask("upgrade", program=program)
    assert daemon.ask("ping")["ok"]
    assert [run["run"] for run in daemon.hello()["runs"]] == ["a"]


def test_a_child_at_its_gate_is_waited_for(house: Any) -> None:
    house.keeper()
    daemon = house.daemon()
    asked = daemon.send_deaf("spawn", run="a", spec=house.spec("/bin/sh", "-c", "echo in"))
    daemon.send("upgrade", program=paths.keeper_program())
    time.sleep(0.1)
    began = time.monotonic()
    daemon.answer(asked)  # the exec would have ended the connection before this answer
    while connected(daemon):
        pass
    assert time.monotonic() - began < upgrade._QUIET_LIMIT
    daemon.close()
    successor = house.daemon(hello=False)
    exits = successor.hello()["exits"] or [successor.wait("exited", run="a")]
    assert exits[0]["status"] == {"code": 0}
    assert house.text() == "in\n"


def test_a_daemon_in_its_limits_is_known_afterwards(
    house: Any, renew: Any, wait_until: Callable[..., Any]
) -> None:
    """It is killed if it does not come back, as one that lost its connection is."""
    house.keeper()
    daemon = house.daemon()
    process = daemon.process
    with pytest.raises((AssertionError, ConnectionResetError)):
        daemon.ask("upgrade", program=paths.keeper_program())
    wait_until(lambda: process.poll() is not None, 15)
    assert process.returncode == -signal.SIGALRM
