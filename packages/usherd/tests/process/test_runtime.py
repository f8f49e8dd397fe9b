"""`usher runtime`: in front, for containers."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

pytestmark = pytest.mark.process

TALKER = """
import os, signal, sys
def end(*_):
    os.write(1, b"last words\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
os.write(1, b"hello\\n")
os.write(2, b"trouble\\n")
while True:
    signal.pause()
"""

CONFIG = """
[apps.talker]
command = ["python", "talker.py"]
"""


class Front:
    """One `usher runtime` with pipes."""

    def __init__(self, usher: Any, *words: str) -> None:
        self.out = usher.folder / "out"
        self.err = usher.folder / "err"
        with self.out.open("wb") as out, self.err.open("wb") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "usher.main", "runtime", *words],
                env=usher.env, cwd=usher.cwd, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
            )  # fmt: skip


@pytest.fixture
def front(usher: Any) -> Iterator[Callable[..., Front]]:
    made: list[Front] = []

    def start(*words: str) -> Front:
        made.append(Front(usher, *words))
        return made[-1]

    usher.script("talker.py", TALKER)
    yield start
    for each in made:
        each.process.kill()
        each.process.wait()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_ends_all_in_order_with_0_and_prints_the_last_words(
    usher: Any, front: Callable[..., Front], until: Callable[..., Any], number: int
) -> None:
    usher.config(CONFIG)
    running = front()
    until(lambda: b"hello" in running.out.read_bytes() and b"trouble" in running.err.read_bytes())
    until(usher.all_ready)
    running.process.send_signal(number)
    assert running.process.wait(30) == 0
    assert running.out.read_text() == "talker:0 | hello\ntalker:0 | last words\n"
    assert "talker:0 | trouble\n" in running.err.read_text()
    assert usher.marked() == set()


@pytest.mark.parametrize(
    ("style", "first"),
    [
        ("--raw", "hello"),
        ("--format", "app=talker id=0 type=out message=hello"),
        ("--json", '"message":"hello"'),
    ],
)
def test_lines_are_printed_as_asked(
    usher: Any, front: Callable[..., Front], until: Callable[..., Any], style: str, first: str
) -> None:
    usher.config(CONFIG)
    running = front(style)
    until(lambda: b"hello" in running.out.read_bytes())
    line = next(line for line in running.out.read_text().splitlines() if "hello" in line)
    assert first in line
    if style == "--json":
        assert {"timestamp", "type", "process_id", "app_name"} < json.loads(line).keys()
    running.process.terminate()
    assert running.process.wait(30) == 0


@pytest.mark.parametrize(("code", "ends"), [(0, 0), (3, 4)])
def test_it_ends_when_nothing_is_up_any_more(
    usher: Any, front: Callable[..., Front], code: int, ends: int
) -> None:
    usher.config(
        f'[apps.a]\ntype = "job"\ncommand = ["sh", "-c", "echo done; exit {code}"]\n'
        'restart = "never"\n'
    )
    running = front("--raw")
    assert running.process.wait(40) == ends, running.err.read_text()
    assert running.out.read_text() == "done\n"


def test_a_replaced_daemon_is_not_seen_from_outside(
    usher: Any, front: Callable[..., Front], until: Callable[..., Any]
) -> None:
    usher.config(CONFIG)
    running = front("--raw")
    until(lambda: b"hello" in running.out.read_bytes())
    before = usher.ping()["daemon"]["pid"]
    os.kill(before, signal.SIGKILL)
    until(lambda: usher.ping()["daemon"]["pid"] != before)
    time.sleep(0.5)
    assert running.process.poll() is None
    running.process.terminate()
    assert running.process.wait(30) == 0
    assert running.out.read_text() == "hello\nlast words\n"


def test_beside_a_running_usher_it_refuses(
    usher: Any, front: Callable[..., Front], until: Callable[..., Any]
) -> None:
    usher.config(CONFIG)
    usher("start")
    running = front()
    assert running.process.wait(20) == 2
    assert "usher runs already in" in running.err.read_text()
    until(usher.all_ready)
