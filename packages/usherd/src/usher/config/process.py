"""What surrounds a process: its user and limits, logs, watching, memory, replacement, schedule."""

import grp
import os
import pwd
import re
import signal
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path as FilePath
from typing import Final

from cronsim import CronSim, CronSimError

from usher.config.app import Written
from usher.config.check import quote
from usher.config.schema import Watch
from usher.model.spec import (
    ACCEPT_WITHIN,
    LogSpec,
    MemorySpec,
    PoolSpec,
    RolloutSpec,
    ServerSpec,
    UserSpec,
    WatchSpec,
)

ALWAYS_IGNORED: Final = (r"\.git(?:/|$)", r"node_modules(?:/|$)")
"""Names never watched: they change by themselves, and hold more than a system can watch."""

USUALLY_IGNORED: Final = (
    r"(?:logs?|pids|uploads|__pycache__|\.pytest_cache|\.venv)(?:/|$)",
    r"[^/]*\.(?:log|pid|pyc|swp|tmp)$",
)
"""Names not watched unless the file says what is to be ignored."""


_SELDOM: Final = 3600.0
"""Seconds between two measurements, at most: rarer ones tell nothing."""


_ENDING: Final = {
    *(signal.SIGKILL, signal.SIGSTOP, signal.SIGCONT, signal.SIGTSTP),
    *(signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP),
}
"""Signals that mean something else to every app."""


def read_logs(written: Written, cwd: FilePath) -> LogSpec:
    """Build where output goes; paths start at `cwd`."""
    log, default = written.app.log, LogSpec()
    if log is None:
        return default
    return LogSpec(
        out=_path(cwd, log.out),
        err=_path(cwd, log.err),
        combined=_path(cwd, log.combined),
        per_instance=default.per_instance if log.per_instance is None else log.per_instance,
        date_format=log.date_format or "",
        format=log.format or default.format,
        disabled=bool(log.disabled),
        redact_at_source=bool(log.redact_at_source),
        max_size=default.max_size if log.max_size is None else int(log.max_size),
        retain=default.retain if log.retain is None else log.retain,
        max_age=None if log.max_age is None else float(log.max_age),
        compress=bool(log.compress),
        rotate=read_cron(written, "log", log.rotate),
    )


def _path(cwd: FilePath, written: str | None) -> str | None:
    return None if written is None else os.path.normpath(cwd / written)


def read_cron(written: Written, key: str, text: str | None) -> str:
    """Check a cron expression of 5 fields, or 6 with seconds first; "" for none or a bad one."""
    if not text:
        return ""
    try:
        CronSim(text, datetime(2026, 1, 1))  # noqa: DTZ001 (any moment; only the syntax is asked)
    except CronSimError as error:
        said = str(error).lower()
        message = f"cannot use {quote(text)} as a schedule: {said}"
        written.complain(key, message, "five fields, such as '0 4 * * *', in local time")
        return ""
    return text


def read_memory(written: Written) -> MemorySpec | None:
    """Build the limit of memory."""
    memory = written.app.memory
    if memory is None:
        return None
    default = MemorySpec(limit=int(memory.limit))
    return MemorySpec(
        limit=int(memory.limit),
        interval=default.interval if memory.interval is None else float(memory.interval),
        samples=default.samples if memory.samples is None else memory.samples,
    )


def read_sample(written: Written) -> float | None:
    """Build how often an app is measured."""
    every = None if written.app.sample is None else float(written.app.sample)
    if every is not None and not 1 <= every <= _SELDOM:
        message = f"cannot measure every {every:g} s"
        written.complain("sample", message, "from '1s' to '1h'; '10s' suits most")
        return None
    return every


def read_stack_signal(written: Written) -> int | None:
    """Build the signal upon which an app writes its stacks; one that ends it is none."""
    number = written.app.stack_signal
    if number is None:
        return None
    if number in _ENDING:
        name = signal.Signals(number).name
        message = f"{name} ends or stops an app, or cannot be caught"
        written.complain("stack_signal", message, "SIGUSR2, or whatever the app registered")
        return None
    return int(number)


def read_accept_within(written: Written) -> float | None:
    """Build how long clients may wait; None (written 0s): that is not watched."""
    given = written.app.accept_within
    return ACCEPT_WITHIN if given is None else float(given) or None


def read_rollout(written: Written) -> RolloutSpec:
    """Build how a reload replaces instances."""
    rollout, default = written.app.rollout, RolloutSpec()
    if rollout is None:
        return default
    healthy = rollout.min_healthy
    return RolloutSpec(
        min_healthy=default.min_healthy if healthy is None else float(healthy),
        max_surge=default.max_surge if rollout.max_surge is None else rollout.max_surge,
        in_place=bool(rollout.in_place),
    )


def read_watch(written: Written, cwd: FilePath) -> WatchSpec | None:
    """Build what is watched; true stands for the app's folder."""
    watch = Watch() if written.app.watch is True else written.app.watch
    if not watch:
        return None
    for pattern in watch.ignore:
        try:
            re.compile(pattern)
        except re.error as error:
            message = f"cannot use {quote(pattern)}: no regular expression: {error}"
            written.complain("watch", message, inside=("ignore",))
            return None
    delay = WatchSpec(paths=()).delay if watch.delay is None else float(watch.delay)
    paths = tuple(os.path.normpath(cwd / path) for path in watch.paths or ["."])
    names = ALWAYS_IGNORED if watch.ignore else (*ALWAYS_IGNORED, *USUALLY_IGNORED)
    ignore = (*below(paths, names), *watch.ignore)
    return WatchSpec(paths=paths, ignore=ignore, delay=delay, poll=watch.poll)


def below(roots: Iterable[str], names: Iterable[str]) -> tuple[str, ...]:
    """Find names at any depth below folders, wherever the folders themselves lie."""
    root = "|".join(re.escape(root) for root in roots)
    return tuple(rf"^(?:{root})/(?:.*/)?{name}" for name in names)


def read_pool(written: Written) -> PoolSpec | None:
    """Build what is declared of database connections."""
    given = written.app.pool
    if given is None:
        return None
    server = given.server and ServerSpec(
        given.server.max_connections,
        ServerSpec(0).reserved if given.server.reserved is None else given.server.reserved,
        given.server.others or 0,
    )
    return PoolSpec(
        size=given.max,
        pools=given.per_process or 1,
        workers=given.workers,
        doubled=given.double_initialisation,
        variable=given.variable or "",
        server=server,
    )


def read_user(written: Written) -> UserSpec | None:
    """Build whose rights it has."""
    match written.app.user:
        case None:
            return None
        case str() as name:
            return user_of(written, "user", name, None)
        case user:
            group = None if user.group is None else str(user.group)
            return user_of(written, "user", str(user.name), group)


def user_of(written: Written, key: str, name: str, group: str | None) -> UserSpec:
    """Look user and group up; only root may give rights away."""
    message = _unknown_user(name) or ("" if group is None else _unknown_group(group))
    if not message and os.geteuid() != 0 and not _is_caller(name):
        message = f"cannot run as {quote(name)}: only root may run apps as another user"
    if message:
        written.complain(key, message)
    return UserSpec(name, group)


def _unknown_user(name: str) -> str:
    try:
        _ = pwd.getpwuid(int(name)) if name.isdecimal() else pwd.getpwnam(name)
    except (KeyError, OverflowError):
        # A number without an entry is a user too: containers run so.
        return "" if name.isdecimal() and int(name) < 2**32 else f"there is no user {quote(name)}"
    return ""


def _unknown_group(name: str) -> str:
    try:
        _ = None if name.isdecimal() else grp.getgrnam(name)
    except KeyError:
        return f"there is no group {quote(name)}"
    return ""


def _is_caller(name: str) -> bool:
    return name == str(os.geteuid()) or (
        not name.isdecimal() and pwd.getpwnam(name).pw_uid == os.geteuid()
    )
