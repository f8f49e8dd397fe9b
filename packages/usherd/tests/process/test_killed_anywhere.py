"""Kill the daemon or the keeper at any system call of an operation: it is finished or rolled back.

strace delivers the SIGKILL at the n-th call, so the gate of a spawn, the moments around it, a
stop and a rotation are all hit without a line of product code for it.
"""

import http.client
import os
import subprocess
import threading
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import pytest
from tests.programs import SCRIBE, WEB, is_alive, numbers
from tests.usher_home import until

pytestmark = [pytest.mark.process, pytest.mark.debian]

CALLS = {
    "keeper": "sendmsg,recvmsg,clone,clone3,fork,vfork,pipe2,memfd_create,pidfd_open,"
    "pidfd_send_signal,kill,wait4,waitid,bind,listen,ftruncate,unlink",
    "daemon": "sendmsg,recvmsg,sendto,recvfrom,write,fsync,fdatasync,rename,openat,unlink",
}
"""Calls between which something has changed: descriptors, processes, messages, files."""

POINTS = int(os.environ.get("USHER_TEST_KILLS", "4"))
"""Kills for each operation and victim, spread evenly over its calls; 30 in a long run."""

LOGS_FIT = 10
"""So many kills leave less than a gigabyte of log, of which none is removed."""

CONFIG = """
[apps.scribe]
command = ["python", "scribe.py", "{folder}/count", "0.002"]
log = {{ max_size = "1M", retain = 1000 }}

[apps.web]
command = ["python", "web.py"]
instances = 2
sockets = [{{ name = "http", listen = "127.0.0.1:0" }}]
probe_socket = true
ready = {{ http = "/", interval = "100ms" }}

[apps.spare]
command = ["sleep", "1000"]
"""

Operation = tuple[str, str]


class Load:
    """Asks the web service without pause, each time over a new connection."""

    def __init__(self, url: str, clients: int = 2) -> None:
        self.url = url
        self.during = ""
        """What is being done, for the message of a failure."""
        self.answered = 0
        self.failed: list[str] = []
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(clients)]

    def _ask(self) -> None:
        while not self._ended.wait(0.005):
            try:
                with urllib.request.urlopen(self.url, timeout=10) as answer:
                    answer.read()
                self.answered += 1
            except (OSError, http.client.HTTPException) as error:
                self.failed.append(f"{error}, {self.during}")

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()


Point = tuple[str, int]
"""A call and its number among those of its name: strace counts each name for itself."""


@contextmanager
def traced(thread: int, calls: str, log: Path, kill_at: Point | None = None) -> Iterator[None]:
    """Watch a thread (a pid: the main thread); have its process killed at one of its calls."""
    inject = [] if kill_at is None else [f"--inject={kill_at[0]}:signal=KILL:when={kill_at[1]}"]
    tracer = subprocess.Popen(
        ["strace", "-p", str(thread), f"--trace={calls}", *inject, "-o", str(log)],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert tracer.stderr is not None
        assert "attached" in tracer.stderr.readline()
        yield
    finally:
        tracer.terminate()
        tracer.communicate()


def points(log: Path) -> list[Point]:
    """Choose calls from a whole operation, the first and the last among them."""
    seen: Counter[str] = Counter()
    found: list[Point] = []
    for line in log.read_text().splitlines():
        name = line.partition("(")[0]
        if name.isidentifier():
            seen[name] += 1
            found.append((name, seen[name]))
    return [found[(len(found) - 1) * i // (POINTS - 1)] for i in range(POINTS)]


class Stage:
    """One home with its services, and what must hold after each kill."""

    def __init__(self, usher: Any) -> None:
        self.usher = usher
        self.kills: Counter[str] = Counter()
        usher.script("scribe.py", SCRIBE)
        usher.script("web.py", WEB)
        usher.config(CONFIG.format(folder=usher.folder))
        usher("start")
        self.scribe = usher.pids()["scribe", 0]

    def url(self) -> str:
        (address,) = self.usher.services()["web"]["addresses"]
        return address if "//" in address else f"http://{address}/"

    def pid_of(self, victim: str) -> int | None:
        answer = self.usher.ping()[victim]
        return None if answer is None else answer["pid"]

    def running(self, victim: str) -> int:
        """Its pid, as soon as there is one: a kill may fall just after its operation's end."""
        until(lambda: self.pid_of(victim) is not None)
        pid = self.pid_of(victim)
        assert pid is not None
        return pid

    def points(self, operation: Operation, victim: str) -> list[Point]:
        """Where the victim may be killed: its calls while the operation goes undisturbed."""
        log = self.usher.folder / "calls"
        with traced(self.running(victim), CALLS[victim], log):
            self.usher(*operation)
        return points(log)

    def kill_at(self, operation: Operation, victim: str, point: Point) -> None:
        pid = self.running(victim)
        where = f"{' '.join(operation)}, {victim} killed at {point[0]} {point[1]}"
        log = self.usher.folder / "calls"
        with traced(pid, CALLS[victim], log, kill_at=point):
            done = self.usher(*operation, code=None)
        if is_alive(pid):
            return  # it made fewer calls this time
        self.kills[victim] += 1
        until(lambda: self.pid_of(victim) not in (None, pid))
        until(self.settled)
        self.check(operation, done.returncode, where)
        if victim == "daemon":
            assert done.returncode == 0 or rolled_back(operation, done), (
                f"{where}: the next daemon did not tell: {done.stderr}"
            )

    def settled(self) -> bool:
        """Nothing is under way, nothing runs twice and nothing runs unknown."""
        services = self.usher.services().values()
        pids = {each["pid"] for one in services for each in one["instances"]} - {None}
        return pids == self.usher.marked() and all(
            one["ready"] == (one["instances_wanted"] if one["want"] == "up" else 0)
            for one in services
        )

    def check(self, operation: Operation, code: int, where: str) -> None:
        assert self.usher.pids()["scribe", 0] == self.scribe, where
        services = self.usher.services()
        assert services["web"]["ready"] == 2, where
        verb, name = operation
        if code == 0:
            assert services[name]["want"] == ("down" if verb == "stop" else "up"), where


def rolled_back(operation: Operation, done: subprocess.CompletedProcess[str]) -> bool:
    """Whether a reload says that the old instances stay: its new one died waiting for the gate."""
    return operation[0] == "reload" and done.returncode == 3 and "rejected" in done.stderr


OPERATIONS: list[Operation] = [
    ("start", "spare"),
    ("stop", "spare"),
    ("restart", "web"),
    ("reload", "web"),
]


@pytest.mark.timeout(600 + 60 * POINTS)  # a long run takes half an hour on a busy machine
@pytest.mark.parametrize("victim", ["keeper", "daemon"])
def test_nothing_is_lost_doubled_or_left_half_way(usher: Any, victim: str) -> None:
    stage = Stage(usher)
    with Load(stage.url()) as load:
        for operation in OPERATIONS:
            prepare(usher, operation)
            for point in stage.points(operation, victim):
                prepare(usher, operation)
                load.during = f"{operation}, {victim} killed at {point}"
                stage.kill_at(operation, victim, point)
    assert stage.kills[victim] >= len(OPERATIONS) * POINTS // 2, stage.kills
    assert load.failed == []
    assert load.answered > 100
    usher("stop", "scribe")
    whole(usher)


@pytest.mark.parametrize(
    "point",
    [(call, nth) for call in ("rename", "pwrite64", "ftruncate", "splice") for nth in (1, 2)],
)
def test_no_line_is_lost_or_torn_by_a_kill_of_the_writing_keeper(usher: Any, point: Point) -> None:
    stage = Stage(usher)
    keeper = stage.running("keeper")
    (writer,) = (
        int(task.name)
        for task in Path(f"/proc/{keeper}/task").iterdir()
        if int(task.name) != keeper
    )
    with traced(writer, point[0], usher.folder / "calls", kill_at=point):
        until(lambda: stage.pid_of("keeper") not in (None, keeper))
    until(stage.settled)
    assert usher.pids()["scribe", 0] == stage.scribe
    before = printed(usher)
    until(lambda: printed(usher) > before)
    usher("stop", "scribe")
    whole(usher)


def prepare(usher: Any, operation: Operation) -> None:
    """Bring about what the operation changes."""
    if operation == ("start", "spare"):
        usher("stop", "spare")
    elif operation == ("stop", "spare"):
        usher("start", "spare")


def whole(usher: Any) -> None:
    """Every line that was written is in the log once and whole."""
    written = printed(usher)
    logged = numbers(usher.home / "logs", "scribe-out.log")
    # A long run prints more than is kept of all logs: then the oldest are gone, and only they.
    first = logged[0] if POINTS > LOGS_FIT else 1
    assert logged[: written - first + 1] == list(range(first, written + 1))
    assert logged[-1] - written in (0, 1)


def printed(usher: Any) -> int:
    """How many lines the scribe has written to its pipe."""
    return int.from_bytes((usher.folder / "count").read_bytes()[:8], "little")
