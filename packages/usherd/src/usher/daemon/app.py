"""Composition of the daemon: one supervisor, one server, until it is told to end.

The daemon may be killed at any instant; nothing here matters for the services (design 2.1).
"""

import asyncio
import fcntl
import functools
import logging
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Final

from usher import __version__
from usher.api import routes as table
from usher.daemon import (
    alerts,
    audit,
    history,
    incidents,
    jobs,
    logs,
    messages,
    metrics,
    pm2_log,
    prevention,
    requests,
    reveal,
    role,
    signals,
    state,
    streams,
    update,
    verify,
    views,
    watchdog,
)
from usher.daemon.server import Answer, Call, Route, Server
from usher.host import daemon_hang
from usher.keeper import paths
from usher.runtime import clock, files
from usher.runtime.keeper_channel import KeeperGoneError, RefusedError
from usher.runtime.supervisor import API_SOCKET, Supervisor

log = logging.getLogger(__name__)

KEEPER_END_LIMIT: Final = 8.0
"""Seconds to reach a keeper at our end, even one that is being replaced."""

RawHandler = Callable[[Supervisor, Call], Awaitable[Answer]]

HANDLERS: Final[dict[str, RawHandler]] = {
    "ping": views.ping,
    "services": views.services,
    "drift": views.drift,
    "service": views.service,
    "list": views.listing,
    "jlist": views.jlist,
    "pm2": views.pm2,
    "openapi": views.openapi,
    "apply": requests.apply,
    "start": requests.start,
    "stop": requests.stop,
    "restart": requests.restart,
    "reload": requests.reload,
    "scale": requests.scale,
    "delete": requests.delete,
    "reset": requests.reset,
    "job": jobs.job,
    "save": requests.save,
    "resurrect": requests.resurrect,
    "kill": requests.kill,
    "say": messages.say,
    "write": messages.write,
    "signal": signals.signal,
    "reveal": reveal.reveal,
    "verify": verify.verify,
    "history": history.history,
    "incidents": incidents.incidents,
    "incident_act": incidents.act,
    "prevention": prevention.prevention,
    "metrics": metrics.metrics,
    "series": metrics.series,
    "alerts": alerts.status,
    "alerts_mute": alerts.mute,
    "alerts_ack": alerts.acknowledge,
    "alerts_test": alerts.test,
    "undo_preview": history.preview,
    "undo": history.undo,
    "role": role.role,
    "role_set": role.set_role,
    "role_forget": role.forget,
    "audit": audit.audit,
    "update": update.update,
    "events": streams.events,
    "logs": logs.logs,
    "flush": logs.flush,
    "reload_logs": logs.reload_logs,
    "wait": streams.wait,
}
"""Route name -> handler; the route table says under which path each stands."""


def run(home: str, *, safe: bool, again: bool) -> int:
    """Be the daemon of `home` until a kill request or SIGTERM; returns the exit code.

    A second daemon for the same home ends at once with 0. `again`: this keeper had one before; a
    Shutdown which that one did not finish is finished.
    """
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s"
    )
    os.umask(0o077)
    folder = files.private_folder(Path(home))
    files.private_folder(folder / "logs")
    lock = os.open(folder / "daemon.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    if not _locked(lock):
        return 0
    log.info("usher %s, pid %s, home %s%s", __version__, os.getpid(), home, " (safe)" * safe)
    files.private_folder(folder / "state")
    hung = _told(folder)
    with (
        watchdog.watched(folder) as loop,
        asyncio.Runner(loop_factory=lambda: loop) as runner,
    ):
        return runner.run(_serve(folder, safe=safe, again=again, hung=hung))


def _told(home: Path) -> str:
    """Say in a sentence where the daemon before us hung; empty: it did not."""
    hang = daemon_hang.keep(home)
    if hang is None:
        return ""
    where, stacks = daemon_hang.place(hang.stacks), daemon_hang.kept(home)
    told = f"the daemon before this one hung and was replaced: in {where}; its stacks: {stacks}"
    log.error("%s", told)
    return told


def _locked(lock: int) -> bool:
    """Take the lock of the home; a daemon that is just dying may hold it a moment longer."""
    signal.setitimer(signal.ITIMER_REAL, 3.0)
    previous = signal.signal(signal.SIGALRM, _interrupt)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
    except InterruptedError:
        return False
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
    return True


def _interrupt(_number: int, _frame: object) -> None:
    raise InterruptedError


async def _serve(home: Path, *, safe: bool, again: bool, hung: str) -> int:
    supervisor = Supervisor(home, safe=safe, again=again)
    if hung:
        supervisor.history.note("daemon-hung", hung, clock.read())
    supervisor.redacting.log()
    server = Server(_routes(supervisor, table.ROUTES), supervisor.redacting.text)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    loop.add_signal_handler(signal.SIGUSR2, supervisor.logkeeper.reopen_soon)
    supervisor.start()
    state.tidy(supervisor)
    await supervisor.ready
    supervisor.alerting.begin()
    supervisor.drift.begin()
    await server.start(socket.socket(fileno=os.dup(supervisor.keeper.sockets[API_SOCKET].fd)))
    log.info("serving on %s", paths.socket_path(str(home), "usher.sock"))
    written = asyncio.ensure_future(pm2_log.follow(supervisor))
    waiting = asyncio.ensure_future(ended.wait())
    ends = (waiting, supervisor.shut_down, supervisor.leaving)
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    written.cancel()
    await server.finish()
    if supervisor.shut_down.done():
        await end_keeper(supervisor)
    supervisor.save()
    supervisor.close()
    return 0


async def end_keeper(supervisor: Supervisor) -> None:
    """Have the keeper end. One that is being replaced is waited for: else its successor stays."""
    try:
        async with asyncio.timeout(KEEPER_END_LIMIT):
            while not await _sockets_closed(supervisor):
                await supervisor.keeper.until_back()
            supervisor.keeper.expect_end()
            await supervisor.keeper.request("shutdown")
    except KeeperGoneError:
        log.info("the keeper ended before its answer")
    except (RefusedError, TimeoutError) as error:
        log.warning("the keeper did not end: %s", error)


async def _sockets_closed(supervisor: Supervisor) -> bool:
    """Close all sockets; False when the keeper ended meanwhile, and another is on its way."""
    await supervisor.keeper.until_back()
    try:
        await supervisor.close_sockets()
    except KeeperGoneError:
        return False
    return supervisor.keeper.pid is not None


def _routes(supervisor: Supervisor, declared: Iterable[table.Route]) -> list[Route]:
    return [
        Route(
            each.method,
            tuple(each.path.strip("/").split("/")),
            functools.partial(HANDLERS[each.name], supervisor),
        )
        for each in declared
    ]
