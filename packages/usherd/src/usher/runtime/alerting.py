"""Tells people of findings: a book of what is open, a log of what was told, and a queue to deliver.

What is told and when is decided in `usher.guard.alerts`. A delivery is a helper of the keeper, so a
hanging web service delays nothing; one that fails is told in the event stream and tried again.
"""

import asyncio
import logging
import math
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec

from usher.guard import alerts
from usher.keeper import wire
from usher.model.alert import Alert, Channel, Command, Webhook
from usher.model.finding import Finding
from usher.model.value import Value
from usher.runtime.files import write_atomically
from usher.runtime.keeper_channel import KeeperGoneError, RefusedError

log = logging.getLogger(__name__)

LOG_SIZE: Final = 10 * 1024 * 1024
"""Bytes at which the log of alerts is rotated; one older file is kept ..."""

LOG_AGE: Final = 7 * 86400.0
"""... and seconds after which its first alert is old enough for that."""

DELAYS: Final = (5.0, 30.0, 120.0, 600.0, 3600.0)
"""Seconds until a delivery is tried again; the last one is repeated."""

GIVE_UP: Final = 86400.0
"""Seconds after which an alert is no news any more."""

QUEUE: Final = 200
"""Deliveries that wait at most; beyond them the oldest is dropped, and that is told."""

HELPER_TIME: Final = 30.0

_POST: Final = str(Path(__file__).with_name("alert_post.py"))
"""Posts one; a program of its own, and what it imports would be 3 MiB here."""


class Helpers(Protocol):
    """The keeper, as far as deliveries go."""

    async def run_helper(self, argv: Sequence[str], /, **fields: Any) -> wire.Message:
        """Run a program and wait for its end. Raises RefusedError, KeeperGoneError."""
        ...


class Delivery(Value, frozen=True):
    """One alert on its way to one channel."""

    alert: Alert
    channel: Channel
    since: float
    due: float
    tries: int = 0


class _Memory(msgspec.Struct):
    """What the next daemon has to know."""

    book: dict[str, Alert] = {}
    waiting: list[Delivery] = []


class Alerting:
    """One a daemon. `note` takes an event and its detail; `now` is the wall clock."""

    def __init__(
        self,
        home: Path,
        helpers: Helpers,
        note: Callable[[str, str], None],
        now: Callable[[], float],
    ) -> None:
        self._log = home / "alerts.jsonl"
        self._state = home / "state" / "alerts.json"
        self._helpers = helpers
        self._note = note
        self._now = now
        self._memory = _read(self._state)
        self._work: asyncio.Task[None] | None = None

    @property
    def open(self) -> list[Alert]:
        """Everything that is not over, oldest first."""
        return sorted(self._memory.book.values(), key=lambda each: each.first_seen)

    @property
    def is_busy(self) -> bool:
        """Whether something is being delivered."""
        return self._work is not None and not self._work.done()

    def take(
        self, findings: Iterable[Finding], channels: Sequence[Channel], host: str, role: str
    ) -> None:
        """Take one look into the book; tell what is news."""
        now = self._now()
        result = alerts.fold(self._memory.book, findings, now, host, role)
        self._memory.book = result.book
        for alert in result.news:
            self._tell(alert, channels, now)
        if result.news:
            self._save()
        self.deliver()

    def deliver(self) -> None:
        """Go on with what waits."""
        if self._memory.waiting and not self.is_busy:
            self._work = asyncio.create_task(self._deliver_due())

    def close(self) -> None:
        """Leave what waits to the next daemon."""
        if self._work is not None:
            self._work.cancel()

    def _tell(self, alert: Alert, channels: Sequence[Channel], now: float) -> None:
        self._note("alert", f"{alert.state}: {alert.rule}: {alert.evidence}")
        log_alert(self._log, alert)
        for channel in channels:
            self._memory.waiting.append(Delivery(alert, channel, now, now))
        if dropped := self._memory.waiting[:-QUEUE]:
            del self._memory.waiting[:-QUEUE]
            self._note("alert-lost", f"{len(dropped)} alerts are too many to deliver")

    async def _deliver_due(self) -> None:
        while due := [each for each in self._memory.waiting if each.due <= self._now()]:
            delivery = due[0]
            failure = await self._try(delivery)
            self._memory.waiting.remove(delivery)
            if failure is not None:
                self._put_off(delivery, failure)
        self._save()

    def _put_off(self, delivery: Delivery, failure: str) -> None:
        now, tries = self._now(), delivery.tries + 1
        words = f"{delivery.alert.rule} ({delivery.alert.subject}) to {delivery.channel}: {failure}"
        if now - delivery.since > GIVE_UP:
            self._note("alert-lost", f"cannot deliver {words}; given up after a day")
            return
        if delivery.tries == 0:
            self._note("alert-late", f"cannot deliver {words}; it is tried again")
        due = now + DELAYS[min(tries, len(DELAYS)) - 1]
        self._memory.waiting.append(
            Delivery(delivery.alert, delivery.channel, delivery.since, due, tries)
        )

    async def _try(self, delivery: Delivery) -> str | None:
        """Deliver; returns what went wrong."""
        env = {"USHER_ALERT": msgspec.json.encode(delivery.alert).decode()}
        match delivery.channel:
            case Command(argv=argv):
                words = list(argv)
                env["PATH"] = os.environ.get("PATH", os.defpath)
            case Webhook(url=url):
                words = [sys.executable, "-I", _POST, url]
        try:
            done = await self._helpers.run_helper(words, env=env, cwd="/", timeout=HELPER_TIME)
        except (KeeperGoneError, RefusedError) as error:
            return str(error) or "there is no keeper"
        if done["status"] == {"code": 0}:
            return None
        said = str(done["output"]).strip()[-200:]
        return (
            "it took too long" if done["timed_out"] else said or f"it ended with {done['status']}"
        )

    def _save(self) -> None:
        try:
            write_atomically(self._state, msgspec.json.encode(self._memory))
        except OSError as error:
            log.warning("cannot keep alerts: %s", error)


def _read(path: Path) -> _Memory:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Memory)
    except FileNotFoundError:
        return _Memory()
    except (OSError, msgspec.DecodeError) as error:
        log.warning("cannot read alerts: %s", error)
        return _Memory()


def log_alert(path: Path, alert: Alert) -> None:
    """Append to the log of alerts (0600), which is rotated by size and age."""
    try:
        if _first_seen(path) < alert.last_seen - LOG_AGE:
            path.replace(path.with_name(f"{path.name}.1"))
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
        with os.fdopen(os.open(path, flags, 0o600), "ab") as file:
            file.write(msgspec.json.encode(alert) + b"\n")
            full = file.tell() > LOG_SIZE
        if full:
            path.replace(path.with_name(f"{path.name}.1"))
    except OSError as error:
        log.warning("cannot log an alert: %s", error)


def _first_seen(path: Path) -> float:
    """Return when the first alert of a log was seen last; infinity where it has none."""
    try:
        with path.open("rb") as file:
            return msgspec.json.decode(file.readline(), type=Alert).last_seen
    except (FileNotFoundError, msgspec.DecodeError):
        return math.inf
