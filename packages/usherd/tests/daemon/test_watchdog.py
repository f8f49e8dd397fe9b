"""A loop that does not come back is ended from outside the interpreter; one at rest is left alone.

What ends a process is tried in processes of their own.
"""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest

from usher.daemon.watchdog import WatchedSelector
from usher.host import daemon_hang

LIMIT = 1.0


@pytest.mark.parametrize(
    ("timeout", "timer"),
    [
        (None, [0, 30]),  # nothing is due: it may sleep for ever
        (0.01, [30.01, 30]),  # it has to wake by itself
        (0, [30]),  # it does not sleep: the turn before is over, the next begins
    ],
)
def test_a_turn_has_its_time_and_sleep_is_not_counted(
    timeout: float | None, timer: list[float]
) -> None:
    asked: list[float] = []
    selector = WatchedSelector(30, asked.append)
    out, into = os.pipe()
    try:
        if timeout is None:
            selector.register(out, 1)
            os.write(into, b"x")
        found = selector.select(timeout)
        assert bool(found) is (timeout is None)
        assert asked == timer
    finally:
        selector.close()
        os.close(out)
        os.close(into)


HEAD = f"""
import asyncio, ctypes, os, re, signal, sys, threading, time
from pathlib import Path
from usher.daemon import watchdog

async def forever():
    await asyncio.get_running_loop().create_future()

def run(main):
    with watchdog.watched(Path(sys.argv[1]), {LIMIT}) as loop:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(main)
"""

HANGS = {
    "sleeps": "time.sleep(1000)",
    "computes": "while True: len('x')",
    "computes in C, with the interpreter": "re.compile('(a+)+$').match('a' * 64 + 'b')",
    "waits for a lock": "lock = threading.Lock(); lock.acquire(); lock.acquire()",
    "waits for a pipe": "os.read(os.pipe()[0], 1)",
    "retries what signals interrupt": "ctypes.CDLL(None).usleep(10**9)",
    "ignores and blocks signals": """
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        time.sleep(1000)""",
    # Its parent waits in the kernel (state D, as for a network file system) until it has executed.
    "waits for a child that cannot execute": """
        os.mkfifo(sys.argv[1] + '/fifo')
        opened = [(os.POSIX_SPAWN_OPEN, 0, sys.argv[1] + '/fifo', os.O_RDONLY, 0)]
        os.posix_spawn('/bin/true', ['true'], os.environ, file_actions=opened)""",
}


def program(home: Path, text: str) -> "subprocess.Popen[bytes]":
    (home / "state").mkdir(exist_ok=True)
    words = [sys.executable, "-c", HEAD + textwrap.dedent(text), str(home)]
    return subprocess.Popen(words, stdout=subprocess.PIPE)


@pytest.fixture
def end(tmp_path: Path) -> Any:
    """Let the child that waits for a pipe's other end go."""
    yield
    fifo = tmp_path / "fifo"
    if fifo.exists():
        os.close(os.open(fifo, os.O_RDWR))


@pytest.mark.process
@pytest.mark.parametrize("how", HANGS)
def test_a_loop_that_hangs_ends_by_the_alarm_and_says_where(
    how: str, tmp_path: Path, end: None
) -> None:
    hang = textwrap.indent(textwrap.dedent(HANGS[how]).strip(), "    ")
    text = f"""
def hangs():
{hang}

async def main():
    asyncio.get_running_loop().call_later(0.05, hangs)
    await forever()

run(main())
"""
    with program(tmp_path, text) as ran:
        assert ran.wait(60) == -signal.SIGALRM
    stacks = daemon_hang.live(tmp_path)
    assert stacks.stat().st_mode & 0o777 == 0o600
    assert daemon_hang.place(stacks.read_text()).startswith("hangs (<string>:")


@pytest.mark.process
def test_a_loop_that_cannot_wake_because_of_another_thread_ends_too(tmp_path: Path) -> None:
    """The thread is not in the loop's way until a timer is due: it keeps the interpreter."""
    text = """
    def probes():
        asyncio.get_running_loop().call_later(0.2, probes)

    async def main():
        probes()
        await asyncio.to_thread(re.match, '(a+)+$', 'a' * 64 + 'b')

    run(main())
    """
    with program(tmp_path, text) as ran:
        assert ran.wait(60) == -signal.SIGALRM
    assert "in match" in daemon_hang.live(tmp_path).read_text()


@pytest.mark.process
def test_many_short_turns_and_long_rests_are_no_hang(tmp_path: Path) -> None:
    text = f"""
    async def main():
        until = time.monotonic() + {2 * LIMIT}
        while time.monotonic() < until:
            time.sleep(0.01)
            await asyncio.sleep(0)
        await asyncio.sleep({1.5 * LIMIT})
        asyncio.get_running_loop().call_soon(time.sleep, {LIMIT / 10})
        await asyncio.to_thread(time.sleep, {1.5 * LIMIT})

    run(main())
    time.sleep({1.5 * LIMIT})  # what comes after the loop is not watched
    """
    with program(tmp_path, text) as ran:
        assert ran.wait(60) == 0
    assert daemon_hang.live(tmp_path).read_text() == ""


def wakes(pid: int) -> int:
    """How often the threads of a process began to wait."""
    found = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        words = (task / "status").read_text().partition("\nvoluntary_ctxt_switches:")[2].split()
        found += int(words[0])
    return found


@pytest.mark.process
def test_a_loop_at_rest_is_woken_by_nothing(tmp_path: Path) -> None:
    """Its own timer is far away, and the watchdog's behind that."""
    text = """
    async def main():
        asyncio.get_running_loop().call_later(1000, print)
        await asyncio.sleep(0.1)
        print('at rest', flush=True)
        await forever()

    run(main())
    """
    with program(tmp_path, text) as ran:
        assert ran.stdout is not None
        ran.stdout.readline()
        before = wakes(ran.pid)
        time.sleep(3 * LIMIT)  # the time in which nothing may happen
        assert wakes(ran.pid) - before <= 1  # it may not have gone to rest when we counted
        ran.kill()


@pytest.mark.process
def test_a_signal_of_the_keeper_has_it_say_where_as_well(tmp_path: Path) -> None:
    """An ignored SIGALRM is inherited from a parent, and is no obstacle."""
    text = """
    def hangs():
        print('hangs', flush=True)
        time.sleep(1000)

    async def main():
        asyncio.get_running_loop().call_soon(hangs)
        await forever()

    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    run(main())
    """
    with program(tmp_path, text) as ran:
        assert ran.stdout is not None
        ran.stdout.readline()
        ran.send_signal(signal.SIGALRM)
        assert ran.wait(60) == -signal.SIGALRM
    assert daemon_hang.place(daemon_hang.live(tmp_path).read_text()).startswith("hangs (")
