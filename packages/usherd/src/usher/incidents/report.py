"""The report of an incident: what people want to know, in the order in which they ask.

Every figure comes from a recorded time; what is not known is said to be unknown, never left out.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from usher.incidents.figures import Compared
from usher.incidents.measures import durations
from usher.incidents.wording import WORDS
from usher.model.incident import HOST, Incident
from usher.model.language import Language

Clock = Callable[[float], str]
"""Seconds since 1970 as people read them, in their zone."""

SCHEMA: Final = "usher.incident/1"


class Table(NamedTuple):
    """Rows under a head; without a head the first cell of a row is its name."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Section(NamedTuple):
    """A part of a report; sentences first, then the table."""

    title: str
    lines: tuple[str, ...] = ()
    table: Table | None = None
    code: tuple[str, ...] = ()
    """Commands, to be copied."""


class Report(NamedTuple):
    """A whole report, ready for any way of writing it."""

    title: str
    sections: tuple[Section, ...]


def report(
    incident: Incident, language: Language, clock: Clock, figures: Sequence[Compared] = ()
) -> Report:
    """Put an incident into words, and what was measured around it."""
    writer = _Writer(incident, language, clock)
    measured = (Section(writer.word("figures"), *writer.figures(figures)),) if figures else ()
    return Report(
        title=f"{writer.word('incident')} {incident.id}: {writer.headline()}",
        sections=(
            Section(writer.word("summary"), table=writer.summary()),
            Section(writer.word("what"), lines=writer.story()),
            Section(writer.word("causes"), *writer.causes()),
            Section(writer.word("actions"), *writer.actions()),
            Section(writer.word("times"), table=writer.times()),
            *measured,
            Section(writer.word("timeline"), *writer.timeline()),
            Section(writer.word("commands"), code=writer.commands()),
        ),
    )


class _Writer:
    """Words for one incident."""

    def __init__(self, incident: Incident, language: Language, clock: Clock) -> None:
        self._incident = incident
        self._words = WORDS[language]
        self._clock = clock

    def word(self, key: str, **values: object) -> str:
        return self._words[key].format(**values)

    def headline(self) -> str:
        return f"{self._incident.service}, {self.word(f'kind.{self._incident.kind}')}"

    def summary(self) -> Table:
        incident = self._incident
        rows = (
            ("state", self.word(f"state.{incident.state}")),
            ("severity", self.word(f"severity.{incident.severity}")),
            ("services", ", ".join(incident.services)),
            ("occurred", self._began()),
            ("detected", f"{self._clock(incident.detected)} ({incident.rule})"),
            ("cause_found", self._time(incident.cause_found)),
            ("acted", self._time(incident.acted)),
            ("recovered", self._time(incident.recovered)),
            ("closed", self._time(incident.closed)),
        )
        return Table((), tuple((self.word(key), value) for key, value in rows))

    def story(self) -> tuple[str, ...]:
        incident = self._incident
        told = [self.word(f"told.{incident.kind}", service=incident.service)]
        if len(incident.services) > 1:
            names = ", ".join(incident.services)
            told.append(self.word("reached", count=len(incident.services), services=names))
        if incident.relapses:
            told.append(self.word("relapses", count=incident.relapses))
        whole = durations(incident).whole
        if whole is None:
            told.append(self.word("not_mended"))
        else:
            told.append(self.word("mended", duration=self._duration(whole)))
        return tuple(told)

    def causes(self) -> tuple[tuple[str, ...], Table | None]:
        incident = self._incident
        if not incident.causes:
            return (self.word("no_cause"),), None
        lines = [self.word("none_certain")] if incident.cause_found is None else []
        if incident.excluded:
            lines.append(self.word("excluded", areas="; ".join(incident.excluded)))
        if incident.evidence:
            lines.append(self.word("kept", paths=", ".join(incident.evidence)))
        head = tuple(map(self.word, ("causes", "confidence", "found", "evidence", "restart")))
        rows = tuple(
            (
                f"{cause.id}: {cause.text}",
                f"{cause.confidence:.0%}",
                self.word("times_found", count=cause.count),
                "; ".join(filter(None, (*cause.evidence, cause.place))) or self.word("unknown"),
                self.word(f"restart.{cause.restart}"),
            )
            for cause in incident.causes
        )
        return tuple(lines), Table(head, rows)

    def actions(self) -> tuple[tuple[str, ...], Table | None]:
        done = self._incident.actions
        if not done:
            return (self.word("no_action"),), None
        head = tuple(map(self.word, ("time", "service", "action", "detail")))
        rows = tuple(
            (self._clock(each.at), _place(each.service, each.slot), each.event, each.detail)
            for each in done
        )
        return (), Table(head, rows)

    def times(self) -> Table:
        measured = durations(self._incident)
        rows = (
            ("to_detect", measured.detect),
            ("to_identify", measured.identify),
            ("to_act", measured.act),
            ("to_mitigate", measured.mitigate),
            ("whole", measured.whole),
        )
        return Table((), tuple((self.word(key), self._duration(value)) for key, value in rows))

    def figures(self, compared: Sequence[Compared]) -> tuple[tuple[str, ...], Table]:
        head = tuple(map(self.word, ("service", "figure", "before", "during", "after")))
        rows = tuple(
            (
                each.place,
                self.word(f"figure.{each.figure}"),
                *(self._figure(each.figure, v) for v in (each.before, each.during, each.after)),
            )
            for each in compared
        )
        return (self.word("figures_note"),), Table(head, rows)

    def _figure(self, figure: str, value: float | None) -> str:
        if value is None:
            return self.word("unknown")
        if figure == "memory":
            return f"{value / 2**20:.0f} MiB"
        if figure == "answers":
            return self._duration(round(value, 3)) if value >= 1 else f"{value * 1000:.0f} ms"
        return f"{value:.0f} %" if figure == "cpu" else f"{value:.0f}"

    def timeline(self) -> tuple[tuple[str, ...], Table]:
        left_out = self._incident.left_out
        lines = (self.word("left_out", count=left_out),) if left_out else ()
        head = tuple(map(self.word, ("time", "service", "event", "detail")))
        rows = tuple(
            (self._clock(each.at), _place(each.service, each.slot), each.event, each.detail)
            for each in self._incident.timeline
        )
        return lines, Table(head, rows)

    def commands(self) -> tuple[str, ...]:
        name = self._incident.service
        if name == HOST:
            return ("usher metrics", "usher monitor --once", "usher events")
        return (f"usher diagnose {name}", f"usher describe {name}", f"usher events {name}")

    def _began(self) -> str:
        begin = self._incident.occurred
        if begin.not_before == begin.at:
            return f"{self._clock(begin.at)} ({self.word('exact')})"
        if begin.not_before is None:
            return self._clock(begin.at)
        between = {"begin": self._clock(begin.not_before), "end": self._clock(begin.at)}
        return self.word("between", **between)

    def _time(self, at: float | None) -> str:
        return self.word("not_yet") if at is None else self._clock(at)

    def _duration(self, seconds: float | None) -> str:
        return duration_in(self._words, seconds)


def duration_in(words: Mapping[str, str], seconds: float | None) -> str:
    """A length of time as people say it, in the language of `words`."""
    if seconds is None:
        return words["unknown"]
    if seconds < 60:
        return words["seconds"].format(n=f"{seconds:.1f}".removesuffix(".0"))
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return words["minutes"].format(m=minutes, s=rest)
    hours, minutes = divmod(minutes, 60)
    return words["hours"].format(h=hours, m=minutes)


def _place(service: str, slot: int | None) -> str:
    return service if slot is None else f"{service}:{slot}"
