"""What a diagnosis says: to programs as data, to people as text or Markdown in their language."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from usher.api.text import printable
from usher.cli import websockets
from usher.cli.console import Console
from usher.cli.known import Fact, Known
from usher.cli.language import sentences_in
from usher.diagnosis import anywhere
from usher.diagnosis.close_codes import Row
from usher.diagnosis.match import Match
from usher.diagnosis.next_step import step_for
from usher.diagnosis.ranking import Cause, Diagnosis
from usher.diagnosis.service import SEEN_NOW, SEEN_THEN
from usher.diagnosis.signature import Rank
from usher.diagnosis.timeline import Stretch, timeline
from usher.diagnosis.wording import WORDS
from usher.incidents.wording import WORDS as INCIDENT_WORDS
from usher.model.language import Language

_SHOWN: Final = 3
"""Lines of evidence that are told of one cause."""
_A_COURSE: Final = 2
"""Stretches of a log from which on their order says something."""
_LONGEST: Final = 300
"""Characters of a line that people are shown."""


class Case(NamedTuple):
    """What was found about one app, or in one log."""

    app: str
    """Empty for a log."""
    state: str
    """How the app stands; the name of a log."""
    found: Diagnosis
    well: bool = False
    """It was asked for by name, and nothing is wrong with it now."""
    closed: Sequence[Row] = ()
    """WebSocket connections that were closed, by code."""
    known: Known = Known()
    """What usher knows beside the log."""

    @property
    def has_host_evidence(self) -> bool:
        """Whether anything but a log was looked at (operations.md F.9)."""
        return bool(self.app)


def as_json(case: Case) -> dict[str, object]:
    """A case for programs; lines count from 1, as in an editor, and 0 is what usher itself saw."""
    course = timeline(case.found)
    return {
        "app": case.app,
        "state": case.state,
        "host_evidence": case.has_host_evidence,
        "incident": case.known.incident and case.known.incident.id,
        "facts": [{"about": fact.about, "said": fact.said} for fact in case.known.facts],
        "lines": case.found.lines,
        "causes": [
            {
                "id": cause.signature.id,
                "rank": cause.signature.rank.name.lower(),
                "severity": cause.signature.severity,
                "confidence": cause.confidence,
                "restart": cause.signature.restart,
                "cause": cause.signature.cause,
                "check": cause.signature.collect,
                "remedy": cause.signature.remedy,
                "count": len(cause.evidence),
                "evidence": [
                    {"line": max(0, each.line + 1), "time": each.time, "text": each.text}
                    for each in cause.evidence[:_SHOWN]
                ],
            }
            for cause in case.found.causes
        ],
        "excluded": list(case.found.excluded),
        "well": list(case.known.excluded),
        "disproof": _disproof(case),
        "next": _next(case),
        "timeline": [
            {
                "line": each.first.line + 1,
                "time": each.first.time,
                "id": each.first.signature.id,
                "count": each.times,
                "last": {"line": each.last.line + 1, "time": each.last.time},
            }
            for each in (*course.begin, *course.end)
        ],
        "timeline_left_out": course.left_out,
        "websocket_closings": [row._asdict() for row in case.closed],
    }


class Teller:
    """Tells cases in one language; what a log or a program said stays as it is."""

    def __init__(self, language: Language) -> None:
        """Load no words but those of the language."""
        self._language: Language = language
        self._words = WORDS[language]
        self._said = sentences_in(language)

    def word(self, key: str, **values: object) -> str:
        """The words of a key, with values."""
        return self._words[key].format(**values)

    def text(self, case: Case, console: Console) -> Iterator[str]:
        """Lines for a terminal."""
        found = case.found
        if case.app:
            yield f"{console.paint(printable(case.app), 'bold')}: {self._state(case)}"
        if not found.known:
            yield self.word("none", count=found.lines)
        for number, cause in enumerate(_causes(found), 1):
            yield f"{number}. {console.paint(cause.signature.id, 'bold')}  {self._sure(cause)}"
            yield f"   {self._said(cause.signature.cause)}"
            yield from (f"   {line}" for line in self._evidence(cause))
            if (more := len(cause.evidence) - _SHOWN) > 0:
                last = cause.evidence[-1].line + 1
                yield f"   {self.word('more', count=more, line=last)}"
            yield from (f"   {line}" for line in self._advice(cause))
        if after := _consequences(found):
            places = (self._place(each.evidence[0]._replace(time="")) for each in after)
            told = (f"{e.signature.id} ({p})" for e, p in zip(after, places, strict=True))
            yield self.word("followed", ids=", ".join(told))
        if disproof := _disproof(case):
            yield self.word("disproof", disproof=self._said(disproof))
        course = self._course(case)
        if course:
            yield self.word("timeline")
        yield from (f"   {line}" for line in course)
        yield from websockets.lines(case.closed, self._words, self._said)
        if case.known.facts:
            yield self.word("known")
        yield from (f"   {self._fact(fact, case)}" for fact in case.known.facts)
        if case.known.excluded:
            yield self.word("excluded")
        yield from (f"   {printable(self._said(well))}" for well in case.known.excluded)
        if found.excluded:
            yield console.paint(self._unspoken(found), "dim")
        if not case.has_host_evidence:
            yield console.paint(self.word("log_alone"), "dim")
        if commands := _next(case):
            yield self.word("next", commands="; ".join(commands))

    def markdown(self, case: Case) -> Iterator[str]:
        """Lines to paste into a report."""
        found, name = case.found, printable(case.app)
        yield f"## {self.word('title', name=name) if name else self.word('title.log')}"
        yield ""
        if case.app:
            yield self.word("standing", name=name, state=self._state(case))
        else:
            yield self.word("log_alone")
        yield ""
        if not found.known:
            yield f"{_capital(self.word('none', count=found.lines))}."
        for number, cause in enumerate(_causes(found), 1):
            said = self._said(cause.signature.cause)
            yield f"{number}. **{cause.signature.id}** ({self._sure(cause)}): {said}"
            yield ""
            for match in cause.evidence[:_SHOWN]:
                yield f"   - {self._place(match)}: {_quoted(self._text_of(match))}"
            yield from (f"   - {line}" for line in self._advice(cause))
            yield ""
        if after := _consequences(found):
            ids = ", ".join(each.signature.id for each in after)
            yield f"{_capital(self.word('followed', ids=ids))}."
            yield ""
        if disproof := _disproof(case):
            yield f"{_capital(self.word('disproof', disproof=self._said(disproof)))}."
            yield ""
        yield from _list_of(_capital(self.word("timeline")), self._course(case))
        yield from websockets.markdown(case.closed, self._words, self._said)
        facts = [self._fact(fact, case) for fact in case.known.facts]
        yield from _list_of(_capital(self.word("known")), facts)
        well = [self._said(each) for each in case.known.excluded]
        yield from _list_of(_capital(self.word("excluded")), well)
        if found.excluded:
            yield f"{_capital(self._unspoken(found))}."
            yield ""
        yield from _list_of(_capital(self.word("next.title")), _next(case))

    def _course(self, case: Case) -> list[str]:
        """What a log speaks of, in the order of its lines; of an app its incident says more."""
        course = timeline(case.found)
        if case.app or len(course.begin) < _A_COURSE:
            return []
        middle = [self.word("timeline.more", count=course.left_out)] if course.left_out else []
        return [*map(self._stretch, course.begin), *middle, *map(self._stretch, course.end)]

    def _stretch(self, stretch: Stretch) -> str:
        first, name = self._place(stretch.first), stretch.first.signature.id
        if stretch.times == 1:
            return f"{first}: {name}"
        last = self._place(stretch.last)
        return self.word("timeline.many", place=first, id=name, count=stretch.times, last=last)

    def _state(self, case: Case) -> str:
        return printable(self._said(case.state))

    def _sure(self, cause: Cause) -> str:
        severity = self.word(f"severity.{cause.signature.severity}")
        return self.word("sure", severity=severity, share=f"{cause.confidence:.0%}")

    def _evidence(self, cause: Cause) -> Iterator[str]:
        for match in cause.evidence[:_SHOWN]:
            yield f"{self._place(match)}: {printable(self._text_of(match))}"

    def _text_of(self, match: Match) -> str:
        """A line of a log as it is; what usher saw itself is a sentence of ours."""
        seen = match.line in (SEEN_THEN, SEEN_NOW)
        return self._said(match.text) if seen else match.text[:_LONGEST]

    def _advice(self, cause: Cause) -> Iterator[str]:
        known = cause.signature
        restart = self.word(f"restart.{known.restart}")
        if known.collect:
            yield self.word("check", collect=self._said(known.collect))
        if known.remedy:
            yield self.word("remedy", remedy=self._said(known.remedy), restart=restart)
        else:
            yield restart

    def _fact(self, fact: Fact, case: Case) -> str:
        about, said, incident = self.word(f"fact.{fact.topic}", of=fact.of), fact.said, None
        if fact.topic == "incident":
            incident = case.known.incident
        if incident is not None:
            words = INCIDENT_WORDS[self._language]
            state, kind = words[f"brief.{incident.state}"], words[f"kind.{incident.kind}"]
            said = f"{incident.id}, {state}: {incident.service}, {kind}"
        return printable(f"{about}: {self._said(said)}")

    def _unspoken(self, found: Diagnosis) -> str:
        return self.word("unspoken", areas=", ".join(map(self._said, found.excluded)))

    def _place(self, match: Match) -> str:
        if match.line in (SEEN_THEN, SEEN_NOW):
            return self.word("seen_then" if match.line == SEEN_THEN else "seen_now")
        key = "line.at" if match.time else "line"
        return self.word(key, line=match.line + 1, time=match.time)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _quoted(text: str) -> str:
    return f"`{printable(text).replace('`', chr(39))}`"


def _list_of(title: str, items: Sequence[str]) -> Iterator[str]:
    if items:
        yield title
        yield ""
        yield from (f"- {_quoted(item)}" for item in items)
        yield ""


def _disproof(case: Case) -> str:
    """What would speak against the first cause; empty where there is none."""
    causes = _causes(case.found)
    return step_for(causes[0].signature.id, case.app).disproof if causes else ""


def _next(case: Case) -> list[str]:
    """The next commands, the most telling first; of a log alone such as work on any host."""
    if not case.app:
        return _next_of_log(case)
    if case.well and not case.found.causes:
        return []
    causes, incident = _causes(case.found), case.known.incident
    step = step_for(causes[0].signature.id if causes else "", case.app)
    report = [] if incident is None else [f"usher incident show {incident.id}"]
    return [step.command, *report]


def _next_of_log(case: Case) -> list[str]:
    log, causes = "" if case.state == "-" else case.state, _causes(case.found)
    if not causes:
        return anywhere.search(log)
    evidence = causes[0].evidence
    lines = [each.text for each in evidence]
    return anywhere.commands(causes[0].signature, lines, log, evidence[0].line + 1)


def _causes(found: Diagnosis) -> list[Cause]:
    """What may be the cause: consequences only when there is nothing else."""
    causes = [cause for cause in found.causes if cause.signature.rank is not Rank.CONSEQUENCE]
    return causes or list(found.causes)


def _consequences(found: Diagnosis) -> list[Cause]:
    shown = {cause.signature.id for cause in _causes(found)}
    return [cause for cause in found.causes if cause.signature.id not in shown]
