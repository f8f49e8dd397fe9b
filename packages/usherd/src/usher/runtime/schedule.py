"""Calls at the times of cron expressions: one timer for all of them, none when there are none.

Times are local. A time that a change to summer time leaves out is due right after the gap; one
that the change back repeats is due once, the first time. What was missed by more than a minute
(the host slept, the daemon was away) is left out: a restart at night is not wanted at noon.
"""

import asyncio
import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim

LONGEST_SLEEP: Final = 60.0
"""Seconds after which the wall clock is looked at again: it may have been set, the host slept."""

LATE: Final = 60.0
"""Seconds by which a call may be late and still be made."""


def local_zone(environment: Mapping[str, str] = os.environ) -> tzinfo:
    """Return the time zone of this host, with its rules: $TZ, else /etc/localtime, else UTC."""
    name = environment.get("TZ", "").removeprefix(":")
    try:
        if name:
            return ZoneInfo(name)
        with Path("/etc/localtime").open("rb") as file:
            return ZoneInfo.from_file(file)
    except (ZoneInfoNotFoundError, OSError, ValueError):
        return UTC


def next_time(expression: str, after: datetime) -> datetime | None:
    """Return when an expression (5 fields, or 6 with seconds first) is due next; None: never."""
    return next(CronSim(expression, after), None)


class Schedule:
    """`due(key)` is called at the times of the expression of `key`."""

    def __init__(self, due: Callable[[str], None], now: Callable[[], datetime]) -> None:
        """`now` tells the wall clock with the local zone."""
        self._due = due
        self._now = now
        self._expressions: dict[str, str] = {}
        self._next: dict[str, datetime] = {}
        self._timer: asyncio.TimerHandle | None = None

    def follow(self, expressions: Mapping[str, str]) -> None:
        """Take these expressions by key; the ones already known keep their next time."""
        now = self._now()
        for key in set(self._expressions) - set(expressions):
            self._next.pop(key, None)
        for key, expression in expressions.items():
            if self._expressions.get(key) != expression:
                self._plan(key, expression, now)
        if self._expressions != expressions:
            self._expressions = dict(expressions)
            self._rearm()

    def close(self) -> None:
        """Call nothing any more."""
        if self._timer is not None:
            self._timer.cancel()

    def _plan(self, key: str, expression: str, after: datetime) -> None:
        at = next_time(expression, after)
        if at is None:
            self._next.pop(key, None)
        else:
            self._next[key] = at

    def _rearm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._next:
            wait = (min(self._next.values()) - self._now()).total_seconds()
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(min(max(0.0, wait), LONGEST_SLEEP), self._look)

    def _look(self) -> None:
        now = self._now()
        for key, at in list(self._next.items()):
            if at <= now:
                self._plan(key, self._expressions[key], now)
                if (now - at).total_seconds() <= LATE:
                    self._due(key)
        self._rearm()
