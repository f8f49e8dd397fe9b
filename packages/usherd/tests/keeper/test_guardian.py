"""The daemon is started, started again, and ended when it hangs."""

import itertools
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from usher.keeper import runs
from usher.keeper.guardian import ANSWER_LIMIT, LAST_WORDS, Guardian
from usher.keeper.restarts import HANG_LIMIT, Restarts


def test_delays_grow_and_begin_anew_after_a_settled_life() -> None:
    restarts = Restarts()
    row = [restarts.ended(now, hello_at=None, crashed=True) for now in range(7)]
    assert row == [0, 0.1, 0.5, 2, 5, 5, 5]
    assert restarts.ended(10.0, hello_at=9.01, crashed=True) == 5
    assert restarts.ended(20.0, hello_at=19.0, crashed=True) == 0
    assert restarts.ended(21.0, hello_at=20.5, crashed=True) == 0.1


def test_the_time_for_which_it_hung_is_none_in_which_it_worked() -> None:
    restarts = Restarts()
    for number in range(1, 6):
        assert not restarts.safe(40.0 * number)
        restarts.ended(40.0 * number, hello_at=40.0 * number - 39, crashed=True, hung=HANG_LIMIT)
    assert restarts.safe(200.0)
    assert restarts.safe(220.0)
    assert not restarts.safe(220.1)


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
answers = sys.argv[3] == 'answer'
hello = {'kind': 'hello', 'id': 1, 'protocol': 1, 'pid': os.getpid(), 'answers': answers}
wire.send(s, hello)
wire.receive(s)
open(home + '/greeted', 'w').close()
while answers:
    if wire.receive(s)[0]['kind'] == 'still-there':
        wire.send(s, {'kind': 'ping', 'id': 2})
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
    assert daemon.process.returncode == -signal.SIGALRM
    assert time.monotonic() - began > 9


@pytest.mark.process
def test_a_stopped_daemon_is_killed_and_replaced_though_nothing_else_happens(
    house: Any, wait_until: Any
) -> None:
    house.keeper(daemon_argv=daemon_argv(house, "answer"))
    first = int(wait_until(lambda: starts(house))[0][0])
    wait_until((house.home / "greeted").exists)  # before its hello, START_LIMIT holds
    os.kill(first, signal.SIGSTOP)
    began = time.monotonic()
    second = int(wait_until(lambda: len(starts(house)) == 2 and starts(house), 60)[-1][0])
    assert time.monotonic() - began > 9
    house.pids.append(second)
    log = (house.home / "logs" / "keeper.log").read_text()
    assert f"daemon {first} does not answer for 10 s: it is replaced" in log


@pytest.mark.process
def test_a_client_has_the_keeper_ask(house: Any) -> None:
    keeper = house.keeper()
    daemon = house.daemon(hello=False)
    daemon.hello(answers=True)
    for _ in range(2):  # the second question means that the first is settled
        keeper.send_signal(signal.SIGURG)
        daemon.wait("still-there")
        daemon.ask("ping")


class Timers:
    """In the place of the loop: timers that are due when the test says so."""

    def __init__(self) -> None:
        self.due: dict[str, tuple[float, Callable[[], None]]] = {}

    def watch(self, fd: int, call: Callable[[], None]) -> None: ...

    def forget(self, fd: int) -> None: ...

    def after(self, key: str, delay: float, call: Callable[[], None]) -> None:
        self.due[key] = (delay, call)

    def cancel(self, key: str) -> None:
        self.due.pop(key, None)


class Guarded:
    """A guardian, the questions it asked, and a process in the place of its daemon."""

    def __init__(self, *, answers: bool = True) -> None:
        self.timers = Timers()
        self.questions = 0
        self.process = subprocess.Popen(["/bin/sleep", "1000"])
        loop: Any = self.timers
        self.guardian = Guardian(loop, [], "", (1, 1), lambda: True, self._ask)
        self.guardian.greeted(self.process.pid, answers=answers)

    def _ask(self) -> None:
        self.questions += 1


@pytest.fixture
def guarded() -> Iterator[Callable[..., Guarded]]:
    """Make a guardian of a daemon that said hello."""
    made: list[Guarded] = []

    def make(**options: bool) -> Guarded:
        made.append(Guarded(**options))
        return made[-1]

    yield make
    for each in made:
        each.process.kill()
        each.process.wait()
        each.guardian.reaped(each.process.pid, signal.SIGKILL)


def test_a_doubt_becomes_one_question_with_a_deadline(guarded: Callable[..., Guarded]) -> None:
    case = guarded()
    assert case.timers.due == {}  # nothing is to wake a keeper whose daemon rests
    case.guardian.doubt()
    deadline = case.timers.due["answer"]
    case.guardian.doubt()
    assert case.questions == 1
    assert case.timers.due["answer"] is deadline  # later doubts do not put it off
    assert deadline[0] == ANSWER_LIMIT == 10.0
    deadline[1]()
    assert case.process.wait(60) == -signal.SIGALRM


def test_a_daemon_that_takes_no_last_words_is_killed(guarded: Callable[..., Guarded]) -> None:
    """One that is stopped, for instance; and a next one is not killed in its stead."""
    case = guarded()
    case.process.send_signal(signal.SIGSTOP)
    case.guardian.kill()
    seconds, kill = case.timers.due["last words"]
    assert seconds == LAST_WORDS
    assert case.process.poll() is None
    kill()
    assert case.process.wait(60) == -signal.SIGKILL
    case.guardian.reaped(case.process.pid, signal.SIGKILL)
    assert "last words" not in case.timers.due


def test_an_answer_or_a_new_hello_settles_it(guarded: Callable[..., Guarded]) -> None:
    case = guarded()
    case.guardian.doubt()
    case.guardian.heard()
    assert case.timers.due == {}
    case.guardian.doubt()
    case.guardian.greeted(case.process.pid, answers=True)
    assert case.timers.due == {}
    assert case.questions == 2


def test_who_does_not_know_the_question_is_not_asked(guarded: Callable[..., Guarded]) -> None:
    """A daemon of an earlier version; one that has not said hello yet; none."""
    case = guarded(answers=False)
    case.guardian.doubt()
    loop: Any = case.timers
    Guardian(loop, [], "", (1, 1), lambda: True, pytest.fail).doubt()
    assert case.questions == 0
    assert case.timers.due == {}


def test_a_stop_is_told_once_and_only_of_a_child(
    guarded: Callable[..., Guarded], wait_until: Any
) -> None:
    case = guarded()
    assert not case.guardian.was_stopped()
    case.process.send_signal(signal.SIGSTOP)
    wait_until(case.guardian.was_stopped, 60)
    assert not case.guardian.was_stopped()
    case.process.send_signal(signal.SIGCONT)
    case.guardian.greeted(os.getpid(), answers=True)  # a process that is no child of ours
    assert not case.guardian.was_stopped()
    assert case.guardian.reaped(os.getpid(), 0)


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
