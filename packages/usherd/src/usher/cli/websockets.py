"""WebSocket connections that were closed, in what `usher diagnose` shows: gathered and worded."""

import math
from collections import deque
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from usher.api.text import printable
from usher.api.types import EventRecord, LogLine, ServiceStatus
from usher.client import Client
from usher.diagnosis.close_codes import End, Row, Said, closings, ends, may_tell, table
from usher.diagnosis.lines import plain, time_of

EVENTS: Final = 1000
"""Latest events of the home among which ends of processes and answers of probes are looked for."""

_MOST: Final = 10_000
"""Lines that are kept of a long log: the latest count."""


def of_service(client: Client, service: ServiceStatus, lines: Sequence[LogLine]) -> list[Row]:
    """Count what its log and its probes tell; what ended may be itself or what it depends on."""
    said = [Said(line.time_ns / 1e9, plain(line.line)) for line in lines if may_tell(line.line)]
    probes = [Said(math.nan, each.last) for one in service.instances for each in one.probes]
    if not closings([*said, *probes]):
        return []
    events = list(client.events(lines=EVENTS))
    said += [
        Said(_seconds(each.time), each.detail)
        for each in events
        if each.service == service.name and each.event == "probe-failing"
    ]
    concerned = {service.name, *service.depends_on}
    ended = [_end(each) for each in events if each.service in concerned and each.event == "exited"]
    return table(closings(said), ended, _span([each.at for each in said]))


class OfLog:
    """The same of a log alone: it gives its own times, and may tell of ends itself."""

    def __init__(self) -> None:
        """Begin before its first line."""
        self._said: deque[Said] = deque(maxlen=_MOST)

    def take(self, line: str) -> None:
        """Look at a line."""
        if may_tell(line):
            self._said.append(Said(_seconds(time_of(line)), plain(line)))

    def table(self) -> list[Row]:
        """Count what was found so far."""
        times = [each.at for each in self._said]
        return table(closings(self._said), ends(self._said), _span(times))


def lines(rows: Sequence[Row]) -> Iterator[str]:
    """Word the table for a terminal; nothing where no connection was closed."""
    if not rows:
        return
    yield "WebSocket connections that were closed, by code:"
    for row in rows:
        yield f"   {row.code}  {row.closings:>5} x  {_rate(row):<14}  {_words(row)}"


def markdown(rows: Sequence[Row]) -> Iterator[str]:
    """Word the table as Markdown."""
    if not rows:
        return
    yield "WebSocket connections that were closed:"
    yield ""
    yield "| Code | Count | Rate | What it says |"
    yield "|---|---|---|---|"
    for row in rows:
        yield f"| {row.code} | {row.closings} | {_rate(row)} | {_words(row)} |"
    yield ""


def _words(row: Row) -> str:
    if not row.cause:
        return row.meaning
    share = "all" if row.explained == row.closings else str(row.explained)
    return printable(f"{row.meaning}; {share} {row.cause}")


def _rate(row: Row) -> str:
    return "" if row.per_minute is None else f"{row.per_minute:.2g} a minute"


def _end(event: EventRecord) -> End:
    at = datetime.fromisoformat(event.time)
    return End(at.timestamp(), f"{event.service} at {at:%H:%M:%S} ({event.detail})")


def _seconds(time: str) -> float:
    """Seconds since 1970; NaN for what is no time with a date. Without a zone it is that of here.

    A stamp of syslog has no year, so nothing can be near it.
    """
    try:
        return datetime.fromisoformat(time.replace(",", ".")).timestamp()
    except ValueError:
        return math.nan


def _span(times: Sequence[float]) -> float | None:
    known = [time for time in times if not math.isnan(time)]
    return max(known) - min(known) if known else None
