"""What a person is told, and when: `advance(desk, sights, plan, now) -> (desk, messages)`.

Theory: of every topic (a service and its kind of trouble, or a finding) the desk remembers what
people believe: that it is open or that it is over. They are told when that is no longer so, at
once, with three exceptions. What has come back is told to be over only when it has stayed calm for
a while, so that a hundred flaps are a handful of messages. What goes on is told again after growing
pauses. And nothing is told while it is muted, or in quiet hours unless it is urgent; what people
believe is put right afterwards. No clock is read.
"""

from collections.abc import Iterable, Iterator
from typing import Final, Literal, NamedTuple

import msgspec
from msgspec.structs import replace

from usher.model.alert import SEVERITIES, Alert, AlertPlan, Message, Mute
from usher.model.incident import Severity
from usher.model.value import Value

CALM: Final = 900.0
"""Seconds of being well after which trouble that came back is over, and the next one is new."""

GRACE: Final = 5.0
"""Seconds that the first message waits for a cause and a first action, to say them, too."""

PAST: Final = 50
"""Alerts that a digest names at most."""

DAY: Final = 86400.0


class Moment(NamedTuple):
    """An instant as people live it."""

    wall: float
    """Seconds since 1970."""
    offset: float = 0.0
    """Seconds by which local time is ahead of UTC."""

    @property
    def minute(self) -> int:
        """Minute of the local day."""
        return int((self.wall + self.offset) % DAY // 60)


class Sight(NamedTuple):
    """An alert as it is now."""

    key: str
    alert: Alert


class Topic(Value, frozen=True):
    """One key of the desk."""

    alert: Alert
    changed: float
    """When it last opened or was over."""
    believed: Literal["", "open", "resolved"] = ""
    told: float = 0.0
    """When a person was told last."""
    worst: Severity = "minor"
    """The gravest that was told."""
    gave_up: bool = False
    """Whether it was told that nothing more is tried."""
    openings: int = 1
    steps: int = 0
    """Messages since it was calm that told it to be open."""
    acked: bool = False


class Past(Value, frozen=True):
    """An alert that is over."""

    alert: Alert
    told: bool


class Desk(Value, frozen=True):
    """What was told, and what waits to be; survives the daemon."""

    topics: dict[str, Topic] = msgspec.field(default_factory=dict)
    mutes: tuple[Mute, ...] = ()
    past: tuple[Past, ...] = ()
    """Since the last digest."""
    digested: float = 0.0
    sent: int = 0
    """Number of the last message."""
    hushed: bool = False
    """Something was held back by quiet hours."""


class Told(NamedTuple):
    """What one step says."""

    desk: Desk
    messages: tuple[Message, ...]


def advance(desk: Desk, sights: Iterable[Sight], plan: AlertPlan, now: Moment) -> Told:
    """Take what is seen now (nothing: only time has passed) and say what people are told."""
    for sight in sights:
        desk = _seen(desk, sight, now.wall)
    desk = replace(desk, mutes=tuple(each for each in desk.mutes if each.until > now.wall))
    messages: list[Message] = []
    for key, topic in desk.topics.items():
        event = _due(topic, plan, now.wall)
        if event is None:
            continue
        if hushed := _hushed(topic.alert, plan, now):
            desk = replace(desk, hushed=True)
        if hushed or is_muted(desk, topic.alert.subject, now.wall):
            continue
        desk = replace(desk, sent=desk.sent + 1)
        messages.append(_message(desk, topic, event, now.wall))
        desk = _with_topic(desk, key, _after(topic, event, now.wall))
    desk, digest = _digest(_without_calm(desk, now.wall), plan, now)
    return Told(desk, (*messages, *digest))


def next_due(desk: Desk, plan: AlertPlan, now: Moment) -> float | None:
    """Say when `advance` may have something to tell although nothing is seen; wall clock."""
    times = [*_times(desk, plan, now)]
    return min(times, default=None)


def is_muted(desk: Desk, service: str, now: float) -> bool:
    """Tell whether nothing is to be told of a service."""
    return any(each.until > now and each.service in ("", service) for each in desk.mutes)


def mute(desk: Desk, muted: Mute) -> Desk:
    """Tell nothing of a service (or of any) until then."""
    return replace(unmute(desk, muted.service), mutes=(*unmute(desk, muted.service).mutes, muted))


def unmute(desk: Desk, service: str) -> Desk:
    """Tell again; without a name everything."""
    kept = (each for each in desk.mutes if service and each.service != service)
    return replace(desk, mutes=tuple(kept))


def acknowledge(desk: Desk, wanted: str) -> tuple[Desk, tuple[Alert, ...]]:
    """Somebody looks after an alert (by id) or all of a service: no reminders; names which."""
    found: list[Alert] = []
    for key, topic in desk.topics.items():
        alert = topic.alert
        if alert.state == "open" and wanted.lower() in (alert.id.lower(), alert.subject.lower()):
            alert = replace(alert, state="ack")
            desk = _with_topic(desk, key, replace(topic, acked=True, alert=alert))
            found.append(alert)
    return desk, tuple(found)


def taken_in(desk: Desk, part: str, whole: Sight | None) -> Desk:
    """An incident (by id) is part of another one: what people believe of it goes for that.

    Without `whole` it is no topic any more.
    """
    topics = dict(desk.topics)
    for key, topic in desk.topics.items():
        if topic.alert.id == part:
            del topics[key]
            if whole is not None and whole.key not in topics:
                topics[whole.key] = replace(topic, alert=whole.alert)
    return replace(desk, topics=topics)


def present(desk: Desk) -> list[Alert]:
    """Everything that is not over, oldest first."""
    alerts = (topic.alert for topic in desk.topics.values())
    return sorted((e for e in alerts if e.state != "resolved"), key=lambda each: each.first_seen)


# -- what is seen ------------------------------------------------------------------------------


def _seen(desk: Desk, sight: Sight, now: float) -> Desk:
    topic, alert = desk.topics.get(sight.key), sight.alert
    if topic is None:
        if alert.state == "resolved":  # over before anybody knew of it
            return replace(desk, past=(*desk.past, Past(alert, told=False))[-PAST:])
        return _with_topic(desk, sight.key, Topic(alert, now))
    was_open = topic.alert.state != "resolved"
    if alert.state == "resolved":
        if not was_open:
            return desk
        past = (*desk.past, Past(alert, told=topic.believed == "open"))[-PAST:]
        topic = replace(topic, alert=alert, changed=now, acked=False)
        return _with_topic(replace(desk, past=past), sight.key, topic)
    again = not was_open or alert.id != topic.alert.id
    topic = replace(
        topic,
        alert=replace(alert, state="ack") if topic.acked and not again else alert,
        acked=topic.acked and not again,
        changed=topic.changed if was_open else now,
        openings=topic.openings + again,
    )
    return _with_topic(desk, sight.key, topic)


def _without_calm(desk: Desk, now: float) -> Desk:
    """Forget what has been over for long enough, and is known to be."""
    kept = {key: topic for key, topic in desk.topics.items() if not _is_calm(topic, now)}
    return desk if len(kept) == len(desk.topics) else replace(desk, topics=kept)


def _is_calm(topic: Topic, now: float) -> bool:
    over = topic.alert.state == "resolved" and topic.believed != "open"
    return over and now >= topic.changed + CALM


# -- what is told ------------------------------------------------------------------------------

_Event = Literal["detected", "again", "worse", "reminder", "resolved"]


def _due(topic: Topic, plan: AlertPlan, now: float) -> _Event | None:
    """Say what has to be told of a topic now, if anybody may be told."""
    at = _due_at(topic, plan)
    if at is None or now < at:
        return None
    if topic.alert.state == "resolved":
        return "resolved"
    if topic.believed != "open":
        return "detected" if topic.steps == 0 else "again"
    return "worse" if _is_worse(topic) else "reminder"


def _due_at(topic: Topic, plan: AlertPlan) -> float | None:
    """Say from when on something has to be told of a topic; None: nothing as things stand."""
    alert = topic.alert
    if alert.state == "resolved":
        if topic.believed != "open":
            return None
        return topic.changed if topic.openings == 1 else topic.changed + CALM
    if topic.believed != "open":
        waits = alert.kind != "finding" and not alert.cause and not alert.gave_up
        return topic.changed + GRACE if waits and topic.steps == 0 else topic.changed
    if _is_worse(topic):
        return topic.changed
    return None if topic.acked else topic.told + pause(plan, topic.steps)


def pause(plan: AlertPlan, steps: int) -> float:
    """Say how long to wait after the nth message that something is open."""
    return plan.repeat[min(steps, len(plan.repeat)) - 1]


def _is_worse(topic: Topic) -> bool:
    """Tell whether it is graver than was told: more is broken, or usher has given up."""
    graver = SEVERITIES.index(topic.alert.severity) > SEVERITIES.index(topic.worst)
    return graver or (topic.alert.gave_up and not topic.gave_up)


def _after(topic: Topic, event: _Event, now: float) -> Topic:
    if event == "resolved":
        return replace(topic, believed="resolved", told=now)
    return replace(
        topic,
        believed="open",
        told=now,
        steps=topic.steps + 1,
        worst=max(topic.worst, topic.alert.severity, key=SEVERITIES.index),
        gave_up=topic.gave_up or topic.alert.gave_up,
    )


def _message(desk: Desk, topic: Topic, event: _Event, now: float) -> Message:
    return Message(
        id=_id(desk, now),
        event=event,
        at=now,
        alert=topic.alert,
        openings=topic.openings,
    )


def _id(desk: Desk, now: float) -> str:
    """Of plain characters only: it travels in headers."""
    return f"{now:.3f}-{desk.sent}"


def _with_topic(desk: Desk, key: str, topic: Topic) -> Desk:
    return replace(desk, topics={**desk.topics, key: topic})


# -- quiet hours and digests -------------------------------------------------------------------


def is_quiet(plan: AlertPlan, now: Moment) -> bool:
    """Tell whether it is within quiet hours, which may go over midnight."""
    quiet = plan.quiet
    if quiet is None:
        return False
    if quiet.begin <= quiet.end:
        return quiet.begin <= now.minute < quiet.end
    return now.minute >= quiet.begin or now.minute < quiet.end


def _hushed(alert: Alert, plan: AlertPlan, now: Moment) -> bool:
    if plan.quiet is None or not is_quiet(plan, now):
        return False
    return SEVERITIES.index(alert.severity) < SEVERITIES.index(plan.quiet.urgent)


def _digest(desk: Desk, plan: AlertPlan, now: Moment) -> Told:
    """Sum up: once a day where that is wanted, and after quiet hours what came and went in them."""
    if desk.digested == 0.0:
        desk = replace(desk, digested=now.wall)  # nothing happened before the first look
    daily = plan.digest is not None and _last(plan.digest, now) > desk.digested
    if is_quiet(plan, now) or is_muted(desk, "", now.wall):
        return Told(desk, ())
    missed = desk.hushed and any(not each.told for each in desk.past)
    desk = replace(desk, hushed=False)
    if not (daily or missed):
        return Told(desk, ())
    sent = desk.sent + 1
    message = Message(
        id=_id(replace(desk, sent=sent), now.wall),
        event="digest",
        at=now.wall,
        past=tuple(each.alert for each in desk.past),
        present=tuple(present(desk)),
    )
    return Told(replace(desk, past=(), digested=now.wall, sent=sent), (message,))


def _times(desk: Desk, plan: AlertPlan, now: Moment) -> Iterator[float]:
    for topic in desk.topics.values():
        at = _due_at(topic, plan)
        if at is not None:
            hushed = _hushed(topic.alert, plan, now)
            muted = is_muted(desk, topic.alert.subject, now.wall)
            if not (hushed or muted):
                yield at
    if plan.quiet is not None and (desk.hushed or plan.digest is not None):
        yield _next(plan.quiet.end, now)
    if plan.digest is not None:
        yield _next(plan.digest, now)
    yield from (each.until for each in desk.mutes)


def _last(minute: int, now: Moment) -> float:
    """The last time that it was this minute of the local day."""
    local = now.wall + now.offset
    today = local - local % DAY + minute * 60 - now.offset
    return today if today <= now.wall else today - DAY


def _next(minute: int, now: Moment) -> float:
    return _last(minute, now) + DAY
