"""The child that is forked at a death, ahead of the program that comes next."""

import sys
from pathlib import Path
from typing import Any

import pytest

from usher.keeper.child import Identity, Program

pytestmark = [pytest.mark.process, pytest.mark.usefixtures("descriptors_end")]


@pytest.fixture
def mourning(house: Any, child_of: Any) -> tuple[Any, int]:
    """Return a daemon after the death of a run, and the pid of the spare child."""
    keeper = house.keeper()
    daemon = house.daemon()
    daemon.start("a", house.spec("/bin/true"))
    daemon.wait("exited", run="a")
    daemon.ask("ack", runs=["a"])
    return daemon, child_of(keeper)


def test_the_next_program_is_executed_by_the_spare_child(house: Any, mourning: Any) -> None:
    daemon, pid = mourning
    code = (
        "import os, sys; print(os.getsid(0) == os.getpid(), os.environ['WORD'], os.getcwd(),"
        " sorted(os.listdir('/proc/self/fd')))"
    )
    env = {"WORD": "said"}
    spec = house.spec(sys.executable, "-I", "-S", "-c", code, env=env, cwd="/", umask=0o027)
    assert daemon.start("b", spec)["pid"] == pid
    assert daemon.wait("exited", run="b")["status"] == {"code": 0}
    assert house.text() == "True said / ['0', '1', '2', '3']\n"


def test_the_stage_that_fails_is_named_by_a_spare_child_too(
    house: Any, mourning: Any, refused: Any
) -> None:
    with pytest.raises(refused) as caught:
        mourning[0].start("b", house.spec("/bin/true", cwd="/no/such/folder"))
    assert caught.value.reply["stage"] == "chdir"


def test_a_program_that_does_not_fit_a_packet_gets_another_child(house: Any, mourning: Any) -> None:
    daemon, pid = mourning
    many = {f"NAME{number}": "x" * 10_000 for number in range(30)}
    assert daemon.start("b", house.spec("/bin/true", env=many))["pid"] != pid
    assert daemon.wait("exited", run="b")["status"] == {"code": 0}


def test_a_spare_child_that_nobody_needs_is_sent_away_and_is_no_stray(
    house: Any, mourning: Any, wait_until: Any
) -> None:
    daemon, pid = mourning

    def holds_nothing_of_the_keeper() -> bool:
        try:
            return len([*Path(f"/proc/{pid}/fd").iterdir()]) <= 1
        except OSError:
            return True  # it was sent away already

    wait_until(holds_nothing_of_the_keeper)
    wait_until(lambda: not Path(f"/proc/{pid}").exists())
    daemon.start("b", house.spec("/bin/true"))
    assert "strays" not in daemon.wait("exited", run="b")


def test_a_program_is_the_same_after_it_was_sent() -> None:
    made = Program([b"a", b"\xff"], {b"N": b"\xfe"}, b"/", [7])
    made.umask, made.listen, made.nice = 0o77, True, 5
    made.limits = [(1, -1, 1 << 40)]
    made.identity = Identity(1, 2, [3, 4])
    again = Program.unpack(made.pack(), [7])
    who = again.identity
    assert who is not None
    assert (who.uid, who.gid, who.groups) == (1, 2, [3, 4])
    for name in set(Program.__slots__) - {"identity"}:
        assert getattr(again, name) == getattr(made, name)
