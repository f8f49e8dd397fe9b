"""The keeper as the daemon sees it: connected, or on its way back.

The daemon holds a duplicate of every descriptor the keeper has, and the keeper of every one the
daemon has, so that either may be killed and the other hands everything to its successor.
"""

import asyncio
import contextlib
import logging
import os
import resource
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec

from usher.keeper import manager, paths, steering, wire
from usher.runtime.keeper_channel import (
    KeeperChannel,
    KeeperGoneError,
    Received,
    RefusedError,
    close_all,
)

log = logging.getLogger(__name__)

START_DELAYS: Final = (0.0, 0.1, 0.5, 2.0, 5.0)
"""Seconds before the tries to start a new keeper; the last one repeats."""

CONNECT_TIME: Final = 5.0
"""Seconds a keeper that was just started has for opening its socket."""

MANAGER_TIME: Final = 1.0
"""Seconds a service manager has for starting a keeper again before we do (design 2.2.1)."""

ACK_DELAY: Final = 0.02
"""Seconds for which an exit waits to be acknowledged, together with others: what follows from it,
a start perhaps, is to be asked of the keeper first."""


class HeldRun(msgspec.Struct, frozen=True):
    """Duplicates of what the keeper holds of one run."""

    record: wire.Message
    fds: dict[str, int]

    @property
    def pid(self) -> int:
        """Pid of the main process."""
        return int(self.record["pid"])


class HeldSocket(msgspec.Struct, frozen=True):
    """Duplicate of a socket that the keeper holds; `record` is what it was asked with."""

    record: wire.Message
    fd: int


class Listener(Protocol):
    """Who is told what the keeper reports."""

    def keeper_lost(self) -> None:
        """Say that nothing can be spawned or signalled."""
        ...

    async def keeper_back(self) -> None:
        """Say that a keeper answers and that `runs` is complete."""
        ...

    def exited(self, report: wire.Message) -> None:
        """Take an exit report; the listener acknowledges it when it is recorded."""
        ...

    def channel_told(self, report: wire.Message) -> None:
        """Take what a process said over its Node channel."""
        ...

    def log_told(self, report: wire.Message) -> None:
        """Take what the keeper's writers of logs tell (`rotated`, `log-trouble`)."""
        ...

    def stop_asked(self) -> None:
        """End everything: the host goes down or the service manager stops us."""
        ...


class Keeper:
    """Keeps one connection to a keeper, starts a new keeper when it ends."""

    def __init__(self, home: Path, listener: Listener) -> None:
        self._home = home
        self._listener = listener
        self._channel: KeeperChannel | None = None
        self._helpers: dict[str, asyncio.Future[wire.Message]] = {}
        self._held_end: asyncio.Future[None] | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._closing = False
        self._child: subprocess.Popen[bytes] | None = None
        self._nofile = _raise_nofile()
        self._helper_count = 0
        self._recorded: list[str] = []
        """Runs whose exit is to be acknowledged."""
        self._acks: list[asyncio.Task[None]] = []
        self._answering: asyncio.Task[None] | None = None
        """Held, because a task that nobody holds may be collected before it is done."""
        self.runs: dict[str, HeldRun] = {}
        self.sockets: dict[str, HeldSocket] = {}
        self.pid: int | None = None
        self.started_wall: float | None = None
        self.version = ""
        self.upgrades = 0
        """How often the keeper took new code since it was started."""

    # -- connection --

    def connect(self) -> None:
        """Begin to connect; `keeper_back` follows. A keeper is started when none listens."""
        if self._connecting is None and not self._closing:
            self._connecting = asyncio.create_task(self._connect_until_it_works())

    def close(self) -> None:
        """End the connection for good; start no further keeper."""
        self._closing = True
        if self._connecting is not None:
            self._connecting.cancel()
        if self._channel is not None:
            self._channel.close()

    def expect_end(self) -> None:
        """Take the end of the connection for what it is: asked for."""
        self._closing = True

    async def until_back(self) -> None:
        """Wait until a keeper answers and the listener has been told so."""
        if self._connecting is not None:
            await asyncio.shield(self._connecting)

    async def _connect_until_it_works(self) -> None:
        for attempt in range(10**9):
            delay = START_DELAYS[min(attempt, len(START_DELAYS) - 1)]
            await asyncio.sleep(delay)
            try:
                await self._connect_once()
                await self._listener.keeper_back()
            except (OSError, KeeperGoneError, RefusedError, TimeoutError) as error:
                log.info("the keeper is not back yet: %s", error)
                if self._channel is not None:
                    self._channel.close()
                continue
            if self._channel is not None:
                self._connecting = None
                return
            # It ended between its last answer and here; `_on_end` leaves that to us.
            self._listener.keeper_lost()

    async def _connect_once(self) -> None:
        try:
            channel = self._dial()
        except OSError:
            channel = await self._dial_another()
        self._held_end = asyncio.get_running_loop().create_future()
        self._channel = KeeperChannel(channel, self._on_message, self._on_end)
        hello = await self._channel.request(
            "hello", protocol=wire.PROTOCOL, pid=os.getpid(), answers=True
        )
        async with asyncio.timeout(CONNECT_TIME):
            await self._held_end
        self.pid = int(hello.message["pid"])
        self.started_wall = float(hello.message["start"])
        self.version = str(hello.message.get("version", ""))
        self.upgrades = int(hello.message.get("upgrades", 0))
        await self._hand_back(set(hello.message["sockets"]), hello.message["runs"])
        for report in hello.message["exits"]:
            self._listener.exited(report)

    def _dial(self) -> socket.socket:
        channel = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            channel.connect(paths.keeper_socket(str(self._home)))
        except OSError:
            channel.close()
            raise
        return channel

    async def _dial_another(self) -> socket.socket:
        if manager.is_there():
            with contextlib.suppress(TimeoutError):
                return await self._dial_patiently(MANAGER_TIME)
        self._start_keeper()
        return await self._dial_patiently(CONNECT_TIME)

    async def _dial_patiently(self, seconds: float) -> socket.socket:
        async with asyncio.timeout(seconds):
            while True:
                try:
                    return self._dial()
                except OSError:
                    await asyncio.sleep(0.01)

    def _start_keeper(self) -> None:
        """Start a keeper; if another one holds the lock, ours exits and theirs answers."""
        if self._child is not None:
            self._child.poll()
        self._child = subprocess.Popen(
            paths.keeper_argv(str(self._home), await_daemon=True, nofile=self._nofile),
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )

    async def _hand_back(self, sockets: set[str], runs: list[wire.Message]) -> None:
        """Give a new keeper what the old one held."""
        for key in [key for key, held in self.sockets.items() if _has_left(held)]:
            self._let_go(self.sockets.pop(key))
        for key, held in self.sockets.items():
            if key not in sockets:
                await self.request("adopt-socket", [held.fd], key=key, record=held.record)
        theirs = {record["run"] for record in runs}
        for run, held in self.runs.items():
            if run not in theirs:
                names, fds = list(held.fds), list(held.fds.values())
                await self.request("adopt", fds, run=run, record=held.record, fds=names)
        # Only now may it append to logs: all cuts to recorded sizes come first.
        await self.request("resume")

    def _on_end(self) -> None:
        self._channel = None
        self.pid = None
        for helper in self._helpers.values():
            if not helper.done():
                helper.set_exception(KeeperGoneError())
                helper.exception()
        self._helpers.clear()
        if self._child is not None:
            self._child.poll()
        if not self._closing and self._connecting is None:
            self._listener.keeper_lost()
            self.connect()

    # -- what the keeper says --

    def _on_message(self, received: Received) -> None:
        message, fds = received.message, received.fds
        match message["kind"]:
            case "held":
                self._take_held(message, fds)
            case "held-end":
                if self._held_end is not None and not self._held_end.done():
                    self._held_end.set_result(None)
            case "exited":
                self._listener.exited(message)
            case "channel":
                self._take_said(message)
            case "socket-closed":
                self._drop_socket(message["key"])
            case "stop-asked":
                self._listener.stop_asked()
            case "still-there":
                self._answering = asyncio.create_task(self._answer())
            case "rotated" | "log-trouble":
                self._listener.log_told(message)
            case "helper-done":
                future = self._helpers.pop(message["helper"], None)
                if future is not None and not future.done():
                    future.set_result(message)
            case _:
                close_all(fds)

    def _take_held(self, message: wire.Message, fds: list[int]) -> None:
        if message["what"] == "socket" and message["key"] not in self.sockets:
            self.sockets[message["key"]] = HeldSocket(message["record"], fds[0])
        elif message["what"] == "run" and message["run"] not in self.runs:
            held = dict(zip(message["fds"], fds, strict=True))
            self.runs[message["run"]] = HeldRun(message["record"], held)
        else:
            close_all(fds)

    def _drop_socket(self, key: str) -> None:
        """Let go of a socket that the keeper has closed by itself."""
        held = self.sockets.pop(key, None)
        if held is not None:
            os.close(held.fd)

    def _take_said(self, report: wire.Message) -> None:
        """Keep what a process said with its run: a later keeper must know it too."""
        held = self.runs.get(report["run"])
        if held is not None:
            held.record["channel"]["said"] = report["said"]
            self._listener.channel_told(report)

    async def _answer(self) -> None:
        """Answer the keeper's question whether our loop still runs (keeper.guardian)."""
        with contextlib.suppress(KeeperGoneError, RefusedError, TimeoutError):
            await self.request("ping")

    # -- what the keeper does --

    async def request(self, kind: str, descriptors: Sequence[int] = (), **fields: Any) -> Received:
        """Ask the keeper. Raises RefusedError with its reason, KeeperGoneError without a keeper."""
        if self._channel is None:
            raise KeeperGoneError
        return await self._channel.request(kind, descriptors, **fields)

    async def open_socket(self, key: str, **fields: Any) -> HeldSocket:
        """Have the keeper bind and hold a socket, or find it held.

        Raises RefusedError, KeeperGoneError.
        """
        if key in self.sockets:
            return self.sockets[key]
        received = await self.request("socket", key=key, **fields)
        record = received.message["record"]
        self.sockets[key] = HeldSocket(record, received.fds[0])
        return self.sockets[key]

    async def close_socket(self, key: str) -> None:
        """Let go of a socket on both sides: the keeper first, which knows whom to steer to then.

        Raises RefusedError; KeeperGoneError, and then it is still held, for the next keeper.
        """
        held = self.sockets.pop(key, None)
        if held is None:
            return
        try:
            await self.request("close-socket", key=key)
        except KeeperGoneError:
            self.sockets.setdefault(key, held)
            raise
        except RefusedError:
            os.close(held.fd)
            raise
        self._let_go(held)

    def _let_go(self, held: HeldSocket) -> None:
        os.close(held.fd)
        self._close_ranks(held)

    def _close_ranks(self, gone: HeldSocket) -> None:
        """Keep the places in a SO_REUSEPORT group as the kernel and the keeper do.

        A later keeper is given our records, and steers by the places in them.
        """
        if gone.record.get("reuse_port"):
            address = gone.record["address"]
            group = [held.record for held in self.sockets.values()]
            group = [each for each in group if each["reuse_port"] and each["address"] == address]
            steering.closed(gone.record["order"], group)

    async def spawn(self, run: str, spec: dict[str, Any]) -> int:
        """Start a process; returns its pid. Its descriptors come before its gate opens (`held`).

        Raises RefusedError with `stage` and `error` when it was not executed, KeeperGoneError when
        the keeper died meanwhile (the run is in `runs` then if the process may live).
        """
        try:
            started = await self.request("spawn", run=run, spec=spec)
        except RefusedError:
            self.forget(run)
            raise
        # What a later keeper adopts is past its gate. A program that ends at once may have been
        # reported and forgotten before this line.
        held = self.runs.get(run)
        if held is not None:
            self.runs[run] = HeldRun({**held.record, "opened": True}, held.fds)
        return int(started.message["pid"])

    def acknowledge(self, run: str) -> None:
        """Say soon that an exit is recorded, so that the keeper forgets the run too."""
        if not self._recorded:
            later = asyncio.get_running_loop().call_later
            later(ACK_DELAY, lambda: self._acks.append(asyncio.create_task(self._acknowledge())))
        self._recorded.append(run)

    async def _acknowledge(self) -> None:
        recorded, self._recorded = self._recorded, []
        try:
            await self.request("ack", runs=recorded)
        except (KeeperGoneError, RefusedError, TimeoutError):
            # The next keeper never hears of these runs, or reports them again; both are harmless.
            log.info("exits not acknowledged: %s", recorded)
        self._acks.clear()

    def forget(self, run: str) -> None:
        """Close our duplicates of a run that has ended."""
        held = self.runs.pop(run, None)
        if held is not None:
            close_all(list(held.fds.values()))

    async def run_helper(self, argv: Sequence[str], **fields: Any) -> wire.Message:
        """Run a short command under the keeper and wait for its end (a `helper-done` message)."""
        self._helper_count += 1
        helper = f"{os.getpid()}-{self._helper_count}"
        done: asyncio.Future[wire.Message] = asyncio.get_running_loop().create_future()
        self._helpers[helper] = done
        await self.request("helper", helper=helper, argv=list(argv), **fields)
        return await done


def _raise_nofile() -> int:
    """Allow ourselves the descriptors we hold for the next keeper, six a run; return the former.

    The limit that services get stays the one of who started usher.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return soft


def _has_left(held: HeldSocket) -> bool:
    """Whether a socket has left its SO_REUSEPORT group: a keeper died while it closed it."""
    if not held.record.get("reuse_port") or held.record["type"] != "stream":
        return False
    with socket.socket(fileno=os.dup(held.fd)) as duplicate:
        return not duplicate.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
