"""Where a drill is held: a keeper, a daemon and apps of its own, in a home that is removed.

Nothing of the user's usher takes part. Whoever is told of trouble on this host is not told of a
drill. However the drill ends, everything that runs there is ended: by itself where it can, and by
the next drill where it was killed.
"""

import contextlib
import fcntl
import os
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from usher.api.types import Frame, Report
from usher.client import Client, UsherError, connect, ensure_running
from usher.config.load import load
from usher.drill.layout import Subject, app_names, configuration
from usher.drill.like import Settings, shaped
from usher.host.processes import processes, variables
from usher.keeper.paths import socket_path
from usher.model.incident import Incident
from usher.model.spec import Plan

PREFIX: Final = "usher-drill-"

MUTED: Final = 86400.0
"""Seconds for which nobody is told of what happens here: longer than any drill."""

START_PATIENCE: Final = 120.0
"""Seconds until every app is ready and every probe has passed."""

END_PATIENCE: Final = 20.0
"""Seconds in which all ends by itself; what is left then is killed."""

KILL_PATIENCE: Final = 10.0
"""Seconds in which the kernel ends what was killed."""

ANSWER_PATIENCE: Final = 3.0
"""Seconds for an answer of an app: as long as a probe waits."""

YOUNG: Final = 60.0
"""Seconds for which a folder may belong to a drill that is about to take it."""

_ENDS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Site:
    """An usher of its own; `open_site` makes it and takes it away."""

    def __init__(self, folder: Path) -> None:
        """Nothing runs before `start`."""
        self._folder = folder
        self._home = folder / "home"
        self.apps: dict[str, Subject] = {}

    @property
    def _client(self) -> Client:
        return connect(str(self._home))

    def start(self, faults: Sequence[str], settings: Settings) -> None:
        """Start an app for each fault; every probe has passed after this. Raises UsherError."""
        names = app_names(faults)
        ports = _free_ports(len(names))
        self.apps = {
            name: Subject(name, port, self._folder / f"{name}.switch")
            for name, port in zip(names, ports, strict=True)
        }
        file = self._folder / "usher.toml"
        file.touch(mode=0o600)
        file.write_text(configuration(self.apps, sys.executable))
        client = self._begun()
        client.alerts_mute(seconds=MUTED)
        plan = self._of_this_role(shaped(load(file).plan, settings))
        report = _reported(client.apply(plan, [each.name for each in plan.services]))
        if report.outcome != "done":
            told = tuple(f"{each.name}: {each.detail}" for each in report.services if each.detail)
            raise UsherError("cannot hold a drill: its apps did not start", details=told)
        deadline = time.monotonic() + START_PATIENCE
        while not self._is_proved():
            if time.monotonic() > deadline:
                raise UsherError(
                    f"cannot hold a drill: its probes did not pass within {START_PATIENCE:g} s",
                    hint="this host may be too busy; try again, or one fault alone",
                )
            time.sleep(0.1)

    def _begun(self) -> Client:
        try:
            return ensure_running(self._home)
        except UsherError as error:
            # What they wrote is about to be removed.
            logs = (self._home / "logs" / name for name in ("keeper.log", "daemon.log"))
            told = tuple(line for log in logs for line in _last_lines(log))
            raise UsherError(str(error), details=told) from None

    def say(self, app: str, word: str) -> None:
        """Have an app change what it does (app.py)."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.sendto(word.encode(), str(self.apps[app].switch))

    def stop_process(self, app: str) -> None:
        """Send SIGSTOP to an app."""
        for instance in self._client.service(app).instances:
            if instance.pid is not None:
                os.kill(instance.pid, signal.SIGSTOP)

    def answers(self, app: str) -> bool:
        """Ask an app ourselves what its probe asks."""
        connection = HTTPConnection("127.0.0.1", self.apps[app].port, timeout=ANSWER_PATIENCE)
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    def incidents(self) -> list[Incident]:
        """Return all that went wrong here, the newest first."""
        return self._client.incidents()

    def restarts(self, app: str) -> int:
        """Count the starts of an app after its first."""
        words = [event.event for event in self._client.events(service=app)]
        return max(0, words.count("starting") - 1)

    def _of_this_role(self, plan: Plan) -> Plan:
        """Where this host has a role, these apps are meant for it: no guard is got around."""
        role = self._client.role().role
        return replace(plan, services=tuple(replace(each, role=role) for each in plan.services))

    def _is_proved(self) -> bool:
        """Whether each probe has passed: only then does a failure say something."""
        instances = [each for service in self._client.services() for each in service.instances]
        return all(probe.ok for instance in instances for probe in instance.probes)


@contextlib.contextmanager
def open_site() -> Generator[Site]:
    """Make a folder for one drill; end and remove everything afterwards.

    SIGTERM and a closed terminal raise KeyboardInterrupt within the block, as Ctrl-C does.
    """
    clear_left()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    lock = _lock(folder)
    before = {each: signal.getsignal(each) for each in _ENDS}
    for each in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.default_int_handler)
    try:
        yield Site(folder)
    finally:
        for each in _ENDS:
            signal.signal(each, signal.SIG_IGN)  # a second Ctrl-C must not leave anything behind
        _clear(folder)
        if lock is not None:
            os.close(lock)
        for each, handler in before.items():
            signal.signal(each, handler)


def clear_left() -> None:
    """End what drills have left that were killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        about = folder.lstat()
        if about.st_uid != os.geteuid() or time.time() - about.st_mtime < YOUNG:
            continue
        lock = _lock(folder)
        if lock is not None:
            _clear(folder)
            os.close(lock)


def _lock(folder: Path) -> int | None:
    """Take a folder for this process; None: a drill that is being held has it, or it is no folder.

    The kernel gives it back when the process ends, however it does.
    """
    try:
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        return None
    return fd


def _clear(folder: Path) -> None:
    """End all that runs in the folder of a drill, and remove it."""
    home = folder / "home"
    _send(_running(home), signal.SIGCONT)  # who is stopped would not hear of the end
    deadline = time.monotonic()
    with contextlib.suppress(UsherError):
        _reported(connect(str(home)).kill())
        deadline += END_PATIENCE
    while (left := list(_running(home))) and time.monotonic() < deadline + KILL_PATIENCE:
        if time.monotonic() >= deadline:
            _send(left, signal.SIGKILL)
        time.sleep(0.05)
    # A long path has its sockets elsewhere.
    sockets = Path(socket_path(str(home), "usher.sock")).parent
    shutil.rmtree(folder, ignore_errors=True)
    if sockets != home:
        shutil.rmtree(sockets, ignore_errors=True)


def _running(home: Path) -> Iterator[int]:
    """Find keeper, daemon and apps of a home; what has ended has no words any more."""
    mark = f"{home}:"
    for pid, words in processes():
        if "--home" in words and str(home) in words:
            yield pid
            continue
        with contextlib.suppress(OSError):
            if variables(pid).get("USHER_RUN", "").startswith(mark):
                yield pid


def _send(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def _reported(frames: Iterator[Frame]) -> Report:
    """Wait for the report of a request. Raises UsherError."""
    for frame in frames:
        if frame.report is not None:
            return frame.report
    raise UsherError("cannot hold a drill: its daemon ended without a word")


def _last_lines(path: Path) -> list[str]:
    try:
        return path.read_text(errors="replace").splitlines()[-10:]
    except OSError:
        return []


def _free_ports(count: int) -> list[int]:
    """Find ports of loopback that nobody listens on."""
    with contextlib.ExitStack() as held:
        listeners = [held.enter_context(socket.socket()) for _ in range(count)]
        for listener in listeners:
            listener.bind(("127.0.0.1", 0))
        return [listener.getsockname()[1] for listener in listeners]
