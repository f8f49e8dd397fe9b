"""Tells people of trouble: incidents as they open and close, and findings of the drift watch.

What is told and when is decided in `usher.alerts.telling`; `runtime.alert_queue` delivers. What was
told and what waits survive the daemon.
"""

import asyncio
import logging
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

import msgspec
from msgspec.structs import replace

from usher.alerts import findings, of_incident, telling, text
from usher.alerts.findings import Sighted
from usher.alerts.telling import Desk, Moment, Sight
from usher.api.alerts import ChannelStatus
from usher.config import alerts_file
from usher.host import identity
from usher.host.programs import folders_of
from usher.model.alert import SEVERITIES, Alert, Channel, Message, Mute
from usher.model.finding import Finding
from usher.model.incident import Incident
from usher.model.world import World
from usher.policy.standing import standing
from usher.runtime import alert_log
from usher.runtime.alert_queue import AlertQueue, Delivery, Helpers, Redactor, shown
from usher.runtime.files import write_atomically

log = logging.getLogger(__name__)

PLAN_AGE: Final = 5.0
"""Seconds for which the files that say who is told are not read again."""

SHORTEST: Final = 0.05
"""Seconds until the next look at the earliest, so that no mistake becomes a busy loop."""

LONGEST: Final = 3600.0
"""Seconds until the next look at the latest: the wall clock may be set."""


class Office(Protocol):
    """What alerts need of the supervised system."""

    home: Path

    @property
    def world(self) -> World:
        """The present state."""
        ...

    @property
    def redacting(self) -> Redactor:
        """What takes secrets out of what is said."""
        ...


class _Memory(msgspec.Struct):
    """What the next daemon has to know."""

    book: dict[str, Sighted] = {}
    desk: Desk = Desk()
    waiting: list[Delivery] = []
    delivered: dict[str, float] = {}


class Alerting:
    """One a daemon. `note` takes an event and its detail; `now` is the wall clock."""

    def __init__(
        self,
        office: Office,
        helpers: Helpers,
        note: Callable[[str, str], None],
        now: Callable[[], float],
    ) -> None:
        self._log = office.home / "alerts.jsonl"
        self._state = office.home / "state" / "alerts.json"
        self._office = office
        self._note = note
        self._now = now
        memory = _read(self._state)
        self._book, self.desk = memory.book, memory.desk
        self.queue = AlertQueue(helpers, office.redacting, note, self._tried, now)
        self.queue.waiting, self.queue.delivered = memory.waiting, memory.delivered
        self.role = ""
        """Of this host, as the drift watch knows it."""
        self._found = alerts_file.Found()
        self._read_at = -PLAN_AGE
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False

    @property
    def open(self) -> list[Alert]:
        """Everything that is not over, oldest first."""
        return telling.present(self.desk)

    def begin(self) -> None:
        """Go on where the last daemon ended."""
        if self.desk.topics or self.queue.waiting or self.found().plan.digest is not None:
            self._step(())

    def look(self, found: Iterable[Finding], role: str) -> None:
        """Take what the drift watch found in one look."""
        self.role = role
        troubled = [e.subject for e in self.open if e.kind != "finding"]
        told = findings.without_incidents(found, troubled)
        seen = findings.look(self._book, told, self._now(), socket.gethostname(), role)
        self._book = seen.book
        self._step(seen.sights)

    def tell(self, incidents: Sequence[Incident]) -> None:
        """Take incidents that changed."""
        host = socket.gethostname()
        whole = [each for each in incidents if each.part_of is None]
        sights = {each.number: self._sight_of(each, host) for each in whole}
        for each in incidents:
            if each.part_of is not None:
                self.desk = telling.taken_in(self.desk, each.id, sights.get(each.part_of))
        self._step([*sights.values()])

    def _sight_of(self, incident: Incident, host: str) -> Sight:
        sight = of_incident.sight_of(incident, host, self.role)
        return sight._replace(alert=self._as_it_stands(sight.alert))

    def _as_it_stands(self, alert: Alert) -> Alert:
        """Say of an alert how much works now of what it is about."""
        world = self._office.world
        found = (standing(world, service) for service in alert.impact)
        return replace(alert, standing=tuple(each for each in found if each is not None))

    def mute(self, muted: Mute) -> None:
        """Tell nothing of a service (or of any) until then."""
        what = muted.service or "all"
        self._note("alert-muted", f"{what}: nothing is told until {shown(muted.until)}")
        self.desk = telling.mute(self.desk, muted)
        self._step(())
        self._save()

    def unmute(self, service: str) -> None:
        """Tell again; without a name everything."""
        self._note("alert-muted", f"{service or 'all'}: told again")
        self.desk = telling.unmute(self.desk, service)
        self._step(())
        self._save()

    def acknowledge(self, wanted: str) -> tuple[Alert, ...]:
        """Send no more reminders of an alert (by id) or a service; returns which."""
        self.desk, alerts = telling.acknowledge(self.desk, wanted)
        for alert in alerts:
            self._note("alert-acknowledged", f"{alert.id} ({alert.subject})")
        self._step(())
        self._save()
        return alerts

    async def test(self, names: Sequence[str]) -> dict[str, str]:
        """Send a test to channels (all without names); say for each what went wrong, or ""."""
        chosen = [e for e in self.found().plan.channels if not names or e.name in names]
        now = self._now()
        message = Message(f"{now:.3f}-test", "test", now)
        failures = await asyncio.gather(*(self.queue.attempt(each, message) for each in chosen))
        self._tried()
        return {each.name: failure or "" for each, failure in zip(chosen, failures, strict=True)}

    @property
    def is_quiet(self) -> bool:
        """Whether it is within quiet hours."""
        return telling.is_quiet(self.found().plan, self._moment())

    def channels(self) -> list[ChannelStatus]:
        """Say of each channel whether it can be reached."""
        return [self._status_of(each) for each in self.found().plan.channels]

    def failing(self) -> str:
        """Say in one line which channels cannot be reached; empty: all can, as far as is known."""
        failing = [each for each in self.channels() if each.failure]
        if not failing:
            return ""
        told = ", ".join(f"{each.waiting} wait for {each.name!r}" for each in failing)
        return f"alerts cannot be delivered: {told} ({failing[0].failure}); usher alert list"

    def _status_of(self, channel: Channel) -> ChannelStatus:
        waiting = [each for each in self.queue.waiting if each.channel == channel.name]
        return ChannelStatus(
            name=channel.name,
            kind=type(channel.way).__name__.lower(),
            severity=channel.severity,
            language=channel.language,
            waiting=len(waiting),
            failure=waiting[0].failure if waiting else "",
            failing_since=waiting[0].since if waiting and waiting[0].failure else None,
            delivered=self.queue.delivered.get(channel.name),
        )

    def found(self, *, anew: bool = False) -> alerts_file.Found:
        """Say who is told, and what is wrong with the files that say so.

        One that cannot be used any more leaves in force what it said when it could.
        """
        now = time.monotonic()
        if anew or now - self._read_at >= PLAN_AGE:
            self._read_at = now
            found = alerts_file.find(self._folders())
            broken = any(each.severity == "error" for each in found.findings)
            if broken and found.findings != self._found.findings:
                told = "; ".join(map(str, found.findings))
                self._note("alert-faulty", self._office.redacting.text(told))
            plan = self._found.plan if broken and self._found.plan.channels else found.plan
            self._found = found._replace(plan=plan)
        return self._found

    def _folders(self) -> Iterator[str]:
        """Name the folders whose alerts file counts: of the host, then of the apps."""
        yield from identity.guard_folders(str(self._office.home))
        for service in self._office.world.services.values():
            yield from folders_of(service.spec)

    def close(self) -> None:
        """Leave what waits to the next daemon."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        self.queue.close()

    def _step(self, sights: Sequence[Sight]) -> None:
        """Decide, deliver, and come back when there may be more to tell."""
        plan = self.found().plan
        before = self.desk
        self.desk, messages = telling.advance(before, sights, plan, self._moment())
        for message in messages:
            self._tell(message, plan.channels)
        if messages or _states(self.desk) != _states(before):
            self._save()
        self.queue.deliver(plan)
        self._wake_up()

    def _tell(self, message: Message, channels: Sequence[Channel]) -> None:
        host = socket.gethostname()
        if message.alert is not None:
            message = replace(message, alert=self._as_it_stands(message.alert))
        letter = text.write(message, host, "en", shown)
        self._note("alert", f"{message.event}: {letter.title}")
        alert_log.append(self._log, text.record(message, letter, host), message.at)
        self.queue.add(message, [each for each in channels if _concerns(message, each)])

    def _tried(self) -> None:
        """Something arrived, or did not."""
        if not self._closed:
            self._save()
            self._wake_up()

    def _wake_up(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        plan = self.found().plan
        times = (telling.next_due(self.desk, plan, self._moment()), self.queue.next_due)
        due = min((each for each in times if each is not None), default=None)
        if due is not None:
            wait = min(max(due - self._now(), SHORTEST), LONGEST)
            self._timer = asyncio.get_running_loop().call_later(wait, self._step, ())

    def _moment(self) -> Moment:
        now = self._now()
        offset = datetime.fromtimestamp(now).astimezone().utcoffset()
        return Moment(now, 0.0 if offset is None else offset.total_seconds())

    def _save(self) -> None:
        memory = _Memory(self._book, self.desk, self.queue.waiting, self.queue.delivered)
        try:
            write_atomically(self._state, msgspec.json.encode(memory))
        except OSError as error:
            log.warning("cannot keep alerts: %s", error)


def _states(desk: Desk) -> object:
    """What must not be forgotten; how often something was seen may be."""
    return [(key, each.alert.state, each.openings) for key, each in desk.topics.items()]


def _concerns(message: Message, channel: Channel) -> bool:
    """Whether it is grave enough; a digest is for everybody."""
    if message.alert is None:
        return True
    return SEVERITIES.index(message.alert.severity) >= SEVERITIES.index(channel.severity)


def _read(path: Path) -> _Memory:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Memory)
    except FileNotFoundError:
        return _Memory()
    except (OSError, msgspec.DecodeError) as error:
        log.warning("cannot read alerts: %s", error)
        return _Memory()
