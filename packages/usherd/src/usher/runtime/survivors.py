"""Services that outlived both daemon and keeper: found by their marker, stopped, never doubled."""

import asyncio
import contextlib
import os
import select
import signal
from pathlib import Path

from usher.model.events import Key
from usher.runtime import processes, runs


def find(home: Path, candidates: list[tuple[Key, int]]) -> dict[tuple[Key, int], int]:
    """Look for living main processes of these runs; the answer maps a run to its pid.

    Descendants carry the marker too, so the main process is the one that leads its session.
    """
    found: dict[tuple[Key, int], int] = {}
    for key, run in candidates:
        marker = f"{runs.MARKER}={runs.run_id(str(home), key, run)}".encode()
        pids = processes.find_marked(marker)
        leaders = [pid for pid in pids if (seen := processes.stat(pid)) and seen.session == pid]
        if pids:
            found[key, run] = (leaders or pids)[0]
    return found


async def stop(pid: int, stop_signal: int, timeout: float) -> None:
    """Stop a process that is not our child: signal, wait `timeout` seconds, kill its group."""
    try:
        pidfd = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(pidfd, stop_signal)
        if not await _ended(pidfd, timeout):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
            await _ended(pidfd, timeout)
    finally:
        os.close(pidfd)


async def _ended(pidfd: int, timeout: float) -> bool:
    """Wait until the process of a pidfd has ended, at most `timeout` seconds."""
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[None] = loop.create_future()
    loop.add_reader(pidfd, lambda: ended.done() or ended.set_result(None))
    try:
        async with asyncio.timeout(timeout):
            await ended
    except TimeoutError:
        return bool(select.select([pidfd], [], [], 0)[0])
    finally:
        loop.remove_reader(pidfd)
    return True
