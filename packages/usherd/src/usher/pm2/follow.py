"""Follows a request until PM2 would return: when processes were started, or all is over."""

from collections.abc import Collection, Iterator, Mapping

from usher.api.types import EventRecord, Frame, Report
from usher.client import LostError
from usher.pm2.session import Session

_STARTED = frozenset({"started", "ready", "completed"})
_OVER = frozenset({"failed", "start-limit-hit", "held", "refused", "restarting", "timeout"})


def until_started(
    frames: Iterator[Frame], expected: Mapping[str, int], patient: Collection[str]
) -> Report | None:
    """Read frames until `expected` instances of each service were started, or did not manage.

    Services in `patient` say themselves when they are ready: a start is not enough for them.
    Returns the report if it came first. The request itself goes on either way.
    """
    left = dict(expected)
    settled: set[tuple[str, int | None]] = set()
    for frame in frames:
        if frame.report is not None:
            return frame.report
        event = frame.event
        if event is None or (event.service, event.slot) in settled:
            continue
        if event.service in left and _settles(event, patient):
            settled.add((event.service, event.slot))
            left[event.service] -= 1
            if not any(count > 0 for count in left.values()):
                return None
    return None


def _settles(event: EventRecord, patient: Collection[str]) -> bool:
    if event.event in _OVER or event.event == "ready":
        return True
    return event.event in _STARTED and event.service not in patient


def to_the_end(frames: Iterator[Frame]) -> Report:
    """Read frames until the report. Raises LostError when it never comes."""
    for frame in frames:
        if frame.report is not None:
            return frame.report
    raise LostError(
        "cannot tell how it ended: the daemon ended first",
        hint="the request goes on when it is back; see `usher list`",
    )


def explain(report: Report | None, session: Session) -> bool:
    """Say why a request failed, with the last lines of output; tell whether it did not."""
    if report is None or report.outcome in ("done", "superseded", "timeout"):
        return True
    reason = ": ".join(part for part in (report.result, report.detail) if part)
    tails = [f"{tail.service} | {line}" for tail in report.tails for line in tail.lines]
    session.voice.error(f"{report.outcome}: {reason}", details=tails)
    return False
