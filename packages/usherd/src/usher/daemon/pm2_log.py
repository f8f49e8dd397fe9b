"""pm2.log: what happens to apps, in the lines of PM2's daemon, for scripts that search in it.

Written where PM2's users look for it, and only where `usher pm2` has put its pm2.pid. `usher
events` tells more, and nothing depends on this file: what cannot be written is left out.
"""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from usher.api.text import printable
from usher.api.types import EventRecord
from usher.model.events import Exit, Killed
from usher.model.spec import ServiceSpec
from usher.model.world import Instance
from usher.policy.words import signal_name
from usher.runtime.history import Follower
from usher.runtime.supervisor import Supervisor

ROTATE_AT: Final = 8 * 1024 * 1024
"""Bytes; then it becomes pm2.log.1."""


class Happened(NamedTuple):
    """What a line is made of."""

    name: str
    pm_id: int
    mode: str
    """fork or cluster."""
    script: str
    code: int
    signal: str
    """As PM2 has it: SIGINT also where none was involved."""
    detail: str


_LINES: Final[dict[str, Callable[[Happened], str]]] = {
    "starting": lambda at: f"App [{at.name}:{at.pm_id}] starting in -{at.mode} mode-",
    "started": lambda at: f"App [{at.name}:{at.pm_id}] online",
    "stopping": lambda at: f"Stopping app:{at.name} id:{at.pm_id}",
    "exited": lambda at: (
        f"App [{at.name}:{at.pm_id}] exited with code [{at.code}] via signal [{at.signal}]"
    ),
    "start-limit-hit": lambda at: (
        f'Script {at.script} had too many unstable restarts. Stopped. "errored"'
    ),
    "files-changed": lambda at: (
        f"Change detected on path {at.detail} for app {at.name} - restarting"
    ),
    "memory-exceeded": lambda at: (
        f"[PM2][WORKER] Process {at.pm_id} restarted because it exceeds "
        f"--max-memory-restart value ({at.detail})"
    ),
}
"""Our word -> PM2's line; there is none for what PM2 does not know."""


def line(word: str, happened: Happened) -> str | None:
    """Return what PM2 would write about an event; None if nothing."""
    write = _LINES.get(word)
    return None if write is None else printable(write(happened))


async def follow(supervisor: Supervisor) -> None:
    """Write a line for every event from now on, until this is cancelled."""
    while True:
        with supervisor.history.follow() as events:
            await _write_all(supervisor, events)


async def _write_all(supervisor: Supervisor, events: Follower) -> None:
    """Return when events came faster than they could be written: some are left out then."""
    while (record := await events.get()) is not None:
        found = _instance(supervisor, record)
        if found is None:
            continue
        spec, instance = found
        text = line(record.event, _happened(spec, instance, record))
        folder = supervisor.environments.get(spec.env_digest).get("PM2_HOME", "")
        if text is not None and folder:
            with suppress(OSError):
                _append(Path(folder), text)


def _instance(supervisor: Supervisor, record: EventRecord) -> tuple[ServiceSpec, Instance] | None:
    """Find whom an event is about; nobody where it is forgotten or not from a file of PM2's."""
    service = supervisor.world.services.get(record.service)
    for generation in () if service is None else service.generations:
        if record.slot in generation.instances and generation.spec.pm2 is not None:
            return generation.spec, generation.instances[record.slot]
    return None


def _happened(spec: ServiceSpec, instance: Instance, record: EventRecord) -> Happened:
    view, ended = spec.pm2, instance.last_exit
    return Happened(
        name=spec.label or spec.name,
        pm_id=instance.id,
        mode="fork" if view is None else view.exec_mode.removesuffix("_mode"),
        script="" if view is None else view.script,
        code=ended.code if isinstance(ended, Exit) else 0,
        signal=signal_name(ended.signal) if isinstance(ended, Killed) else "SIGINT",
        detail=record.detail,
    )


def _append(folder: Path, text: str) -> None:
    if not (folder / "pm2.pid").exists():
        return
    path = folder / "pm2.log"
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    file = os.open(path, flags, 0o600)
    try:
        os.write(file, f"{time.strftime('%Y-%m-%dT%H:%M:%S')}: PM2 log: {text}\n".encode())
        full = os.fstat(file).st_size > ROTATE_AT
    finally:
        os.close(file)
    if full:
        path.replace(path.with_name("pm2.log.1"))
