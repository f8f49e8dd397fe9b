"""What people may do about an incident, and when: `take(incident, act, ...) -> care`."""

import re
from typing import Final

from msgspec.structs import replace

from usher.model.care import (
    LONGEST,
    MOST,
    Acknowledged,
    Act,
    Care,
    Close,
    Closed,
    Finish,
    LookAfter,
    Prevent,
    Prevention,
)
from usher.model.incident import Incident


class CareError(Exception):
    """It cannot be done; the message says why, the hint what to do instead."""

    def __init__(self, message: str, hint: str = "") -> None:
        """Take both."""
        super().__init__(message)
        self.hint = hint


def take(incident: Incident, act: Act, by: str, at: float) -> Care:
    """Return what people have done about it, with this act. Raises CareError."""
    care = incident.care
    if care.closed is not None:
        raise CareError(f"its report was closed by {care.closed.by}", _SHOW.format(incident.id))
    match act:
        case LookAfter(note):
            return replace(care, acknowledged=_acknowledged(incident, note, by, at))
        case Prevent():
            return replace(care, preventions=(*care.preventions, _prevention(incident, act)))
        case Finish(number):
            return replace(care, preventions=_finished(incident, number, at))
        case Close(reason):
            return replace(care, closed=_closed(incident, reason, by, at))


_SHOW: Final = "usher incident show {}"

_DAY: Final = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", re.ASCII)


def _acknowledged(incident: Incident, note: str, by: str, at: float) -> Acknowledged:
    """The first time stays: it says how long nobody knew."""
    if incident.state == "closed":
        raise CareError("it is over", f"usher incident close {incident.id}")
    before = incident.care.acknowledged
    note = _bounded(note)
    if before is None:
        return Acknowledged(at, by, note)
    return replace(before, by=by, note=note or before.note)


def _prevention(incident: Incident, act: Prevent) -> Prevention:
    text = _bounded(act.text)
    if not text:
        hint = f"usher incident prevent {incident.id} 'what prevents it'"
        raise CareError("the measure is missing", hint)
    if len(incident.care.preventions) >= MOST:
        raise CareError(f"it has {MOST} measures already", "finish what is there")
    return Prevention(text, act.kind, _bounded(act.owner), _day(act.due))


def _day(text: str) -> str:
    if text and not _DAY.fullmatch(text):
        raise CareError(f"{text!r} is no day", "as in 2026-11-30")
    return text


def _finished(incident: Incident, number: int, at: float) -> tuple[Prevention, ...]:
    measures = incident.care.preventions
    if not 1 <= number <= len(measures):
        count = f"it has {len(measures)}" if measures else "it has none"
        raise CareError(f"there is no measure {number}: {count}", _SHOW.format(incident.id))
    done = measures[number - 1]
    done = done if done.done is not None else replace(done, done=at)
    return (*measures[: number - 1], done, *measures[number:])


def _closed(incident: Incident, reason: str, by: str, at: float) -> Closed:
    if incident.state != "closed":
        raise CareError(
            "it is not over: usher says so after a minute of being well",
            _SHOW.format(incident.id),
        )
    reason = _bounded(reason)
    if not incident.care.preventions and not reason:
        raise CareError(
            "nothing prevents it from coming back",
            f"usher incident prevent {incident.id} 'what prevents it', or --no-prevention REASON",
        )
    return Closed(at, by, reason)


def _bounded(text: str) -> str:
    flat = " ".join(text.split())
    if len(flat) > LONGEST:
        raise CareError(f"{len(flat)} characters are too many", f"at most {LONGEST}")
    return flat


def merged(whole: Care, part: Care) -> Care:
    """Return the care of an incident that another one turned out to belong to."""
    seen = [each for each in (whole.acknowledged, part.acknowledged) if each is not None]
    return Care(
        acknowledged=min(seen, key=lambda each: each.at, default=None),
        preventions=(*whole.preventions, *part.preventions)[:MOST],
        closed=whole.closed,
    )


def in_force(incident: Incident, care: Care) -> Care:
    """Return what counts now: a report that was closed is open again when the trouble came back."""
    if care.closed is None or (incident.closed is not None and care.closed.at >= incident.closed):
        return care
    return replace(care, closed=None)
