"""A message in words: what, since when, impact, cause with evidence, what was done, what next."""

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

import msgspec

from usher.alerts.korean import translated
from usher.alerts.wording import WORDS
from usher.incidents.report import duration_in
from usher.model.alert import Alert, Message, Standing
from usher.model.incident import MEASURED
from usher.model.language import Language

LINE: Final = 500
"""Characters of a line: evidence may quote anything, and some channels refuse long texts."""

EVIDENCE: Final = 3
"""Lines of evidence that are quoted."""

Clock = Callable[[float], str]
"""Seconds since 1970 as people read them, in their zone."""


class Letter(NamedTuple):
    """What is read."""

    title: str
    text: str


def write(message: Message, host: str, language: Language, clock: Clock) -> Letter:
    """Put a message into words."""
    writer = _Writer(message, language, clock)
    text = "\n".join(map(_line, writer.lines()))
    return Letter(_line(f"[{host}] {writer.title()}"), text)


class _Writer:
    """Words for one message."""

    def __init__(self, message: Message, language: Language, clock: Clock) -> None:
        self._message = message
        self._words = WORDS[language]
        self._said = translated if language == "ko" else str
        self._clock = clock

    def title(self) -> str:
        message, alert = self._message, self._message.alert
        words = self._words[f"title.{message.event}"]
        what = "" if alert is None else self._what(alert)
        return words.format(what=what, present=len(message.present), past=len(message.past))

    def lines(self) -> Iterator[str]:
        alert = self._message.alert
        if alert is not None:
            yield from self._of_alert(alert)
        elif self._message.event == "test":
            yield self._words["text.test"]
        else:
            yield from self._of_digest()

    def _what(self, alert: Alert) -> str:
        if alert.kind == "finding":
            return f"{alert.subject}, {self._words.get(f'finding.{alert.rule}', alert.rule)}"
        return f"{alert.subject}, {self._words[f'kind.{alert.kind}']}"

    def _of_alert(self, alert: Alert) -> Iterator[str]:
        over = alert.state == "resolved"
        if alert.kind == "finding":
            yield self._said(alert.evidence)
        else:
            yield self._words[f"told.{alert.kind}"].format(service=alert.subject)
        if alert.gave_up:
            yield self._words["gave_up"]
        yield self._named("since", self._since(alert))
        if over:
            yield self._named("lasted", self._duration(alert.last_seen - alert.first_seen))
        yield self._named("severity", self._words[f"severity.{alert.severity}"])
        if self._message.openings > 1:
            count = self._message.openings - 1
            yield self._named("openings", self._words["times"].format(count=count))
        if alert.kind != "finding":
            yield from self._of_incident(alert)
        yield self._named("verified", self._words[_verified(alert)])
        if alert.suggested:
            yield self._named("next", self._said(alert.suggested))

    def _of_incident(self, alert: Alert) -> Iterator[str]:
        yield self._named("impact", "; ".join(self._standing(alert)))
        yield self._named("seen", self._said(alert.evidence))
        yield self._named("cause", self._cause(alert))
        for line in alert.cause_evidence[:EVIDENCE]:
            if not alert.evidence.endswith(f": {line}"):
                yield self._named("evidence", self._said(line))
        done = ", ".join(self._words[f"action.{each}"] for each in alert.actions)
        nothing = "not_ours" if alert.kind == "foreign" else "nothing_done"
        yield self._named("done", done or self._words[nothing])

    def _standing(self, alert: Alert) -> Iterator[str]:
        """Whom it reached, and how much of that works as far as it is known."""
        known = {each.service: each for each in alert.standing}
        for service in alert.impact:
            yield service if service not in known else f"{service}: {self._works(known[service])}"

    def _works(self, standing: Standing) -> str:
        ready = self._counted("ready", standing.wanted).format(ready=standing.ready)
        if not standing.failed:
            return ready
        return f"{ready}, {self._counted('failed', standing.failed)}"

    def _counted(self, key: str, count: int) -> str:
        words = self._words[f"{key}.one" if count == 1 else f"{key}.many"]
        return words.replace("{count}", str(count))

    def _cause(self, alert: Alert) -> str:
        if not alert.cause:
            return self._words["unknown_cause"]
        text, _, sure = alert.cause.rpartition(" ")
        return f"{self._said(text)} {sure}"

    def _of_digest(self) -> Iterator[str]:
        message = self._message
        if not message.present and not message.past:
            yield self._words["calm"]
        for key, alerts in (("present", message.present), ("past", message.past)):
            if alerts:
                yield self._words[key]
            for alert in alerts:
                began, lasted = self._clock(alert.first_seen), alert.last_seen - alert.first_seen
                yield f"- {began} {self._what(alert)} ({self._duration(lasted)})"

    def _since(self, alert: Alert) -> str:
        began = self._clock(alert.first_seen)
        late = alert.detected - alert.first_seen
        if late < 1:
            return began
        return f"{began} ({self._words['noticed'].format(duration=self._duration(late))})"

    def _duration(self, seconds: float) -> str:
        return duration_in(self._words, seconds)

    def _named(self, key: str, value: str) -> str:
        return f"{self._words[key]}: {value}"


def _verified(alert: Alert) -> str:
    if alert.state != "resolved":
        return "not_yet"
    if alert.by_person:
        return "by_person"
    if not alert.verified or alert.kind in MEASURED:
        return "gone"
    return "yes_memory" if alert.kind == "memory" else "yes"


def _line(text: str) -> str:
    """One line that no channel refuses."""
    flat = " ".join(text.split())
    return flat if len(flat) <= LINE else f"{flat[: LINE - 3]}..."


def record(message: Message, letter: Letter, host: str) -> dict[str, object]:
    """Build what programs are given: the alert with all its fields, and how it is told."""
    fields: dict[str, object] = {}
    if message.alert is not None:
        fields = msgspec.to_builtins(message.alert)
    return {
        **fields,
        "host": host,
        "message": message.id,
        "event": message.event,
        "time": message.at,
        "openings": message.openings,
        "title": letter.title,
        "text": letter.text,
    }
