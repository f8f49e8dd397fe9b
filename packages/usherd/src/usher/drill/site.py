"""Where a drill is held: a keeper, a daemon and apps of its own, in a home that is removed.

Nothing of the user's usher takes part. Whoever is told of trouble on this host is not told of a
drill. However the drill ends, everything that runs there is ended: by itself where it can, and by
the next drill where it was killed.
"""

import contextlib
import os
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Generator, Iterator, Sequence
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from usher.api.types import Frame, Report
from usher.client import Client, UsherError, connect, ensure_running
from usher.config.load import load
from usher.drill.clearing import PREFIX, clear, clear_left, lock
from usher.drill.layout import Subject, app_names, configuration
from usher.drill.like import Settings, shaped
from usher.keeper.paths import SOCKET_PATH_LIMIT
from usher.model.incident import Incident
from usher.model.spec import Plan

# Isolated and without site packages: nothing of the user's Python has a part in it.
PROGRAM: Final = (sys.executable, "-I", "-S", str(Path(__file__).with_name("app.py")))

MUTED: Final = 86400.0
"""Seconds for which nobody is told of what happens here: longer than any drill."""

START_PATIENCE: Final = 120.0
"""Seconds until every app is ready and every probe has passed."""

ANSWER_PATIENCE: Final = 3.0
"""Seconds for an answer of an app: as long as a probe waits."""

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
        self.apps = self._placed(app_names(faults))
        file = self._folder / "usher.toml"
        file.touch(mode=0o600)
        file.write_text(configuration(self.apps, PROGRAM))
        client = self._begun()
        client.alerts_mute(seconds=MUTED)
        plan = self._of_this_role(shaped(load(file).plan, settings))
        report = _reported(client.apply(plan, [each.name for each in plan.services]))
        if report.outcome != "done":
            told = tuple(f"{each.name}: {each.detail}" for each in report.services if each.detail)
            raise UsherError("cannot hold a drill: its apps did not start", details=told)
        self._until_proved()

    def _placed(self, names: Sequence[str]) -> dict[str, Subject]:
        """Give each app a port and a socket that it is told by."""
        switches = [str(self._folder / f"{name}.switch") for name in names]
        longest = max(len(os.fsencode(each)) for each in switches)
        if longest > SOCKET_PATH_LIMIT:
            raise UsherError(
                f"cannot hold a drill in {str(self._folder)!r}: the path is too long for sockets",
                hint="set TMPDIR to a folder with a shorter path",
            )
        ports = _free_ports(len(names))
        return {each[0]: Subject(*each) for each in zip(names, ports, switches, strict=True)}

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
            sender.sendto(word.encode(), self.apps[app].switch)

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

    def _until_proved(self) -> None:
        """Wait until each probe has passed: only then does a failure say something."""
        deadline = time.monotonic() + START_PATIENCE
        while time.monotonic() < deadline:
            instances = [each for service in self._client.services() for each in service.instances]
            if all(probe.ok for instance in instances for probe in instance.probes):
                return
            time.sleep(0.1)
        raise UsherError(
            f"cannot hold a drill: its probes did not pass within {START_PATIENCE:g} s",
            hint="this host may be too busy; try again, or one fault alone",
        )


@contextlib.contextmanager
def open_site() -> Generator[Site]:
    """Make a folder for one drill; end and remove everything afterwards.

    SIGTERM and a closed terminal raise KeyboardInterrupt within the block, as Ctrl-C does.
    """
    clear_left()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    held = lock(folder)
    before = {each: signal.getsignal(each) for each in _ENDS}
    for each, handler in before.items():
        if handler is signal.SIG_DFL:  # not where somebody wants it ignored: nohup
            signal.signal(each, signal.default_int_handler)
    try:
        yield Site(folder)
    finally:
        for each in _ENDS:
            signal.signal(each, signal.SIG_IGN)  # a second Ctrl-C must not leave anything behind
        clear(folder)
        if held is not None:
            os.close(held)
        for each, handler in before.items():
            signal.signal(each, handler)


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
