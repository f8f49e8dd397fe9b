"""The daemon is started, started again, and ended when it hangs."""

import itertools
import os
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from usher.keeper import runs
from usher.keeper.restarts import Restarts


def test_delays_grow_and_begin_anew_after_a_settled_life() -> None:
    restarts = Restarts()
    row = [restarts.ended(now, hello_at=None, crashed=True) for now in range(7)]
    assert row == [0, 0.1, 0.5, 2, 5, 5, 5]
    assert restarts.ended(10.0, hello_at=9.01, crashed=True) == 5
    assert restarts.ended(20.0, hello_at=19.0, crashed=True) == 0
    assert restarts.ended(21.0, hello_at=20.5, crashed=True) == 0.1


@pytest.mark.parametrize(
    ("ends", "now", "safe"),
    [
        ([(0, True), (1, True), (2, True), (3, True)], 4, False),
        ([(0, True), (1, True), (2, True), (3, True), (4, True)], 5, True),
        ([(0, True), (1, True), (2, True), (3, True), (4, True)], 60, True),
        ([(0, True), (1, True), (2, True), (3, True), (4, True)], 60.1, False),
        ([(0, False), (1, True), (2, True), (3, True), (4, True)], 5, False),
        ([(0, True), (30, True), (40, True), (50, True), (61, True)], 62, False),
    ],
)
def test_five_crashes_in_a_minute_start_it_safe(
    ends: list[tuple[float, bool]], now: float, safe: bool
) -> None:
    restarts = Restarts()
    for at, crashed in ends:
        restarts.ended(at, hello_at=None, crashed=crashed)
    assert restarts.safe(now) is safe


DAEMON = """
import os, sys, socket, time, json
sys.path.insert(0, sys.argv[1])
from usher.keeper import paths, wire
home = sys.argv[2]
open(home + '/starts', 'a').write(f'{os.getpid()} {time.monotonic()} {sys.argv[4:]}\\n')
if sys.argv[3] == 'crash':
    print('a last word', file=sys.stderr); sys.exit(1)
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.connect(paths.keeper_socket(home))
wire.send(s, {'kind': 'hello', 'id': 1, 'protocol': 1, 'pid': os.getpid()})
time.sleep(1000)
"""


def daemon_argv(house: Any, mode: str) -> list[str]:
    import usher

    source = str(Path(usher.__file__).parent.parent)
    return [sys.executable, "-I", "-S", "-c", DAEMON, source, str(house.home), mode]


def starts(house: Any) -> list[list[str]]:
    path = house.home / "starts"
    return [line.split() for line in path.read_text().splitlines()] if path.exists() else []


@pytest.mark.process
def test_a_killed_daemon_is_back_at_once_again_and_again(house: Any, wait_until: Any) -> None:
    house.keeper(daemon_argv=daemon_argv(house, "live"))
    for number in range(1, 4):
        wait_until(lambda number=number: len(starts(house)) == number)
        time.sleep(0.05)
        os.kill(int(starts(house)[-1][0]), signal.SIGKILL)
    wait_until(lambda: len(starts(house)) == 4)
    assert [line[2] for line in starts(house)] == ["[]", *["['--again']"] * 3]  # never --safe
    house.pids.append(int(starts(house)[-1][0]))


@pytest.mark.process
def test_a_crashing_daemon_is_started_slower_then_safe(house: Any, wait_until: Any) -> None:
    house.keeper(daemon_argv=daemon_argv(house, "crash"))
    lines = wait_until(lambda: len(starts(house)) >= 5 and starts(house))
    times = [float(line[1]) for line in lines]
    gaps = [after - before for before, after in itertools.pairwise(times)]
    assert [gap > least for gap, least in zip(gaps, (0, 0.1, 0.5, 2), strict=True)] == [True] * 4
    assert (house.home / "logs" / "daemon.log").read_text().count("a last word") >= 5
    wait_until(lambda: len(starts(house)) >= 6)
    assert "--safe" in starts(house)[5][2]


@pytest.mark.process
def test_a_daemon_that_acknowledges_nothing_is_killed(
    house: Any, wait_until: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert runs.ACK_LIMIT == 10.0
    house.keeper()
    daemon = house.daemon()
    daemon.start("a", house.spec("/bin/true"))
    began = time.monotonic()
    daemon.wait("exited", run="a")
    wait_until(lambda: daemon.process.poll() is not None, 15)
    assert daemon.process.returncode == -signal.SIGKILL
    assert time.monotonic() - began > 9


@pytest.mark.process
def test_a_keeper_whose_home_was_removed_ends_with_its_last_run(
    house: Any, wait_until: Any
) -> None:
    keeper = house.keeper()
    daemon = house.daemon()
    daemon.start("a", house.spec("/bin/sleep", "100"))
    shutil.rmtree(house.home)

    def descriptors() -> int:
        return len([*Path(f"/proc/{keeper.pid}/fd").iterdir()])

    before = descriptors()
    daemon.ask("signal", run="a", signal=9, scope="process")
    daemon.wait("exited", run="a")
    assert keeper.poll() is None
    daemon.ask("ack", runs=["a"])
    wait_until(lambda: descriptors() <= before)
    daemon.close()
    assert keeper.wait(10) == 0


@pytest.mark.process
def test_an_unfit_program_is_named_in_the_keepers_log(house: Any, wait_until: Any) -> None:
    house.keeper(daemon_argv=["/no/such/daemon"])
    log = house.home / "logs" / "keeper.log"
    wanted = "cannot start daemon '/no/such/daemon': exec: No such file or directory"
    wait_until(lambda: log.exists() and wanted in log.read_text())
