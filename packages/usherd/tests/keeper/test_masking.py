"""redact_at_source: secrets never reach the file, and nothing else is lost, whoever is killed."""

import itertools
import os
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from usher.keeper import pour
from usher.keeper.logfile import Limits, LogFile
from usher.keeper.masking import WITHHELD, Mask, Masker
from usher.keeper.pour import MASKED_LINE_LIMIT, pour_masked
from usher.keeper.stage import Stage
from usher.runtime import mask

PASSWORD = "correct-horse-9"
MASK = Mask(mask.program(), [PASSWORD])
KEY_BODY = [f"b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAB{at:02}Q" for at in range(9)]
KEY = ["-----BEGIN RSA PRIVATE KEY-----", *KEY_BODY, "Zz9=", "-----END RSA PRIVATE KEY-----"]


def masked(text: bytes, mark: int) -> tuple[bytes, list[int]]:
    return mask.masked(MASK.known, text, mark)


class Log:
    """One stage and one file, without a keeper."""

    def __init__(self, path: Path, max_size: int = 1 << 20) -> None:
        self.path = path
        self.memfd = os.memfd_create("stage")
        self.stage = Stage(self.memfd)
        self.file = LogFile(str(path), Limits(max_size, 1000))

    def put(self, text: str, *, final: bool = False, by: Any = masked) -> None:
        self.stage.put(text.encode())
        pour_masked(self.stage, [self.file], None, by, final=final)

    def succeed(self) -> None:
        """Go on as the next keeper, which has nothing but the memfd."""
        self.stage = Stage(self.memfd)

    def text(self) -> str:
        def age(path: Path) -> int:
            return -int(path.suffix[1:]) if path.suffix[1:].isdigit() else 0

        files = sorted(self.path.parent.glob(f"{self.path.name}*"), key=age)
        return "".join(file.read_text() for file in files)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Callable[..., Log]]:
    made: list[Log] = []

    def make(**options: Any) -> Log:
        made.append(Log(tmp_path / "logs" / "out.log", **options))
        return made[-1]

    yield make
    for each in made:
        each.file.close()
        os.close(each.memfd)


def test_lines_are_masked_and_the_others_stay(log: Callable[..., Log]) -> None:
    out = log()
    out.put(f"listening on 3000\nconnect {PASSWORD} now\nAPI_KEY=abcdef1234567 read\nunfini")
    assert out.text() == (
        "listening on 3000\nconnect [redacted:env] now\nAPI_KEY=[redacted:value] read\n"
    )
    out.put("shed\n\n")
    assert out.text().endswith("\nunfinished\n\n")


def test_bytes_that_are_no_text_stay(log: Callable[..., Log]) -> None:
    out = log()
    out.stage.put(b"\xff\xfe caf\xc3\xa9 \r\n")
    pour_masked(out.stage, [out.file], None, masked, final=False)
    assert out.path.read_bytes() == b"\xff\xfe caf\xc3\xa9 \r\n"


@pytest.mark.parametrize("cut", range(1, len(KEY)))
def test_a_key_goes_over_batches_and_over_keepers(log: Callable[..., Log], cut: int) -> None:
    out = log()
    out.put("".join(f"{line}\n" for line in ["first", *KEY[:cut]]))
    out.succeed()
    out.put("".join(f"{line}\n" for line in [*KEY[cut:], "last"]))
    assert not any(line in out.text() for line in [*KEY_BODY, "Zz9="])
    assert out.text().splitlines()[:: len(KEY) + 1] == ["first", "last"]


def test_a_key_goes_over_rotated_files(log: Callable[..., Log]) -> None:
    out = log(max_size=60)
    lines = [each for number in range(5) for each in (f"start {number}", *KEY, f"end {number}")]
    out.put("".join(f"{line}\n" for line in lines))
    said = out.text().splitlines()
    assert len(said) == len(lines)
    assert [line for line in said if line.startswith(("start", "end"))] == [
        line for line in lines if line.startswith(("start", "end"))
    ]
    assert not any(line in said for line in KEY_BODY)
    assert len(list(out.path.parent.glob("out.log.*"))) > 3


def test_a_line_without_an_end_is_withheld_and_counted(log: Callable[..., Log]) -> None:
    out = log(max_size=64 << 20)
    out.put("a" * (MASKED_LINE_LIMIT - 5) + f"pass {PASSWORD}")
    out.put(f"{PASSWORD} more\nnext\n")
    first, last = out.text().splitlines()
    assert re.fullmatch(r"(\[redacted:line \d+ bytes\])+", first)
    assert sum(map(int, re.findall(r"\d+", first))) == MASKED_LINE_LIMIT + 35
    assert last == "next"


def test_what_follows_a_line_that_was_cut_is_no_line_of_its_own(log: Callable[..., Log]) -> None:
    out = log()
    out.put("password: corr", final=True)
    assert out.stage.mark == WITHHELD
    out.put("ect-horse\nfine\n")
    assert out.text().endswith("[redacted:line 9 bytes]\nfine\n")


def test_without_an_answer_nothing_is_written_and_nothing_lost(log: Callable[..., Log]) -> None:
    def fails(text: bytes, mark: int) -> tuple[bytes, list[int]]:
        raise OSError(32, "gone")

    out = log()
    with pytest.raises(OSError, match="gone"):
        out.put(f"{PASSWORD}\n", by=fails)
    assert not out.path.exists() or out.text() == ""
    out.put("more\n")
    assert out.text() == "[redacted:env]\nmore\n"


def test_batches_are_bounded(log: Callable[..., Log], monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []

    def seen(text: bytes, mark: int) -> tuple[bytes, list[int]]:
        sizes.append(len(text))
        return masked(text, mark)

    monkeypatch.setattr(pour, "LINE_LIMIT", 1000)
    out = log(max_size=64 << 20)
    out.put("x" * 99 + "\n" + "y" * 5000 + "\n" + 300 * "short line\n", by=seen)
    assert max(sizes) <= 5001 + 1000
    assert len(out.text()) == 100 + 5001 + 300 * 11


# -- the helper ------------------------------------------------------------------------------------


@pytest.mark.process
def test_a_helper_is_started_when_needed_and_anew_when_it_has_ended(wait_until: Any) -> None:
    masker = Masker()
    try:
        text = f"{PASSWORD} a\nb\n".encode()
        assert masker.lines(MASK, text, 0) == (b"[redacted:env] a\nb\n", [0, 0])
        (pid,) = helpers(os.getpid())
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        assert masker.lines(MASK, text, 0)[0] == b"[redacted:env] a\nb\n"
        (again,) = helpers(os.getpid())
        assert again != pid
        assert os.getpriority(os.PRIO_PROCESS, again) > os.getpriority(os.PRIO_PROCESS, 0)
    finally:
        masker.close()
    # It ends by itself when nobody asks any more.
    assert os.waitpid(again, 0) == (again, 0)


@pytest.mark.process
def test_a_program_that_is_none_is_said(wait_until: Any) -> None:
    masker = Masker()
    with pytest.raises(OSError, match="does not stay alive"):
        masker.lines(Mask(["/nowhere/at/all"], []), b"x\n", 0)
    for _ in range(3):
        os.waitpid(-1, 0)


def helpers(parent: int) -> list[int]:
    """Pids of the masking helpers of a process."""
    found: list[int] = []
    for task in Path(f"/proc/{parent}/task").iterdir():
        for word in (task / "children").read_text().split():
            words = Path(f"/proc/{word}/cmdline").read_bytes().split(b"\0")
            if b"usher.runtime.mask" in words:
                found.append(int(word))
    return found


NUMBERED = """
import sys, time
number = 0
while number < int(sys.argv[1]):
    print('%06d password=hunter%06dx and %s' % (number, number, sys.argv[2]), flush=True)
    number += 1
    if number % 40 == 0:
        time.sleep(0.01)
print('done', flush=True)
time.sleep(1000)
"""


@pytest.mark.process
def test_nothing_is_lost_when_helpers_and_keepers_are_killed(house: Any, wait_until: Any) -> None:
    log = house.log("out.log", max_size=100_000, retain=1000)
    log["mask"] = {"argv": mask.program(), "known": [PASSWORD]}
    argv = (sys.executable, "-I", "-S", "-c", NUMBERED, "12000", PASSWORD)
    keeper, daemon = house.keeper(), house.daemon()
    pid = daemon.start("a", house.spec(*argv, stdout=log))["pid"]

    def said() -> list[str]:
        return whole(house.home / "logs").split("\n")

    for turn in itertools.count():
        before = len(said())
        if "done" in said():
            break
        for helper in helpers(keeper.pid):
            os.kill(helper, signal.SIGKILL)
        if turn % 3 == 2:
            keeper.kill()
            keeper.wait()
            keeper = house.keeper()
            successor = house.daemon(hello=False)
            successor.hello()
            successor.held, daemon.held = daemon.held, []
            daemon.close()
            successor.hand_back()
            daemon = successor
        wait_until(lambda before=before: len(said()) > before or "done" in said(), 60)
        time.sleep(0.01 * (turn % 5))
    assert turn > 2
    lines = [line for line in said() if line]
    shown = "{:06} password=[redacted:value] and [redacted:env]"
    assert lines == [*map(shown.format, range(12000)), "done"]
    os.kill(pid, signal.SIGKILL)
    daemon.wait("exited", run="a")


def whole(folder: Path) -> str:
    """All that is in the files; read again when one was renamed meanwhile."""
    while True:
        try:
            before = [(path, path.stat().st_ino) for path in rotated(folder)]
            texts = [path.read_text() for path, _ in before]
            if before == [(path, path.stat().st_ino) for path in rotated(folder)]:
                return "".join(texts)
        except FileNotFoundError:
            continue


def rotated(folder: Path) -> list[Path]:
    def age(path: Path) -> int:
        return -int(path.suffix[1:]) if path.suffix[1:].isdigit() else 0

    return sorted(folder.glob("out.log*"), key=age)


@pytest.mark.process
def test_other_logs_do_not_wait_for_a_helper_that_hangs(house: Any, wait_until: Any) -> None:
    log = house.log("out.log")
    log["mask"] = {"argv": ["/bin/sleep", "1000"], "known": []}
    house.keeper()
    daemon = house.daemon()
    daemon.start("a", house.spec("/bin/sh", "-c", "echo secret; sleep 1000", stdout=log))
    plain = house.log("err.log")
    for number in range(3):
        daemon.start(f"b{number}", house.spec("/bin/echo", f"hello {number}", stdout=plain))
    wait_until(lambda: "hello 2" in house.text("err.log"))
    assert "secret" not in house.text()
    # What cannot be masked is no reason to hold up the service's own end.
    record = next(each["record"] for each, _ in daemon.held if each.get("run") == "a")
    os.killpg(record["pid"], signal.SIGKILL)
    assert daemon.wait("exited", run="a")["log_pending"] is True
