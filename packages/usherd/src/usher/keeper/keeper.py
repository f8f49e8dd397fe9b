"""The keeper as a whole: every request of the daemon, and what the keeper tells by itself.

Each request has a method `_do_<kind>`; it returns the reply's fields (and descriptors), or None
when it answers later. It raises the errors of `_REFUSALS` for what cannot be done.
"""

from __future__ import annotations

import gc
import os
import signal
import time

from usher import __version__
from usher.keeper import errands, manager, rotation, upgrade
from usher.keeper.guardian import Guardian
from usher.keeper.helpers import Helpers
from usher.keeper.link import Link
from usher.keeper.logfile import LogFile
from usher.keeper.logs import ALL, Logs
from usher.keeper.loop import Loop
from usher.keeper.owner import Owner, user_of
from usher.keeper.runs import Run, Runs
from usher.keeper.sockets import Sockets
from usher.keeper.wire import PROTOCOL

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from typing import Any, Final, TypeAlias

    from usher.keeper.channels import Channels
    from usher.keeper.upgrade import Ledger
    from usher.keeper.wire import Message

    Reply: TypeAlias = tuple[dict[str, Any], list[int]]

_REFUSALS: Final = (OSError, ValueError, KeyError, TypeError)
"""What a request may fail with; everything else is our own fault and ends the keeper."""

_GREETING_LIMIT: Final = 5.0
"""Seconds in which a daemon that is already running is expected to connect."""

_SETTLE_LIMIT: Final = 2.0
"""Seconds that a shutdown waits for a slow disk to take the last lines."""


class Place:
    """What a keeper stands on, made at its start and kept over every upgrade.

    `lock` is the descriptor that says the home is ours; `nofile` the limit (soft, hard) of open
    files that children get; `words` the options we were started with.
    """

    __slots__ = (
        "daemon_argv",
        "daemon_log",
        "listener",
        "lock",
        "nofile",
        "owns_home",
        "stopped",
        "words",
    )

    def __init__(
        self, lock: int, listener: socket.socket, nofile: tuple[int, int], words: list[str]
    ) -> None:
        self.lock = lock
        self.listener = listener
        self.nofile = nofile
        self.words = words
        self.daemon_argv: list[str] = []
        self.daemon_log = ""
        self.owns_home: Callable[[], bool] = lambda: True
        """Whether the home is still the one whose lock we have."""
        self.stopped = False
        """A signal asked for the end (of the host, or of us by the service manager)."""


class Keeper:
    """Owns all parts and runs the loop until a shutdown is asked for."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._since = time.time()
        self._upgrades = 0
        self._loop = Loop()
        self._logs = Logs(self._loop, self._drained, self._tell)
        self._sockets = Sockets()
        self._guardian = Guardian(
            self._loop,
            place.daemon_argv,
            place.daemon_log,
            place.nofile,
            self._wants_daemon,
            lambda: self._tell({"kind": "still-there"}),
        )
        self._link = Link(self._loop, place.listener, self._take, self._daemon_left)
        self._helpers = Helpers(self._loop, place.nofile, self._link.tell)
        self._runs = Runs(
            self._loop,
            self._logs,
            self._sockets,
            self._link.tell,
            self._guardian.kill,
            place.nofile,
            self._make_channels,
            lambda: self._helpers.pids() | self._guardian.pids() | errands.ALIVE,
        )
        self._upgrade = upgrade.Upgrade(self._loop, self, place.words)
        self._settled = self._loop.stop
        self._greeted = False
        self._stop_signal = 0
        """By which we were asked to stop; 0: we were not."""

    def run(self, *, await_daemon: bool) -> None:
        """Serve until `shutdown`."""
        self._guardian.begin(_GREETING_LIMIT if await_daemon else 0, again=await_daemon)
        self._serve()

    def go_on(self, ledger: Ledger) -> None:
        """Serve until `shutdown`, as the successor of the program that wrote `ledger`."""
        self._since = ledger["since"]
        self._upgrades = ledger["upgrades"]
        for held in ledger["sockets"]:
            self._sockets.adopt(held["record"], held["fd"])
        self._runs.inherit(ledger["runs"])
        if ledger["daemon"]:
            self._guardian.inherit(ledger["daemon"])
        else:
            self._guardian.begin(0, again=True)
        self._serve()

    def _serve(self) -> None:
        self._loop.on_signal(signal.SIGCHLD, self._child_changed)
        for number in (signal.SIGTERM, signal.SIGINT):
            self._loop.on_signal(number, lambda which=number: self._asked_to_stop(which))
        self._loop.on_signal(signal.SIGUSR2, self._reopen_logs)
        # From a client without an answer. By default it is ignored: no older keeper ends of it.
        self._loop.on_signal(signal.SIGURG, self._guardian.doubt)
        upgrade.release_signals()
        # To look for garbage writes to all that is looked at, and each child would copy it.
        gc.freeze()
        self._loop.run()

    def _make_channels(self) -> Channels:
        """Load what most homes need only if they serve Node: 0.2 MiB."""
        from usher.keeper.channels import Channels

        return Channels(self._loop, self._sockets, self._link.tell, self._link.keeps_up)

    # -- for an upgrade (upgrade.Holder) ---------------------------------------------------------

    def is_quiet(self) -> bool:
        """Whether nothing is half done."""
        return self._runs.is_quiet() and self._helpers.is_quiet()

    def make_quiet(self) -> None:
        """Give up what is half done, as at the end of a daemon."""
        self._runs.drop_unopened()
        self._helpers.kill_all()

    def settle_logs(self, then: Callable[[], None]) -> None:
        """Call `then` when every writer of logs has answered."""
        self._settled = then
        self._logs.settle()

    def ledger(self) -> Ledger:
        """Return everything a successor needs."""
        return {
            "edition": upgrade.EDITION,
            "since": self._since,
            "upgrades": self._upgrades + 1,
            "nofile": self._place.nofile,
            "lock": self._place.lock,
            "listener": self._place.listener.fileno(),
            "daemon": self._guardian.ledger(),
            "runs": self._runs.ledger(),
            "sockets": [
                {"record": held.record, "fd": held.socket.fileno()} for held in self._sockets.all()
            ],
        }

    # -- what happens by itself ------------------------------------------------------------------

    def _child_changed(self) -> None:
        self._reap()
        if self._guardian.was_stopped():
            self._guardian.doubt()

    def _reap(self) -> None:
        """Reap everything that ended: runs, helpers, the daemon, and orphans that came to us."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            errands.ALIVE.discard(pid)
            for owner in (self._runs, self._helpers, self._guardian):
                if owner.reaped(pid, status):
                    break

    def _end(self) -> None:
        """Stop when the last lines are written, or could not be for a while."""
        self._guardian.retire()
        self.settle_logs(self._loop.stop)
        self._loop.after("end", _SETTLE_LIMIT, self._loop.stop)

    def _drained(self, run: str) -> None:
        if run == ALL:
            self._settled()
        else:
            self._runs.drained(run)

    def _tell(self, message: Message) -> None:
        self._link.tell(message)

    def _reopen_logs(self) -> None:
        """Open all logs anew at their paths: something else has rotated them."""
        for run in self._runs.all():
            self._logs.each_file(run.name, LogFile.close)

    def _asked_to_stop(self, number: int) -> None:
        self._place.stopped = True
        self._stop_signal = int(number)
        manager.tell("STOPPING=1")
        if self._greeted:
            self._pass_on_stop()
        elif not self._runs.all():
            self._end()

    def _pass_on_stop(self) -> None:
        self._link.tell({"kind": "stop-asked", "signal": self._stop_signal})

    def _wants_daemon(self) -> bool:
        """Whether a daemon has anything to do; a home that was removed needs no keeper either."""
        if self._place.owns_home() or self._runs.all():
            return True
        self._end()
        return False

    def _daemon_left(self) -> None:
        self._greeted = False
        self._runs.disconnected()
        self._runs.resume()
        self._helpers.kill_all()
        self._guardian.left()

    # -- requests --------------------------------------------------------------------------------

    def _take(self, message: Message, fds: list[int]) -> None:
        """Answer one request. Descriptors that no method keeps are closed here."""
        ident, kind = message.get("id"), message["kind"]
        kept: list[int] = []
        done: Reply | None
        try:
            method = _METHODS.get(kind)
            if method is None:
                raise ValueError("no such request")
            done = method(self, message, fds)
            kept = fds if kind in _KEEPS_FDS else []
        except _REFUSALS as error:
            done = (_refusal(kind, error), [])
        for fd in fds:
            if fd not in kept:
                os.close(fd)
        if done is not None:
            self._answer(ident, *done)

    def _answer(self, ident: Any, reply: dict[str, Any], fds: list[int]) -> None:
        self._link.tell({"kind": "reply", "id": ident, "ok": True, **reply}, fds)
        if reply.get("runs") is not None:
            self._hand_out()

    def _do_hello(self, message: Message, _fds: list[int]) -> Reply:
        if message["protocol"] not in (PROTOCOL, PROTOCOL - 1):
            raise ValueError(f"protocol {message['protocol']} is not spoken here")
        self._greeted = True
        self._guardian.greeted(message["pid"], answers=bool(message.get("answers")))
        manager.tell("READY=1", f"MAINPID={os.getpid()}", f"STATUS=usher {__version__}")
        return {
            "protocol": PROTOCOL,
            "pid": os.getpid(),
            "start": self._since,
            "version": __version__,
            "upgrades": self._upgrades,
            "runs": [self._runs.record(run) for run in self._runs.all()],
            "sockets": [held.record["key"] for held in self._sockets.all()],
            "exits": self._runs.exits(),
        }, []

    def _hand_out(self) -> None:
        """Give the daemon duplicates of everything it must be able to give to a later keeper."""
        for run in self._runs.all():
            self._hand_run(run, _nothing)
        for each in self._sockets.all():
            held: Message = {"kind": "held", "what": "socket", "key": each.record["key"]}
            held |= {"record": each.record, "fds": ["socket"]}
            self._link.tell(held, [each.socket.fileno()])
        self._link.tell({"kind": "held-end"})
        if self._stop_signal:
            self._pass_on_stop()  # the daemon that was told is gone, or there was none

    def _hand_run(self, run: Run, then: Callable[[], None]) -> None:
        """Give the daemon a run; `then` is called when nothing can take it back."""
        held: Message = {"kind": "held", "what": "run", "run": run.name, "fds": run.fd_names}
        self._link.tell({**held, "record": self._runs.record(run)}, run.fds, then)

    def _do_socket(self, message: Message, _fds: list[int]) -> Reply:
        held = self._sockets.hold(message)
        record = held.record
        return {"address": record["address"], "record": record}, [held.socket.fileno()]

    def _do_close_socket(self, message: Message, _fds: list[int]) -> Reply:
        key = message["key"]
        if "asked" in self._sockets[key].record:
            self._runs.channels.close_socket(key)
        else:
            self._sockets.close(key)
        return {}, []

    def _do_adopt_socket(self, message: Message, fds: list[int]) -> Reply:
        self._sockets.adopt(message["record"], *fds)
        return {}, []

    def _do_steer(self, message: Message, _fds: list[int]) -> Reply:
        self._sockets.steer(message["keys"], message["keep"])
        return {}, []

    def _do_spawn(self, message: Message, _fds: list[int]) -> None:
        """Start a run; it is handed to the daemon before its gate opens, and answered after."""
        ident = message.get("id")

        def answer(reply: Message) -> None:
            self._answer(ident, reply, [])

        def made(run: Run | OSError) -> None:
            if isinstance(run, OSError):
                answer(_refusal("spawn", run))
            else:
                self._hand_run(run, lambda: self._runs.open(run, answer))

        self._runs.spawn(message["run"], message["spec"], made)

    def _do_signal(self, message: Message, _fds: list[int]) -> Reply:
        self._runs.signal(self._run(message), message["signal"], message["scope"])
        return {}, []

    def _do_say(self, message: Message, _fds: list[int]) -> Reply:
        self._runs.channels.say(self._run(message).name, message["message"])
        return {}, []

    def _do_disconnect(self, message: Message, _fds: list[int]) -> Reply:
        self._runs.channels.disconnect(self._run(message).name)
        return {}, []

    def _do_ack(self, message: Message, _fds: list[int]) -> Reply:
        self._runs.acknowledge(message["runs"])
        return {}, []

    def _do_adopt(self, message: Message, fds: list[int]) -> Reply:
        self._runs.adopt(message["record"], fds)
        return {}, []

    def _do_resume(self, _message: Message, _fds: list[int]) -> Reply:
        self._runs.resume()
        return {}, []

    def _do_helper(self, message: Message, _fds: list[int]) -> Reply:
        self._helpers.start(message)
        return {}, []

    def _do_logs(self, message: Message, _fds: list[int]) -> Reply:
        self._logs.each_file(self._run(message).name, _LOG_ORDERS[message["op"]])
        return {}, []

    def _do_tidy_logs(self, message: Message, _fds: list[int]) -> Reply:
        """Remove rotated files, and put compressed ones in their places (inode, path)."""
        old: list[int] = [int(inode) for inode in message["drop"]]
        compressed = [(int(inode), str(path)) for inode, path in message["compressed"]]

        who = user_of(message)

        def tidy(path: str) -> None:
            rotation.drop(path, old)
            for inode, made in compressed:
                rotation.take_compressed(path, inode, made)

        self._logs.each_path(
            str(message["path"]), lambda path: Owner(path, who).do(lambda: tidy(path))
        )
        return {}, []

    def _do_upgrade(self, message: Message, _fds: list[int]) -> None:
        """Answer only when it cannot be done; else the connection ends with the old program."""
        ident = message.get("id")

        def failed(why: str) -> None:
            self._answer(ident, {"ok": False, "error": f"cannot upgrade: {why}", "errno": None}, [])

        self._upgrade.begin(message["program"], failed)

    def _do_ping(self, _message: Message, _fds: list[int]) -> Reply:
        self._guardian.heard()
        return {"pid": os.getpid(), "uptime": time.time() - self._since}, []

    def _do_shutdown(self, _message: Message, _fds: list[int]) -> Reply:
        living = [run.name for run in self._runs.all() if not run.exit]
        if living:
            raise ValueError(f"{len(living)} runs live, first {living[0]!r}")
        self._end()
        return {}, []

    def _run(self, message: Message) -> Run:
        return self._runs[message["run"]]


_METHODS: Final[dict[str, Callable[[Keeper, Message, list[int]], Reply | None]]] = {
    name.removeprefix("_do_").replace("_", "-"): method
    for name, method in vars(Keeper).items()
    if name.startswith("_do_")
}

_LOG_ORDERS: Final = {
    "reopen": LogFile.close,
    "flush": LogFile.empty,
    "rotate": LogFile.rotate,
}

_KEEPS_FDS: Final = frozenset({"adopt", "adopt-socket"})


def _nothing() -> None:
    """Stand for nobody who waits."""


def _refusal(kind: str, error: Exception) -> dict[str, Any]:
    number = error.errno if isinstance(error, OSError) else None
    if isinstance(error, OSError):
        cause = error.strerror or str(error)
    elif isinstance(error, KeyError):
        cause = str(error.args[0])
    else:
        cause = str(error)
    return {"ok": False, "error": f"cannot {kind}: {cause}", "errno": number}
