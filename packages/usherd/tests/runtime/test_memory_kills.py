"""Each kill that the kernel counts or names finds its process, and no other one."""

from typing import Any

import pytest

from usher.diagnosis.memory_kill import Verdict
from usher.host.memory_kills import Count, Kill
from usher.model import events as ev
from usher.runtime.memory_kills import DRIFT, EVERY, MemoryKills, Reader

NINE = ev.Killed(9)


class Kernel:
    """Tells what a test lets it tell. Its clock is the boot clock."""

    def __init__(self) -> None:
        self.count: Count | None = Count(5, "")
        self.log: list[Kill] | None = None
        self.short = True
        self.now = 1000.0

    def kill(self, pid: int = 0) -> None:
        """Kill for lack of memory: count it, and name `pid` if the log may be read."""
        assert self.count is not None
        self.count = self.count._replace(kills=self.count.kills + 1)
        if self.log is not None:
            self.log.append(Kill(pid, self.now, f"Out of memory: Killed process {pid} (x)"))


class Watch:
    """The watch, over a kernel, with a clock that the test sets."""

    def __init__(self) -> None:
        self.kernel = Kernel()
        kernel = self.kernel
        self.kills = MemoryKills(
            Reader(
                counted=lambda: kernel.count,
                logged=lambda: kernel.log,
                is_short=lambda: kernel.short,
                uptime=lambda: kernel.now,
            )
        )

    def awake(self, seconds: float) -> None:
        """Let time go by, with a look every second."""
        for _ in range(int(seconds)):
            self.kernel.now += 1.0
            self.kills.look(self.kernel.now)

    def ended(self, pid: int = 7, status: ev.ExitStatus = NINE, lived: float = 600.0) -> Verdict:
        """End a process now."""
        now = self.kernel.now
        ended = self.kills.ended(pid, status, now - lived, now)
        found = self.kills.verdict(ended)
        if found.killed:
            self.kills.claim(ended)
        return found


@pytest.fixture
def watch() -> Watch:
    made = Watch()
    made.kills.look(made.kernel.now)
    return made


def test_a2_14_a_kill_of_today_is_not_explained_by_one_of_yesterday(watch: Watch) -> None:
    watch.awake(20)
    watch.kernel.kill()
    watch.awake(20)
    assert watch.ended().killed is False


def test_without_a_log_a_counter_that_moved_just_now_may_be_it(watch: Watch) -> None:
    watch.awake(20)
    watch.kernel.kill()
    found = watch.ended()
    assert (found.killed, found.confidence) == (True, 0.6)
    assert watch.ended(pid=8).killed is False, "one kill explains one end"
    watch.kernel.kill()
    watch.kernel.short = False
    assert watch.ended().killed is None


def test_at_rest_the_counter_was_looked_at_too_long_ago(watch: Watch) -> None:
    watch.kernel.kill()
    watch.kernel.now += 3600.0
    found = watch.ended()
    assert (found.killed, found.confidence) == (None, 0.5)
    assert "in the 3600 s before" in found.evidence[0]


def test_a_look_between_the_end_and_its_report_hides_nothing(watch: Watch) -> None:
    watch.awake(4 * EVERY)
    watch.kernel.kill()
    watch.awake(1)  # so near to the last but one that it is none
    watch.kernel.now += EVERY
    watch.kills.look(watch.kernel.now)
    watch.kernel.now += 1.0
    assert watch.ended().killed is True


def test_who_counts_must_be_the_same(watch: Watch) -> None:
    watch.awake(20)
    watch.kernel.count = Count(9, "/unit")
    assert watch.ended().killed is False
    watch.awake(20)
    watch.kernel.short = False
    watch.kernel.kill()
    found = watch.ended()
    assert (found.killed, found.confidence) == (True, 0.75)
    assert "the control group /unit counted 1 kill for lack of memory in the " in found.evidence[0]


def test_the_log_decides_where_it_can_be_read(watch: Watch) -> None:
    watch.kernel.log = []
    watch.awake(20)
    watch.kernel.kill(pid=8)
    assert watch.ended(pid=7).killed is False
    found = watch.ended(pid=8)
    assert (found.killed, found.confidence) == (True, 0.95)
    assert "Killed process 8" in found.evidence[0]
    watch.kernel.now += DRIFT + 10
    assert watch.ended(pid=8, lived=5.0).killed is False, "an earlier process of this number"


def test_the_own_group_decides_without_a_log(watch: Watch) -> None:
    watch.awake(20)
    watch.kernel.kill()
    assert watch.ended(status=ev.Killed(9, memory_kills=0)).killed is False
    assert watch.ended(status=ev.Killed(9, memory_kills=1)).confidence == 0.85


@pytest.mark.parametrize(
    ("status", "killed"),
    [(ev.Killed(15), False), (ev.Exit(1), False), (ev.Vanished(), False), (ev.Exit(137), True)],
)
def test_only_signal_9_and_a_shell_that_reports_it(watch: Watch, status: Any, killed: bool) -> None:
    watch.kernel.log = []
    watch.awake(20)
    watch.kernel.kill(pid=99)
    assert watch.ended(pid=7, status=status).killed is killed


def test_a_shell_without_a_kill_just_now_reports_a_kill_of_somebody(watch: Watch) -> None:
    watch.kernel.log = []
    watch.kernel.kill(pid=99)
    watch.awake(30)
    assert watch.ended(status=ev.Exit(137)).killed is False


def test_where_nothing_can_be_seen(watch: Watch) -> None:
    watch.kernel.count = None
    watch.awake(20)
    assert watch.ended() == Verdict(killed=False, confidence=0.7)
