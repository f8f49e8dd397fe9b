"""The report of an incident: what people want to know, in the order in which they ask.

Every figure comes from a recorded time; what is not known is said to be unknown, never left out.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from usher.incidents import events
from usher.incidents.commands import further
from usher.incidents.figures import Compared
from usher.incidents.fold import trouble_of
from usher.incidents.impact import Deed, deeds, first_signs, reached
from usher.incidents.measures import by_person, durations, gave_up
from usher.incidents.wording import WORDS
from usher.model.care import Prevention, Proposal
from usher.model.drill import Drill
from usher.model.incident import MEASURED, Cause, Happening, Incident
from usher.model.language import Language


class Shown(NamedTuple):
    """A time as people read it."""

    day: str
    time: str
    zone: str
    """Its distance from UTC."""


Clock = Callable[[float], Shown]
"""Seconds since 1970 as people read them, in their zone."""

Say = Callable[[str], str]
"""Puts a sentence that usher said in English into the language of the report."""

FOUND_TOO: Final = 2
"""Causes beside the likeliest that are told at once; the others stand among the causes."""

FOUND_AT_ONCE: Final = 1.0
"""Seconds below which nobody says "later"."""


class Table(NamedTuple):
    """Rows under a head; without a head the first cell of a row is its name."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Section(NamedTuple):
    """A part of a report; sentences first, then the list, the table, the commands."""

    title: str
    lines: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    table: Table | None = None
    code: tuple[str, ...] = ()
    """Commands, to be copied."""
    is_part: bool = False
    """It belongs to the section before it."""


class Report(NamedTuple):
    """A whole report, ready for any way of writing it."""

    title: str
    note: str
    """How its times are to be read."""
    sections: tuple[Section, ...]


class Beside(NamedTuple):
    """What is known beside the incident itself."""

    figures: Sequence[Compared] = ()
    """What was measured around it."""
    proposals: Sequence[Proposal] = ()
    """Settings that would have kept it away, or shortened it."""
    drills: Sequence[Drill] = ()
    """What was measured of the same kind of trouble, brought about on purpose."""


ALONE: Final = Beside()
"""Nothing else is known."""


def report(
    incident: Incident, language: Language, clock: Clock, say: Say = str, beside: Beside = ALONE
) -> Report:
    """Put an incident into words."""
    writer = _Writer(incident, language, clock, say)
    sections = (
        Section(writer.word("summary"), table=writer.summary()),
        Section(writer.word("what"), writer.story()),
        Section(writer.word("reached"), table=writer.impact()),
        *writer.causes(),
        writer.actions(),
        *writer.figures(beside.figures),
        writer.left_to_do(),
        writer.prevention(beside.proposals),
        *writer.effect(beside.drills),
        writer.timeline(),
        Section(writer.word("commands"), code=tuple(e.command for e in further(incident))),
    )
    title = f"{writer.word('incident')} {incident.id}: {writer.headline()}"
    return Report(title, writer.zone(), sections)


class _Writer:
    """Words for one incident."""

    def __init__(self, incident: Incident, language: Language, clock: Clock, say: Say) -> None:
        self._incident = incident
        self._language: Language = language
        self._words = WORDS[language]
        self._clock = clock
        self.said = say
        is_full = any(trouble_of(each) == "disk" for each in incident.timeline)
        self._goes = incident.kind in MEASURED or is_full
        """It is over when nothing of it is seen any more; that the app answers is not all."""
        first = min(incident.occurred.at, incident.occurred.not_before or incident.occurred.at)
        seen, put_away = incident.care.acknowledged, incident.care.closed
        known = (
            *(incident.detected, incident.recovered, incident.closed),
            *(seen and seen.at, put_away and put_away.at),
        )
        times = (first, *(each for each in known if each is not None))
        self._one_day = len({clock(each).day for each in times}) == 1

    def word(self, key: str, **values: object) -> str:
        return self._words[key].format(**values)

    def headline(self) -> str:
        return f"{self._incident.service}, {self.word(f'kind.{self._incident.kind}')}"

    def zone(self) -> str:
        begin = self._clock(self._incident.detected)
        return self.word("zone.day" if self._one_day else "zone", day=begin.day, zone=begin.zone)

    def summary(self) -> Table:
        incident, measured = self._incident, durations(self._incident)
        end = "gone" if self._goes else "recovered"
        rows = (
            ("state", self.word(f"state.{incident.state}")),
            ("severity", self.word(f"severity.{incident.severity}")),
            ("services", ", ".join(incident.services)),
            ("occurred", self._began()),
            ("detected", self._after(incident.detected, measured.detect, "after.begin")),
            ("notified", self._after(incident.notified, measured.notify, "after.noticed")),
            ("acknowledged", self._acknowledged(measured.acknowledge)),
            ("cause_found", self._after(incident.cause_found, measured.identify, "after.noticed")),
            ("acted", self._after(incident.acted, measured.act, "after.noticed", "nothing")),
            (end, self._after(incident.recovered, measured.mitigate, "after.noticed")),
            ("whole", self._lasted(measured.whole)),
            ("closed", self._time(incident.closed)),
            ("report_closed", self._put_away()),
        )
        return Table((), tuple((self.word(key), value) for key, value in rows))

    def _acknowledged(self, later: float | None) -> str:
        seen = self._incident.care.acknowledged
        if seen is None:
            return self.word("not_yet")
        shown = self._after(seen.at, later, "after.noticed")
        by = f"{seen.by}: {seen.note}" if seen.note else seen.by
        return self.word("acknowledged_by", at=shown, by=by)

    def _put_away(self) -> str:
        closed = self._incident.care.closed
        if closed is None:
            return self.word("not_yet")
        return self.word("acknowledged_by", at=self._at(closed.at), by=closed.by)

    def story(self) -> tuple[str, ...]:
        incident = self._incident
        told = [self.word(f"told.{incident.kind}", service=incident.service)]
        first = next((e for e in incident.timeline if e.at == incident.detected), None)
        if first is not None and incident.kind not in MEASURED:
            detail = self.said(first.detail) or events.word(first.event, self._language)
            told.append(self.word("noticed_by", detail=detail))
        told += [self._likeliest(), *self._found_too(), *self._what_helped()]
        whole = durations(incident).whole
        if whole is None:
            told.append(self.word("not_gone" if self._goes else "not_mended"))
        else:
            key = "went" if self._goes else "mended"
            told.append(self.word(key, duration=self._duration(whole)))
        if incident.state == "recovered":
            told.append(self.word("not_sure_yet"))
        return tuple(told)

    def _likeliest(self) -> str:
        causes = self._incident.causes
        if not causes:
            return self.word("no_cause")
        key = "cause_is" if causes[0].is_found else "cause_may_be"
        return self.word(key, cause=self._named(causes[0]), sure=f"{causes[0].confidence:.0%}")

    def _found_too(self) -> list[str]:
        """Other faults that are as certain: two at once are both told."""
        causes = self._incident.causes
        if not causes or not causes[0].is_found:
            return []
        others = {e.id: e for e in reversed(causes) if e.is_found and e.id != causes[0].id}
        ranked = sorted(others.values(), key=causes.index)[:FOUND_TOO]
        return [
            self.word("cause_too", cause=self._named(each), sure=f"{each.confidence:.0%}")
            for each in ranked
        ]

    def _what_helped(self) -> list[str]:
        incident = self._incident
        told: list[str] = []
        if incident.relapses:
            came = "relapses" if incident.actions else "came_back"
            told.append(self.word(came, count=incident.relapses))
        if incident.recovered is not None and by_person(incident):
            told.append(self.word("by_person"))
        elif not incident.actions and incident.recovered is not None:
            told.append(self.word("by_itself"))
        return told

    def impact(self) -> Table:
        head = tuple(map(self.word, ("service", "how", "from", "to", "together")))
        rows = tuple(
            (
                each.service,
                self.word(f"kind.{each.kind}"),
                self._at(each.begin),
                self.word("goes_on") if each.end is None else self._at(each.end),
                "–" if each.end is None else self._duration(each.seconds),
            )
            for each in reached(self._incident)
        )
        return Table(head, rows)

    def causes(self) -> tuple[Section, ...]:
        incident = self._incident
        lines = [self.word("no_cause")] if not incident.causes else []
        if incident.causes and incident.cause_found is None:
            lines.append(self.word("none_certain"))
        parts = tuple(
            self._cause(number, each) for number, each in enumerate(incident.causes, start=1)
        )
        excluded = self._excluded() or (self.word("not_excluded"),)
        kept = (self.word("kept", paths=", ".join(incident.evidence)),) if incident.evidence else ()
        return (
            Section(self.word("causes"), tuple(lines)),
            *parts,
            Section(self.word("excluded"), kept, excluded, is_part=True),
        )

    def _excluded(self) -> tuple[str, ...]:
        """What was looked at, together where the same speaks against it."""
        against: dict[str, list[str]] = {}
        for each in self._incident.excluded:
            area, _, reason = each.partition(": ")
            against.setdefault(reason, []).append(self.said(area))
        return tuple(
            f"{', '.join(areas)}: {self.said(reason)}" for reason, areas in against.items()
        )

    def _cause(self, number: int, cause: Cause) -> Section:
        state = "is_found" if cause.is_found else "is_suspected"
        title = f"{number}. {self._named(cause)}"
        worth = cause.restart
        relapsed = worth == "auto" and self._incident.relapses
        facts = [
            (state, self.word("sure", share=f"{cause.confidence:.0%}", id=cause.id)),
            ("found", self.word("times_found", count=cause.count)),
            ("place", cause.place),
            ("restart", self.word("restart.in_vain" if relapsed else f"restart.{worth}")),
            ("otherwise", self._of_service(cause.check)),
        ]
        rows = tuple((self.word(key), value) for key, value in facts if value)
        proofs = tuple(map(self.said, cause.evidence)) or (self.word("unknown"),)
        return Section(title, (self.word("evidence_is"),), proofs, Table((), rows), is_part=True)

    def _of_service(self, text: str) -> str:
        """A sentence of the catalogue, with the service in its commands."""
        return self.said(text).replace("NAME", self._incident.service)

    def _named(self, cause: Cause) -> str:
        return self.said(cause.text)

    def actions(self) -> Section:
        title, done = self.word("actions"), deeds(self._incident)
        if not done:
            foreign = self._incident.kind == "foreign"
            return Section(title, (self.word("not_ours" if foreign else "no_action"),))
        head = tuple(map(self.word, ("time", "service", "action", "detail", "outcome")))
        rows = tuple(
            (
                self._at(each.what.at),
                _place(each.what),
                events.word(each.what.event, self._language),
                self.said(each.what.detail),
                self._outcome(each),
            )
            for each in done
        )
        return Section(title, table=Table(head, rows))

    def _outcome(self, deed: Deed) -> str:
        if deed.helped is None:
            return self.word("outcome.unknown")
        key = "outcome.helped" if deed.proves else "outcome.failed"
        later = self._duration(max(0.0, deed.helped.at - deed.what.at))
        return self.word(key, detail=self.said(deed.helped.detail), later=later)

    def figures(self, compared: Sequence[Compared]) -> tuple[Section, ...]:
        if not compared:
            return ()
        head = tuple(map(self.word, ("service", "figure", "before", "during", "after")))
        rows = tuple(
            (
                each.place,
                self.word(f"figure.{each.figure}"),
                *(self._figure(each.figure, v) for v in (each.before, each.during, each.after)),
            )
            for each in compared
        )
        note = (self.word("figures_note"),)
        return (Section(self.word("figures"), note, table=Table(head, rows)),)

    def _figure(self, figure: str, value: float | None) -> str:
        if value is None:
            return self.word("not_measured")
        if figure == "memory":
            return f"{value / 2**20:.0f} MiB"
        if figure == "answers":
            return self._duration(round(value, 3)) if value >= 1 else f"{value * 1000:.0f} ms"
        return f"{value:.0f} %" if figure == "cpu" else f"{value:.0f}"

    def left_to_do(self) -> Section:
        """What mends the cause, and what nobody has done yet."""
        left = self._left()
        return Section(self.word("left"), () if left else (self.word("nothing_left"),), left)

    def _left(self) -> tuple[str, ...]:
        incident = self._incident
        if incident.kind == "foreign" and incident.recovered is not None:
            return (self.word("who_started"),)
        told = [
            self.word("remedy", cause=self._named(each), remedy=self._of_service(each.remedy))
            for each in incident.causes
            if each.remedy
        ]
        if not incident.causes:
            told.append(self.word("find_out"))
        elif not told and not any(each.is_found for each in incident.causes):
            told.append(self.word("find_out.certain"))
        if incident.state == "open" and gave_up(incident):
            told.insert(0, self.word("needs_person"))
        return tuple(dict.fromkeys(told))

    def prevention(self, proposals: Sequence[Proposal]) -> Section:
        """What people wrote down against it, and which settings are missing."""
        care, title = self._incident.care, self.word("prevention")
        items = tuple(self.word(each.key) for each in proposals)
        lines = [self.word("proposed", id=self._incident.id)] if items else []
        if care.closed is not None and care.closed.reason:
            reason = care.closed.reason
            lines.append(self.word("none_needed", by=care.closed.by, reason=reason))
        if not care.preventions:
            lines += [] if care.closed else [self.word("no_measure", id=self._incident.id)]
            return Section(title, tuple(lines), items)
        head = tuple(map(self.word, ("measure", "kind", "owner", "due", "done")))
        rows = tuple(
            self._measure(number, each) for number, each in enumerate(care.preventions, start=1)
        )
        return Section(title, tuple(lines), items, Table(head, rows))

    def _measure(self, number: int, measure: Prevention) -> tuple[str, ...]:
        done = self.word("not_yet") if measure.done is None else self._clock(measure.done).day
        kind = self.word(f"measure.{measure.kind}")
        unknown = self.word("unknown")
        text = f"{number}. {measure.text}"
        return (text, kind, measure.owner or unknown, measure.due or unknown, done)

    def effect(self, drills: Sequence[Drill]) -> tuple[Section, ...]:
        """How the same trouble went in drills, beside how it went then: nothing that is hoped."""
        if not drills:
            return ()
        begin, measured = self._incident.occurred.at, durations(self._incident)
        head = tuple(map(self.word, ("drill", "time", "detected", "recovered", "restarts")))
        rows = [
            (
                self.word("then"),
                self._day(begin),
                *map(self._known, (measured.detect, measured.whole)),
                "",
            )
        ]
        rows += [
            (f"{each.id} ({each.fault})", self._day(each.at),
             *map(self._known, (each.detect, each.recover)), str(each.restarts))
            for each in drills
        ]  # fmt: skip
        lines = (self.word("effect_note"),)
        return (Section(self.word("effect"), lines, table=Table(head, tuple(rows))),)

    def _day(self, at: float) -> str:
        shown = self._clock(at)
        return f"{shown.day} {shown.time}"

    def _known(self, seconds: float | None) -> str:
        return self.word("not_yet") if seconds is None else self._duration(seconds)

    def timeline(self) -> Section:
        incident = self._incident
        lines = (self.word("left_out", count=incident.left_out),) if incident.left_out else ()
        every = (*first_signs(incident), *incident.timeline)
        head = tuple(map(self.word, ("time", "service", "event", "detail")))
        rows = tuple((self._at(each.at), _place(each), *self._event(each)) for each in every)
        return Section(self.word("timeline"), lines, table=Table(head, rows))

    def _event(self, happening: Happening) -> tuple[str, str]:
        event = events.word(happening.event, self._language)
        detail = self.said(happening.detail)
        return event, "" if detail == event else detail

    def _began(self) -> str:
        begin = self._incident.occurred
        if begin.not_before == begin.at:
            return f"{self._at(begin.at)} ({self.word('exact')})"
        if begin.not_before is None:
            return f"{self._at(begin.at)} ({self.word('first_sign')})"
        return self.word("between", begin=self._at(begin.not_before), end=self._at(begin.at))

    def _time(self, at: float | None) -> str:
        return self.word("not_yet") if at is None else self._at(at)

    def _after(
        self, at: float | None, later: float | None, key: str, never: str = "not_yet"
    ) -> str:
        if at is None or later is None:
            return self.word(never)
        if later < FOUND_AT_ONCE:
            return self._at(at)
        return f"{self._at(at)} ({self.word(key, duration=self._duration(later))})"

    def _lasted(self, seconds: float | None) -> str:
        return self.word("goes_on") if seconds is None else self._duration(seconds)

    def _at(self, at: float) -> str:
        shown = self._clock(at)
        return shown.time if self._one_day else f"{shown.day} {shown.time}"

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


def _place(happening: Happening) -> str:
    slot = happening.slot
    return happening.service if slot is None else f"{happening.service}:{slot}"
