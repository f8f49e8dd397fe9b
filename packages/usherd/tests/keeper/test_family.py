"""Nothing of a run outlives it, or it is named: wrappers, daemons, processes that hide."""

import os
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.process

HIDE = """
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        null = os.open(os.devnull, os.O_RDWR)
        for fd in (0, 1, 2):
            os.dup2(null, fd)
        env = {} if sys.argv[1] == "bare" else dict(os.environ)
        os.execve("/bin/sleep", ["sleep", sys.argv[2]], env)
    os._exit(0)
os.wait()
time.sleep(float(sys.argv[3]))
"""


def unique(number: int) -> str:
    """Seconds that no other run of these tests sleeps."""
    return f"{number}.{os.getpid()}"


def sleepers(seconds: str) -> list[int]:
    """Living processes `sleep SECONDS`."""
    found: list[int] = []
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if entry.name.isdigit() and words[:2] == [b"sleep", seconds.encode()]:
            found.append(int(entry.name))
    return found


def hide(house: Any, how: str, seconds: str, life: float) -> dict[str, Any]:
    argv = (sys.executable, "-I", "-S", "-c", HIDE, how, seconds, str(life))
    return house.spec(*argv)


def test_children_of_a_wrapper_end_with_it(house: Any, wait_until: Any) -> None:
    house.keeper()
    daemon = house.daemon()
    sleep = f"sleep {unique(7301)}"
    daemon.start("home:a:1.0:1", house.spec("/bin/sh", "-c", f"{sleep} & {sleep}"))
    wait_until(lambda: len(sleepers(unique(7301))) == 2)
    daemon.ask("signal", run="home:a:1.0:1", signal=9, scope="process")
    exited = daemon.wait("exited", run="home:a:1.0:1")
    assert exited["status"]["signal"] == 9
    assert sleepers(unique(7301)) == []
    assert "strays" not in exited


def test_a_daemon_that_left_its_session_is_known_by_its_mark(house: Any, wait_until: Any) -> None:
    house.keeper()
    daemon = house.daemon()
    spec = hide(house, "marked", unique(7302), 1000)
    spec["env"]["USHER_RUN"] = "home:a:1.0:1"
    daemon.start("home:a:1.0:1", spec)
    wait_until(lambda: sleepers(unique(7302)))
    daemon.ask("signal", run="home:a:1.0:1", signal=9, scope="run")
    daemon.wait("exited", run="home:a:1.0:1")
    assert sleepers(unique(7302)) == []


def test_what_hides_from_everything_is_named_and_not_touched(house: Any, wait_until: Any) -> None:
    house.keeper()
    daemon = house.daemon()
    daemon.start("home:a:1.0:1", hide(house, "bare", unique(7303), 0.2))
    exited = daemon.wait("exited", run="home:a:1.0:1")
    (stray,) = sleepers(unique(7303))
    house.pids.append(stray)
    assert exited["strays"] == [[stray, f"sleep {unique(7303)}"]]
    daemon.ask("ack", runs=["home:a:1.0:1"])
    daemon.start("home:a:1.0:2", house.spec("/bin/true"))
    assert "strays" not in daemon.wait("exited", run="home:a:1.0:2"), "it is named once"
    assert sleepers(unique(7303)) == [stray]


def test_a_run_without_kill_tree_leaves_what_it_started(house: Any, wait_until: Any) -> None:
    house.keeper()
    daemon = house.daemon()
    spec = house.spec("/bin/sh", "-c", f"sleep {unique(7304)} & true") | {"kill_tree": False}
    daemon.start("home:a:1.0:1", spec)
    daemon.wait("exited", run="home:a:1.0:1")
    (left,) = wait_until(lambda: sleepers(unique(7304)))
    house.pids.append(left)


@pytest.fixture
def delegated(monkeypatch: pytest.MonkeyPatch) -> Path:
    """A control group that the keeper may divide, where this host lets us make one."""
    for base in (Path("/sys/fs/cgroup/unified"), Path("/sys/fs/cgroup")):
        if (base / "cgroup.procs").exists() and os.access(base, os.W_OK):
            folder = base / f"usher-test-{os.getpid()}"
            folder.mkdir()
            monkeypatch.setenv("USHER_CGROUP", str(folder))
            return folder
    pytest.skip("no control group of version 2 can be made here")


def test_nothing_hides_from_a_control_group(delegated: Path, house: Any, wait_until: Any) -> None:
    house.keeper()
    daemon = house.daemon()
    daemon.start("home:a:1.0:1", hide(house, "bare", unique(7305), 1000))
    wait_until(lambda: sleepers(unique(7305)))
    daemon.ask("signal", run="home:a:1.0:1", signal=9, scope="run")
    exited = daemon.wait("exited", run="home:a:1.0:1")
    assert sleepers(unique(7305)) == []
    assert "strays" not in exited
    daemon.ask("ack", runs=["home:a:1.0:1"])
    wait_until(lambda: not any(delegated.glob("usher-*")))
    delegated.rmdir()
