"""WebSocket connections that were closed, in what `usher diagnose` shows: gathered and worded."""

import math
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, TypeAlias

from usher.api.text import fit, printable
from usher.api.types import EventRecord, LogLine, ServiceStatus
from usher.client import Client
from usher.diagnosis.close_codes import End, Row, Said, closings, ends, may_tell, table
from usher.diagnosis.lines import plain, time_of

Words: TypeAlias = Mapping[str, str]
"""Of usher.diagnosis.wording."""
Translate: TypeAlias = Callable[[str], str]
"""Puts a sentence of ours into the reader's language."""

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


def lines(rows: Sequence[Row], words: Words, said: Translate) -> Iterator[str]:
    """Word the table for a terminal; nothing where no connection was closed."""
    if not rows:
        return
    yield words["closed"]
    for row in rows:
        rate = fit(_rate(row, words), 14)
        yield f"   {row.code}  {row.closings:>5} x  {rate}  {_words(row, words, said)}"


def markdown(rows: Sequence[Row], words: Words, said: Translate) -> Iterator[str]:
    """Word the table as Markdown."""
    if not rows:
        return
    yield words["closed.title"]
    yield ""
    yield words["closed.head"]
    yield "|---|---|---|---|"
    for row in rows:
        told = _words(row, words, said)
        yield f"| {row.code} | {row.closings} | {_rate(row, words)} | {told} |"
    yield ""


def _words(row: Row, words: Words, said: Translate) -> str:
    meaning, cause = said(row.meaning), said(row.cause)
    if not cause:
        return meaning
    key = "closed.all" if row.explained == row.closings else "closed.some"
    return printable(words[key].format(meaning=meaning, count=row.explained, cause=cause))


def _rate(row: Row, words: Words) -> str:
    if row.per_minute is None:
        return ""
    return words["closed.rate"].format(rate=f"{row.per_minute:.2g}")


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
