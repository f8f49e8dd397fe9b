"""What each way to end says: the measured table of B.3."""

import pytest

from usher.diagnosis.exits import Circumstances, ending

PLAIN = Circumstances()
OURS = Circumstances(stopped_by_us=True)
MEMORY = Circumstances(memory_killed=True)


@pytest.mark.parametrize(
    ("code", "signal", "known", "name"),
    [
        (0, None, PLAIN, "exit.clean_unexpected"),
        (0, None, OURS, "usher.stopped"),
        (1, None, PLAIN, "exit.error"),
        (3, None, PLAIN, "exit.app_defined"),
        (9, None, PLAIN, "node.bad_option"),
        (13, None, PLAIN, "node.unsettled_await"),
        (126, None, PLAIN, "exec.not_executable"),
        (127, None, PLAIN, "exec.command_missing"),
        (None, 6, PLAIN, "exit.abort"),
        (134, None, PLAIN, "exit.abort"),
        (134, None, Circumstances(heap_exhausted=True), "node.heap_oom"),
        (None, 9, MEMORY, "os.oom_kill"),
        (137, None, MEMORY, "os.oom_kill"),
        (137, None, PLAIN, "host.kill_unexplained"),
        (None, 9, Circumstances(memory_killed=None), "host.kill_unexplained"),
        (None, 9, OURS, "usher.forced_stop"),
        (None, 11, PLAIN, "os.segfault"),
        (139, None, PLAIN, "os.segfault"),
        (None, 15, PLAIN, "exit.terminated"),
        (None, 9, Circumstances(signalled=9), "usher.signalled"),
        (143, None, Circumstances(signalled=15), "usher.signalled"),
        (0, None, Circumstances(signalled=15), "usher.signalled"),
        (None, 9, Circumstances(signalled=15), "host.kill_unexplained"),
        (1, None, Circumstances(signalled=1), "exit.error"),
        (0, None, Circumstances(signalled=12), "exit.clean_unexpected"),
        (None, 9, Circumstances(stopped_by_us=True, signalled=9), "usher.forced_stop"),
        (143, None, PLAIN, "exit.terminated"),
        (143, None, OURS, "usher.stopped"),
        (None, 1, PLAIN, "exit.error"),
        (None, None, PLAIN, "exit.error"),
    ],
)
def test_an_end_is_named(
    code: int | None, signal: int | None, known: Circumstances, name: str
) -> None:
    assert ending(code, signal, known).id == name


def test_a2_14_the_same_code_without_a_sign_of_the_kernel_is_no_lack_of_memory() -> None:
    assert "no OOM evidence" in ending(137, None, PLAIN).meaning
