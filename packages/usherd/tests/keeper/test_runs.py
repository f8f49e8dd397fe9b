"""Spawning, signalling and reaping with real processes."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.process, pytest.mark.usefixtures("descriptors_end")]


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-I", "-S", "-c", code)


def test_a_child_waits_at_its_gate_until_the_daemon_has_its_descriptors(
    house: Any, child_of: Any
) -> None:
    keeper = house.keeper()
    daemon = house.daemon()
    asked = daemon.send_deaf("spawn", run="a", spec=house.spec("/bin/echo", "hello"))
    pid = child_of(keeper)
    program = Path(f"/proc/{keeper.pid}/cmdline").read_bytes()
    assert Path(f"/proc/{pid}/cmdline").read_bytes() == program
    assert daemon.answer(asked)[0]["pid"] == pid
    assert [message["record"]["pid"] for message, _ in daemon.held] == [pid]
    assert daemon.wait("exited", run="a")["status"] == {"code": 0}
    assert house.text() == "hello\n"


def test_spawn_is_idempotent_per_run(house: Any) -> None:
    house.keeper()
    daemon = house.daemon()
    spec = house.spec("/bin/sleep", "100")
    first = daemon.start("a", spec)
    again = daemon.ask("spawn", run="a", spec=spec)
    assert again["pid"] == first["pid"]
    assert len(daemon.hello()["runs"]) == 1


def test_a_child_whose_daemon_dies_before_it_has_its_descriptors_never_runs(
    house: Any, wait_until: Any, child_of: Any
) -> None:
    keeper = house.keeper()
    daemon = house.daemon()
    daemon.send_deaf("spawn", run="a", spec=house.spec("/bin/echo", "hello"))
    pid = child_of(keeper)
    daemon.close()
    wait_until(lambda: not Path(f"/proc/{pid}").exists())
    successor = house.daemon(hello=False)

    def reported() -> Any:
        return successor.hello()["exits"]

    exits = wait_until(reported)
    assert exits[0]["status"] == {"gate": True}
    assert house.text() == ""


@pytest.mark.parametrize(
    ("changes", "stage", "errno"),
    [
        ({"argv": ["/no/such/program"]}, "exec", 2),
        ({"argv": ["no-such-program"]}, "exec", 2),
        ({"argv": ["/etc/passwd"]}, "exec", 13),
        ({"cwd": "/no/such/folder"}, "chdir", 2),
        ({"nofile": [10**9, 10**9]}, "rlimit", 1),
    ],
)
def test_the_stage_that_fails_is_named(
    house: Any, refused: Any, changes: dict[str, Any], stage: str, errno: int
) -> None:
    house.keeper()
    daemon = house.daemon()
    with pytest.raises(refused) as caught:
        daemon.ask("spawn", run="a", spec=house.spec("/bin/true", **changes))
    reply = caught.value.reply
    assert (reply["stage"], reply["errno"]) == (stage, errno)
    # The run is forgotten: its name can be used again at once.
    daemon.start("a", house.spec("/bin/true"))
    assert daemon.wait("exited", run="a")["status"] == {"code": 0}


STATE = """
import os, signal, resource, json
lines = dict(l.split(':\\t') for l in open('/proc/self/status').read().splitlines())
print(json.dumps({
    'sid': os.getsid(0) == os.getpid() == os.getpgid(0),
    'ignored': lines['SigIgn'], 'blocked': lines['SigBlk'],
    'umask': lines['Umask'], 'nofile': resource.getrlimit(resource.RLIMIT_NOFILE),
    'fds': sorted(os.listdir('/proc/self/fd')), 'cwd': os.getcwd(),
    'oom': open('/proc/self/oom_score_adj').read().strip()}))
"""


def state(house: Any, **changes: Any) -> dict[str, Any]:
    import json

    daemon = house.daemon()
    # Python ignores SIGPIPE and SIGXFSZ for itself, so the shell looks at what it was given.
    look = "grep -E 'Sig(Ign|Blk)' /proc/self/status; exec \"$@\""
    argv = ("/bin/sh", "-c", look, "sh", *python(STATE))
    daemon.start("a", house.spec(*argv, **changes))
    assert daemon.wait("exited", run="a")["status"] == {"code": 0}, house.text("err.log")
    ignored, blocked, rest = house.text().split("\n", 2)
    found = json.loads(rest)
    found["given"] = (blocked.split()[1], ignored.split()[1])
    return found


def test_a_child_gets_default_surroundings(house: Any) -> None:
    import resource

    house.keeper()
    found = state(house, umask=0o027)
    assert found["sid"]
    assert {int(mask, 16) for mask in found["given"]} == {0}
    assert found["umask"] == "0027"
    assert tuple(found["nofile"]) == resource.getrlimit(resource.RLIMIT_NOFILE)
    assert found["fds"] == ["0", "1", "2", "3"]  # 3 is the listing itself
    assert found["cwd"] == str(house.home)
    assert int(found["oom"]) >= 0


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
def test_a_child_becomes_exactly_the_user_asked_for(house: Any) -> None:
    house.keeper()
    daemon = house.daemon()
    spec = house.spec("/bin/grep", "-E", "^(Uid|Gid|Groups)", "/proc/self/status", cwd="/")
    daemon.start("a", {**spec, "uid": 1234, "gid": 2345, "groups": [2345, 3456]})
    daemon.wait("exited", run="a")
    found = [line.split() for line in house.text().splitlines()]
    assert found == [["Uid:"] + ["1234"] * 4, ["Gid:"] + ["2345"] * 4, ["Groups:", "2345", "3456"]]


def test_a_signal_reaches_the_process_or_the_whole_group(house: Any, wait_until: Any) -> None:
    house.keeper()
    daemon = house.daemon()
    spec = house.spec("/bin/sh", "-c", "sleep 1000 & echo $!; wait") | {"kill_tree": False}
    daemon.start("a", spec)
    grandchild = int(wait_until(house.text))
    daemon.ask("signal", run="a", signal=signal.SIGTERM, scope="process")
    assert daemon.wait("exited", run="a")["status"] == {"signal": 15, "core": False}
    assert Path(f"/proc/{grandchild}").exists()
    # The leader is reaped; its group is still known by what lives in it.
    daemon.ask("signal", run="a", signal=signal.SIGKILL, scope="group")
    wait_until(lambda: not Path(f"/proc/{grandchild}").exists())


def test_a_group_that_is_gone_is_no_target(house: Any, refused: Any) -> None:
    house.keeper()
    daemon = house.daemon()
    daemon.start("a", house.spec("/bin/true"))
    daemon.wait("exited", run="a")
    for scope in ("process", "group"):
        with pytest.raises(refused) as caught:
            daemon.ask("signal", run="a", signal=9, scope=scope)
        assert caught.value.reply["errno"] == 3


def test_orphans_come_to_the_keeper_and_are_reaped(house: Any, wait_until: Any) -> None:
    keeper = house.keeper()
    daemon = house.daemon()
    code = (
        "import os, time\n"
        "if os.fork() == 0: os.setsid(); print(os.getpid(), flush=True); time.sleep(.5)\n"
    )
    daemon.start("a", house.spec(*python(code)) | {"kill_tree": False})
    daemon.wait("exited", run="a")
    orphan = int(wait_until(house.text))
    stat = Path(f"/proc/{orphan}/stat").read_text().rpartition(")")[2].split()
    assert int(stat[1]) == keeper.pid
    wait_until(lambda: not Path(f"/proc/{orphan}").exists())


def test_an_exit_is_repeated_until_it_is_acknowledged(house: Any) -> None:
    house.keeper()
    daemon = house.daemon()
    daemon.start("a", house.spec("/bin/sh", "-c", "exit 7"))
    told = daemon.wait("exited", run="a")
    daemon.close()
    successor = house.daemon(hello=False)
    assert successor.hello()["exits"] == [told]
    successor.ask("ack", runs=["a"])
    assert successor.hello()["exits"] == []


def test_a_storm_of_exits_loses_none(house: Any) -> None:
    house.keeper()
    daemon = house.daemon()
    names = [f"r{number}" for number in range(100)]
    for name in names:
        daemon.start(name, house.spec("/bin/true"))
    for name in names:
        assert daemon.wait("exited", run=name)["status"] == {"code": 0}
    daemon.ask("ack", runs=names)
    assert daemon.hello()["runs"] == []


def test_shutdown_is_refused_while_something_lives(house: Any, refused: Any) -> None:
    keeper = house.keeper()
    daemon = house.daemon()
    daemon.start("a", house.spec("/bin/sleep", "100"))
    with pytest.raises(refused, match="live"):
        daemon.ask("shutdown")
    daemon.ask("signal", run="a", signal=9, scope="group")
    daemon.wait("exited", run="a")
    daemon.ask("ack", runs=["a"])
    daemon.ask("shutdown")
    assert keeper.wait(10) == 0


def test_an_idle_keeper_without_daemon_ends_by_sigterm_and_one_with_asks(house: Any) -> None:
    keeper = house.keeper()
    daemon = house.daemon()
    keeper.send_signal(signal.SIGTERM)
    assert daemon.wait("stop-asked")["signal"] == signal.SIGTERM
    daemon.close()
    while keeper.poll() is None:  # the loop has to notice the end of the connection first
        keeper.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            keeper.wait(1)
    assert keeper.returncode == 0


def test_a_daemon_that_comes_later_is_told_of_the_stop_too(house: Any) -> None:
    keeper = house.keeper()
    daemon = house.daemon()
    daemon.start("a", house.spec("/bin/sleep", "100"))
    daemon.close()
    keeper.send_signal(signal.SIGTERM)
    for _ in range(2):
        later = house.daemon()
        assert later.wait("stop-asked")["signal"] == signal.SIGTERM
        later.close()
    last = house.daemon()
    last.ask("signal", run="a", signal=9, scope="group")
    last.wait("exited", run="a")
    last.ask("ack", runs=["a"])
    last.ask("shutdown")
    assert keeper.wait(10) == 0


def test_a_second_keeper_of_one_home_leaves(house: Any) -> None:
    first = house.keeper()
    house.daemon()
    assert house.keeper().wait(10) == 0
    assert first.poll() is None
