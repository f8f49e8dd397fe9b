"""Remembers how large apps were when a schedule had them restarted, for the leak that this masks.

A nightly restart keeps a leak from being felt, and nobody looks for it. The rule needs some nights,
so the ends of runs are kept in `state/scheduled.json`, longer than what was measured in between.
"""

import logging
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final, Protocol

import msgspec

from usher.diagnosis import leak, measured
from usher.diagnosis.leak import RunEnd
from usher.diagnosis.measured import Observed
from usher.diagnosis.signature import Signature
from usher.diagnosis.signatures import measured as faults
from usher.model import actions as act
from usher.model import events as ev
from usher.model.world import World
from usher.policy import status
from usher.runtime import clock, files, processes
from usher.runtime.series import STEP, SeriesStore

log = logging.getLogger(__name__)

KEPT: Final = 8
"""Ends of an instance; the rule looks at four."""


class Office(Protocol):
    """What has to be known."""

    home: Path

    @property
    def world(self) -> World:
        """Return the present state."""
        ...

    def pid(self, key: ev.Key, run: int) -> int | None:
        """Return the main pid of a live run."""
        ...


class Book(Protocol):
    """Who tells what was found (runtime.fault_watch)."""

    def seen(self, key: ev.Key, judged: Mapping[Signature, Observed | None], /) -> None:
        """Take what was looked for in an instance, and what was found."""
        ...


class ScheduledRestarts:
    """One a daemon."""

    def __init__(self, office: Office, series: SeriesStore, book: Book) -> None:
        self._office = office
        self._series = series
        self._book = book
        self._path = office.home / "state" / "scheduled.json"
        self._ends: dict[str, dict[int, tuple[RunEnd, ...]]] = {}
        """By service and slot."""

    def begin(self, services: Collection[str]) -> None:
        """Go on with what an earlier daemon kept of these services."""
        known = _read(self._path)
        self._ends = {name: slots for name, slots in known.items() if name in services}
        for service, slots in self._ends.items():
            for slot in slots:
                self._judge(ev.Key(service, 0, slot))

    def recorded(self, changed: act.Changed) -> None:
        """Take an event: look at an instance that is about to be restarted by its schedule."""
        service, slot = changed.key.service, changed.key.slot
        if changed.event == "deleted":
            if self._ends.pop(service, None) is not None:
                self._keep()
        elif changed.event == "scheduled" and (end := self._look(changed.key, changed.run)):
            slots = self._ends.setdefault(service, {})
            slots[slot] = (*slots.get(slot, ()), end)[-KEPT:]
            self._keep()
            self._judge(changed.key)

    def _look(self, key: ev.Key, run: int) -> RunEnd | None:
        """Sum up the run; None where nothing of it can be seen, as when it is down."""
        now, since = clock.read(), status.alive_since(self._office.world, key)
        pid = self._office.pid(key, run)
        used = None if pid is None else processes.usage(pid)
        if since is None or used is None:
            return None
        uptime = now.boot - since
        series = self._series.find(key.service, key.slot)
        points = [] if series is None else series.points(now.wall - uptime, now.wall)
        samples = [leak.Sample(point.at, point.low) for point in points if point.high]
        samples.append(leak.Sample(now.wall, used.memory))
        pace = STEP if series is None else series.fine.step
        return leak.run_end(samples, now.wall, uptime, pace)

    def _judge(self, key: ev.Key) -> None:
        found = measured.masked_leak(self._ends[key.service][key.slot])
        self._book.seen(key, {faults.MASKED_LEAK: found})

    def _keep(self) -> None:
        try:
            files.write_atomically(self._path, msgspec.json.encode(self._ends))
        except OSError as error:
            log.warning("cannot keep %s: %s", self._path, error.strerror)


def _read(path: Path) -> dict[str, dict[int, tuple[RunEnd, ...]]]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, dict[int, tuple[RunEnd, ...]]])
    except FileNotFoundError:
        return {}
    except (OSError, msgspec.DecodeError) as error:
        log.warning("cannot read %s: %s", path, error)
        return {}
