"""Whose memory it is: real runs with threads, orphans and shared pages."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from usher.runtime import processes

MIB = 1 << 20

PARENT = """
import ctypes, subprocess, sys
assert ctypes.CDLL(None).prctl(36, 1, 0, 0, 0) == 0  # PR_SET_CHILD_SUBREAPER, as the keeper does
run = [sys.executable, "-I", "-S", "-c", sys.argv[1]]
leader = subprocess.Popen(run, start_new_session=True)
print(leader.pid, flush=True)
leader.wait()
"""

# Three children with 32 MiB each: one is started by a thread; a process in between ends and leaves
# two, of which one has a session of its own.
TREE = """
import os, subprocess, sys, threading, time
code = "import time; held = b'x' * (32 << 20); print('up', flush=True); time.sleep(600)"
child = [sys.executable, "-I", "-S", "-c", code]
threading.Thread(target=lambda: subprocess.Popen(child).wait()).start()
if os.fork() == 0:
    subprocess.Popen(child)
    subprocess.Popen(child, start_new_session=True)
    os._exit(0)
os.wait()
time.sleep(600)
"""

WORKERS = """
import os, time
held = b"x" * (64 << 20)
for _ in range(3):
    if os.fork() == 0:
        break
print("up", flush=True)
time.sleep(600)
"""

Start = Callable[[str, int], int]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a run of `lines` processes below a parent of its own; returns its main pid."""
    mark = f"test-{os.getpid()}"
    argv = [sys.executable, "-I", "-S", "-c", PARENT]
    parents: list[subprocess.Popen[bytes]] = []

    def begin(code: str, lines: int) -> int:
        parent = subprocess.Popen([*argv, code], stdout=subprocess.PIPE, env={"USHER_RUN": mark})
        parents.append(parent)
        assert parent.stdout is not None
        said = [parent.stdout.readline().strip() for _ in range(lines + 1)]
        said.remove(b"up")
        return next(int(line) for line in said if line.isdigit())

    yield begin
    for pid in processes.find_marked(f"USHER_RUN={mark}".encode()):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    for parent in parents:
        parent.communicate()


def test_a_run_is_all_that_it_started_whoever_its_parent_is_now(start: Start) -> None:
    leader = start(TREE, 3)
    assert len(processes.descendants(leader)) == 2, "the child of the thread"
    (used,) = processes.usages([leader], "USHER_RUN").values()
    found = processes.orphans([leader], "USHER_RUN")[leader]
    assert len(found) == 2
    assert {seen.session == leader for seen in map(processes.stat, found) if seen} == {True, False}
    assert 3 * 32 * MIB < used.memory < 4 * 32 * MIB


def test_pages_that_workers_share_are_counted_once(start: Start) -> None:
    leader = start(WORKERS, 4)
    apart = processes.usage(leader)
    assert apart is not None
    assert apart.memory > 4 * 64 * MIB
    together = processes.usages([leader], "USHER_RUN")[leader].memory
    assert 64 * MIB < together < 2 * 64 * MIB


ENDED = """
import os, time
pid = os.fork()
if pid == 0:
    until = time.process_time() + 0.3
    while time.process_time() < until: pass
    os._exit(0)
os.waitpid(pid, 0)
print("up", flush=True)
time.sleep(600)
"""


def test_the_time_of_a_worker_that_has_ended_is_the_runs(start: Start) -> None:
    leader = start(ENDED, 1)
    used = processes.usage(leader)
    assert used is not None
    assert used.cpu >= 0.28


def test_what_is_gone_has_no_usage() -> None:
    ended = subprocess.Popen(["/bin/true"])
    ended.wait()
    assert processes.usage(ended.pid) is None
    assert processes.usages([ended.pid], "USHER_RUN") == {}
