"""Whole lines, each once, whatever is killed; and a disk that hangs or is full."""

import json
import os
import re
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.process

NUMBERED = """
import os, sys
# Counts in a file what write() has returned for, so that the test knows what must be in the log.
seen = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
number = 0
limit = int(sys.argv[2])
while number < limit:
    line = b'%09d %s\\n' % (number, b'x' * (number * 7919 % 300))
    while line:
        line = line[os.write(1, line):]
    number += 1
    if number % 64 == 0:
        os.pwrite(seen, b'%09d' % number, 0)
os.pwrite(seen, b'%09d' % number, 0)
"""


def numbered(house: Any, limit: int = 10**9, **changes: Any) -> tuple[dict[str, Any], Path]:
    """Return the spec of a service that prints as fast as it can, and its count file."""
    seen = house.home / "seen"
    argv = (sys.executable, "-I", "-S", "-c", NUMBERED, str(seen), str(limit))
    return house.spec(*argv, **changes), seen


def written(house: Any, name: str = "out.log") -> list[bytes]:
    """Return all lines of the log and its rotated files, oldest first."""

    def age(path: Path) -> int:
        return -int(path.suffix[1:]) if path.suffix[1:].isdigit() else 0

    files = sorted((house.home / "logs").glob(f"{name}*"), key=age)
    return b"".join(path.read_bytes() for path in files).split(b"\n")


def numbered_line(number: int) -> bytes:
    return b"%09d %s" % (number, b"x" * (number * 7919 % 300))


def check_numbered(lines: list[bytes], at_least: int) -> None:
    """Every line once, whole and in order; all whose write() returned."""
    assert lines.pop() == b""
    wrong = [(number, line) for number, line in enumerate(lines) if line != numbered_line(number)]
    assert wrong[:3] == []
    assert len(lines) >= at_least


def count(seen: Path) -> int:
    return int(seen.read_bytes() or b"0") if seen.exists() else 0


def undated(lines: list[bytes]) -> list[bytes]:
    """Take the date off each line; a line without one stays, and is wrong then."""
    return [re.sub(rb"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d: ", b"", line) for line in lines]


DATED = {"date_format": "YYYY-MM-DDTHH:mm:ss"}


@pytest.mark.parametrize("form", [{}, DATED], ids=["plain", "dated"])
def test_no_line_is_lost_or_torn_by_twenty_kills_of_the_keeper(
    house: Any, wait_until: Any, form: dict[str, str]
) -> None:
    log = house.log("out.log", max_size=3_000_000, retain=1000)
    log |= {**form, "combined": str(house.home / "logs" / "all.log")}
    spec, seen = numbered(house, stdout=log)
    keeper = house.keeper()
    daemon = house.daemon()
    pid = daemon.start("a", spec)["pid"]
    for number in range(20):
        before = count(seen)
        wait_until(lambda before=before: count(seen) > before + 3000)
        time.sleep(number * 0.0007)  # spreads the kills over the writer's cycle
        keeper.kill()
        keeper.wait()
        keeper = house.keeper()
        successor = house.daemon(hello=False)
        assert successor.hello()["runs"] == []
        successor.held, daemon.held = daemon.held, []
        daemon.close()
        successor.hand_back()
        daemon = successor
        assert daemon.hello()["runs"][0]["pid"] == pid
    os.kill(pid, signal.SIGKILL)
    daemon.wait("exited", run="a")
    for name in ("out.log", "all.log"):
        lines = written(house, name)
        if form:
            assert all(each.startswith(b"20") for each in lines[:-1])
            lines = undated(lines)
        if lines[-1]:  # the last write may have been cut by the kill; it had not returned
            lines[-1] = b""
        elif len(lines) > 1 and lines[-2] != numbered_line(len(lines) - 2):
            lines[-2:] = [b""]  # the same, with the end that a framed line always has
        check_numbered(lines, count(seen))
        assert len(list((house.home / "logs").glob(f"{name}.*"))) > 3


def test_killing_the_daemon_loses_no_line(house: Any) -> None:
    spec, _ = numbered(house, 100_000)
    house.keeper()
    daemon = house.daemon()
    daemon.start("a", spec)
    for _ in range(5):
        daemon.close()
        time.sleep(0.02)
        daemon = house.daemon()
    assert daemon.wait("exited", run="a")["status"] == {"code": 0}
    check_numbered(written(house), 100_000)


def test_rotation_is_at_line_ends_and_keeps_so_many_files(house: Any) -> None:
    spec, _ = numbered(house, 20_000, stdout=house.log("out.log", max_size=100_000, retain=3))
    house.keeper()
    daemon = house.daemon()
    daemon.start("a", spec)
    daemon.wait("exited", run="a")
    files = sorted((house.home / "logs").glob("out.log*"))
    assert [path.name for path in files] == ["out.log", "out.log.1", "out.log.2", "out.log.3"]
    for path in files:
        text = path.read_bytes()
        assert len(text) <= 100_000
        assert text.endswith(b"\n")
        assert path.stat().st_mode & 0o777 == 0o600
    numbers = [int(line[:9]) for line in written(house) if line]
    assert numbers == list(range(numbers[0], 20_000))


def test_two_streams_of_one_file_mix_whole_lines_only(house: Any) -> None:
    code = (
        "import os, threading\n"
        "def go(fd, mark):\n"
        "    for n in range(3000):\n"
        "        os.write(fd, mark * 50); os.write(fd, mark * 50 + b'\\n')\n"
        "threads = [threading.Thread(target=go, args=a) for a in ((1, b'o'), (2, b'e'))]\n"
        "[t.start() for t in threads]; [t.join() for t in threads]\n"
    )
    house.keeper()
    daemon = house.daemon()
    both = house.log("both.log")
    daemon.start("a", house.spec(sys.executable, "-c", code, stdout=both, stderr=both))
    daemon.wait("exited", run="a")
    lines = house.text("both.log").splitlines()
    assert sorted(set(lines)) == ["e" * 100, "o" * 100]
    assert len(lines) == 6000


def test_the_last_unfinished_line_is_written(house: Any) -> None:
    house.keeper()
    daemon = house.daemon()
    daemon.start("a", house.spec("/usr/bin/printf", "one\ntwo"))
    daemon.wait("exited", run="a")
    assert house.text() == "one\ntwo"
    daemon.start("b", house.spec("/usr/bin/printf", "three"))
    daemon.wait("exited", run="b")
    assert house.text() == "one\ntwo\nthree"


def test_an_unfinished_line_waits_and_a_very_long_one_does_not(house: Any, wait_until: Any) -> None:
    code = (
        "import os, time\n"
        "os.write(1, b'a' * 1000); time.sleep(.2); os.write(1, b'b\\n')\n"
        "os.write(1, b'c' * 200_000 + b'\\n'); time.sleep(100)\n"
    )
    house.keeper()
    house.daemon().start("a", house.spec(sys.executable, "-c", code))
    wait_until(lambda: len(house.text()) == 1002 + 200_001)
    assert re.fullmatch("a{1000}b\nc{200000}\n", house.text())


def test_a_descendant_that_goes_on_printing_does_not_delay_the_exit(house: Any) -> None:
    house.keeper()
    daemon = house.daemon()
    daemon.start("a", house.spec("/bin/sh", "-c", "yes & exit 3") | {"kill_tree": False})
    began = time.monotonic()
    assert daemon.wait("exited", run="a")["status"] == {"code": 3}
    assert time.monotonic() - began < 5
    daemon.ask("signal", run="a", signal=9, scope="group")


def test_a_hanging_disk_delays_neither_spawn_nor_signal_nor_reaping(house: Any) -> None:
    """A FIFO that nobody reads stands for the disk: opening it for writing never returns."""
    (house.home / "logs").mkdir(exist_ok=True)
    os.mkfifo(house.home / "logs" / "hangs")
    keeper = house.keeper()
    daemon = house.daemon()
    spec, seen = numbered(house, stdout=house.log("hangs"))
    daemon.start("flood", spec)
    time.sleep(0.3)
    assert count(seen) > 0
    for number in range(5):
        began = time.monotonic()
        daemon.start(f"r{number}", house.spec("/bin/sleep", "100"))
        daemon.ask("signal", run=f"r{number}", signal=9, scope="process")
        exited = daemon.wait("exited", run=f"r{number}")
        assert time.monotonic() - began < 10  # a disk that hangs delays for ever
        assert exited["status"] == {"signal": 9, "core": False}
    assert "it hangs" in daemon.wait("log-trouble", run="flood")["error"]
    # The others' logs are written by now: another thread has taken them over.
    daemon.start("other", house.spec("/bin/echo", "hello"))
    assert "log_pending" not in daemon.wait("exited", run="other")
    assert house.text() == "hello\n"
    # The service is held back by its pipe: what it wrote is bounded, and so is our memory.
    stuck = count(seen)
    time.sleep(0.2)
    assert count(seen) == stuck
    assert rss(keeper.pid) < 20 * 1024
    # The disk answers again: everything that waited is written, nothing is lost.
    reader = (house.home / "logs" / "hangs").open("rb")
    with reader:
        lines = [reader.readline() for _ in range(20_000)]
    check_numbered([line.rstrip(b"\n") for line in lines] + [b""], 20_000)


def rss(pid: int) -> int:
    """Return resident memory in KiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1])  # pyright: ignore[reportOptionalSubscript]


def test_a_failing_log_never_stops_the_service(house: Any, wait_until: Any) -> None:
    blocked = house.home / "logs" / "folder.log"
    blocked.mkdir(parents=True)  # opening it for writing fails as a full disk does: at once
    spec, seen = numbered(house, stdout=house.log("folder.log", retain=1000))
    house.keeper()
    daemon = house.daemon()
    daemon.start("a", spec)
    trouble = daemon.wait("log-trouble", run="a")
    assert "folder.log" in trouble["error"]
    wait_until(lambda: count(seen) > 200_000)  # far more than is staged: the rest is dropped
    blocked.rmdir()
    over = daemon.wait("log-trouble", run="a", error=None)
    assert over["dropped"] > 0
    wait_until(
        lambda: any(b"bytes of output lost" in line for line in written(house, "folder.log"))
    )
    assert written(house, "folder.log")[0] == b"000000000 "


def test_flush_and_reopen(house: Any, wait_until: Any) -> None:
    code = "import time\nwhile True: print('tick', flush=True); time.sleep(.01)"
    house.keeper()
    daemon = house.daemon()
    daemon.start("a", house.spec(sys.executable, "-c", code))
    log = house.home / "logs" / "out.log"
    wait_until(lambda: len(house.text()) > 100)
    daemon.ask("logs", run="a", op="flush")
    wait_until(lambda: 0 < len(house.text()) < 100)
    log.rename(log.with_suffix(".moved"))
    daemon.ask("logs", run="a", op="reopen")
    wait_until(lambda: log.exists() and house.text().startswith("tick\n"))
    log.unlink()  # somebody removes it without a word
    wait_until(lambda: log.exists() and house.text().startswith("tick\n"))


def test_merged_files_over_restarts_kills_and_rotations(house: Any) -> None:
    """Two instances in one file, three runs of each, a killed daemon, several rotations."""
    each = 30_000
    log = house.log("all.log", max_size=1_000_000, retain=1000)
    house.keeper()
    daemon = house.daemon()
    for run in range(3):
        code = f"for n in range({each}): print('{run} %09d' % n)"
        for copy in ("a", "b"):
            spec = house.spec(sys.executable, "-c", code, stdout=log, stderr=log)
            daemon.start(f"{copy}{run}", spec)
        if run == 1:
            daemon.close()
            daemon = house.daemon()
        for copy in ("a", "b"):
            daemon.wait("exited", run=f"{copy}{run}")
            daemon.ask("ack", runs=[f"{copy}{run}"])
    lines = written(house, "all.log")
    assert lines.pop() == b""
    expected = [b"%d %09d" % (run, n) for run in range(3) for n in range(each) for _ in "ab"]
    assert sorted(lines) == sorted(expected)


def test_json_is_one_object_a_line(house: Any) -> None:
    code = "import sys; print('one \\\"q\\\"'); print('two'); sys.stdout.write('end')"
    form = {"format": "json", "id": 3, "name": "app"}
    house.keeper()
    daemon = house.daemon()
    daemon.start("a", house.spec(sys.executable, "-c", code, stdout=house.log("out.log") | form))
    daemon.wait("exited", run="a")
    rows = [json.loads(line) for line in house.text().splitlines()]
    assert [row["message"] for row in rows] == ['one "q"\n', "two\n", "end"]
    assert {(row["type"], row["process_id"], row["app_name"]) for row in rows} == {
        ("out", 3, "app")
    }


def test_a_framed_line_that_is_too_long_is_cut_and_marked(house: Any) -> None:
    code = "import os; os.write(1, 'é'.encode() * 80_000 + b'\\nshort\\n')"
    house.keeper()
    daemon = house.daemon()
    log = house.log("out.log") | {"date_format": "YYYY"}
    daemon.start("a", house.spec(sys.executable, "-c", code, stdout=log))
    daemon.wait("exited", run="a")
    *pieces, last, short = house.text().splitlines()
    assert all(piece.endswith(" [line goes on]") for piece in pieces)
    assert len(pieces) == 2
    text = "".join(piece[6:].removesuffix(" [line goes on]") for piece in [*pieces, last])
    assert text == "é" * 80_000
    assert short[6:] == "short"


def test_what_nobody_keeps_goes_nowhere_at_once(house: Any) -> None:
    house.keeper()
    daemon = house.daemon()
    null = house.log("x") | {"path": "/dev/null"}
    code = "import os; os.write(2, os.readlink('/proc/self/fd/1').encode())"
    daemon.start("a", house.spec(sys.executable, "-c", code, stdout=null))
    assert daemon.wait("exited", run="a")["status"] == {"code": 0}
    assert house.text("err.log") == "/dev/null"


def test_output_of_what_a_service_starts_is_in_its_log(house: Any) -> None:
    """PM2's cluster mode patches stdout.write, so native code and children bypass its files."""
    house.keeper()
    daemon = house.daemon()
    code = "import os; os.system('setsid sh -c \"echo grandchild; echo its error >&2\"')"
    daemon.start("a", house.spec(sys.executable, "-c", code))
    daemon.wait("exited", run="a")
    assert (house.text(), house.text("err.log")) == ("grandchild\n", "its error\n")


def test_rotate_begins_a_new_file_and_is_told(house: Any, wait_until: Any) -> None:
    house.keeper()
    daemon = house.daemon()
    daemon.start("a", house.spec("/bin/sh", "-c", "echo one; sleep 100"))
    wait_until(lambda: house.text() == "one\n")
    daemon.ask("logs", run="a", op="rotate")
    told = daemon.wait("rotated", run="a")
    assert told["path"] == str(house.home / "logs" / "out.log")
    assert house.text("out.log.1") == "one\n"


def test_the_keeper_reopens_on_sigusr2(house: Any, wait_until: Any) -> None:
    code = "import time\nwhile True: print('tick', flush=True); time.sleep(.01)"
    keeper = house.keeper()
    house.daemon().start("a", house.spec(sys.executable, "-c", code))
    log = house.home / "logs" / "out.log"
    wait_until(lambda: house.text() != "")
    log.rename(log.with_suffix(".moved"))
    keeper.send_signal(signal.SIGUSR2)
    wait_until(lambda: log.exists() and house.text().startswith("tick\n"))
