"""A new keeper takes over what an earlier one started."""

import os
import signal
import sys
from typing import Any

import pytest

from usher.keeper import child, procfs

pytestmark = pytest.mark.process


def replace(house: Any, keeper: Any, daemon: Any, *, between: Any = None) -> Any:
    """Kill the keeper, do `between`, and hand everything to a new one."""
    keeper.kill()
    keeper.wait()
    if between:
        between()
    house.keeper()
    successor = house.daemon()
    successor.held, daemon.held = daemon.held, []
    daemon.close()
    successor.hand_back()
    return successor


def kernel_tells() -> bool:
    """Whether this kernel keeps the status of a process that somebody else reaped (6.15)."""
    release = tuple(int(part) for part in os.uname().release.split(".")[:2])
    return release >= (6, 15)


def test_the_status_of_an_ended_process_is_found_before_and_after_it_is_reaped() -> None:
    pid = os.fork()
    if pid == 0:
        os._exit(3)
    pidfd = os.pidfd_open(pid)
    started = procfs.start_time(pid)
    os.waitid(os.P_PIDFD, pidfd, os.WEXITED | os.WNOWAIT)
    assert procfs.exit_status(pid, started, pidfd) == 3 << 8
    assert procfs.exit_status(pid, started + 1, pidfd) is None  # another of the same number
    os.waitpid(pid, 0)
    assert procfs.exit_status(pid, started, pidfd) == (3 << 8 if kernel_tells() else None)
    os.close(pidfd)


@pytest.mark.parametrize("dies", ["before", "after"])
def test_the_exit_status_of_an_adopted_process_is_known(house: Any, dies: str) -> None:
    code = "import sys, signal; signal.signal(15, lambda *a: sys.exit(7)); print(1, flush=True)"
    code += "\nwhile True: signal.pause()"
    keeper = house.keeper()
    daemon = house.daemon()
    pid = daemon.start("a", house.spec(sys.executable, "-c", code))["pid"]
    while house.text() != "1\n":
        pass
    kill = (lambda: os.kill(pid, signal.SIGTERM)) if dies == "before" else None
    successor = replace(house, keeper, daemon, between=kill)
    if dies == "after":
        successor.ask("signal", run="a", signal=signal.SIGTERM, scope="process")
    expected = {"code": 7} if kernel_tells() else {"unknown": True}
    assert successor.wait("exited", run="a")["status"] == expected
    successor.ask("ack", runs=["a"])
    assert successor.hello()["runs"] == []


def test_an_unopened_child_does_not_survive_its_keeper(
    house: Any, wait_until: Any, child_of: Any
) -> None:
    keeper = house.keeper()
    daemon = house.daemon()
    daemon.send_deaf("spawn", run="a", spec=house.spec("/bin/echo", "hello"))
    pid = child_of(keeper)
    keeper.kill()
    keeper.wait()
    wait_until(lambda: not os.path.exists(f"/proc/{pid}"))  # noqa: PTH110
    assert house.text() == ""


@pytest.mark.parametrize(
    ("code", "expected"), [(0, {"code": 0}), (child.GATE_CLOSED, {"gate": True})]
)
def test_whether_an_adopted_child_passed_its_gate_is_told_by_its_exit(
    house: Any, code: int, expected: dict[str, Any]
) -> None:
    """The keeper may die between the opening and the reply; then the record says too little."""
    keeper = house.keeper()
    daemon = house.daemon()
    daemon.start("a", house.spec("/bin/sh", "-c", f"sleep 0.3; exit {code}"))
    (message, fds), daemon.held = daemon.held[-1], []
    keeper.kill()
    keeper.wait()
    house.keeper()
    successor = house.daemon()
    successor.ask("adopt", fds, run="a", record={**message["record"], "opened": False})
    successor.ask("resume")
    assert successor.wait("exited", run="a")["status"] == expected
    for fd in fds:
        os.close(fd)


def test_descriptors_that_do_not_match_their_record_are_refused(house: Any, refused: Any) -> None:
    house.keeper()
    daemon = house.daemon()
    record = daemon.start("a", house.spec("/bin/sleep", "100"))
    fds = [os.dup(fd) for fd in daemon.held[-1][1]]
    for wrong in ({"pid": record["pid"] + 1}, {"boot_id": "another"}):
        with pytest.raises(refused):
            daemon.ask("adopt", fds, run="b", record={**record, "run": "b", **wrong})
    with pytest.raises(refused):
        daemon.ask("adopt", fds[:3], run="b", record={**record, "run": "b"})
    assert [run["run"] for run in daemon.hello()["runs"]] == ["a"]
    for fd in fds:
        os.close(fd)


def test_an_adopted_run_obeys_group_signals_and_its_helper_dies(
    house: Any, wait_until: Any
) -> None:
    keeper = house.keeper()
    daemon = house.daemon()
    daemon.start("a", house.spec("/bin/sh", "-c", "sleep 1000 & echo $!; wait"))
    child = int(wait_until(house.text))
    successor = replace(house, keeper, daemon)
    successor.ask("signal", run="a", signal=9, scope="group")
    successor.wait("exited", run="a")
    wait_until(lambda: not os.path.exists(f"/proc/{child}"))  # noqa: PTH110


def test_two_files_with_interrupted_appends_are_cut_before_either_is_written(house: Any) -> None:
    """Two streams share a file; the record of the one must not cut what the other appended."""
    both = house.log("both.log")
    keeper = house.keeper()
    daemon = house.daemon()
    code = "import os, time\ntime.sleep(.5)\nos.write(1, b'out\\n'); os.write(2, b'err\\n')\n"
    spec = house.spec(sys.executable, "-c", code + "time.sleep(100)", stdout=both, stderr=both)
    daemon.start("a", spec)
    keeper.kill()
    keeper.wait()
    # As if the keeper had died within an append of stdout: an intent noted, half a line written.
    log = house.home / "logs" / "both.log"
    log.write_bytes(b"before\nha")
    from usher.keeper.stage import Place, Stage

    message, fds = daemon.held[-1]
    names = message["fds"]
    stage = Stage(fds[names.index("stdout.stage")])
    stage.put(b"half\n")
    found = log.stat()
    stage.intend([Place(found.st_dev, found.st_ino, len(b"before\n"))])
    other = Stage(fds[names.index("stderr.stage")])
    other.put(b"whole\n")
    house.keeper()
    successor = house.daemon()
    successor.held, daemon.held = daemon.held, []
    successor.hand_back()
    successor.ask("signal", run="a", signal=9, scope="process")
    successor.wait("exited", run="a")
    lines = log.read_bytes().splitlines()
    assert lines[0] == b"before"
    assert sorted(lines[1:3]) == [b"half", b"whole"]
    assert b"hahalf" not in lines
