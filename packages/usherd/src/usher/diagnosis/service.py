"""Why a service is not well: what its log says, and what usher itself sees of it."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from usher.diagnosis.catalogue import CATALOGUE
from usher.diagnosis.match import Match
from usher.diagnosis.ranking import Cause, Diagnosis, diagnose, is_grave
from usher.diagnosis.signature import Rank, Restart, Severity, Signature
from usher.diagnosis.signatures import measured, observed
from usher.diagnosis.signatures.observed import (
    DEPENDENCY_DOWN,
    ERROR_ANSWER,
    NEVER_ANSWERED,
    REMOTE,
    UNRESPONSIVE,
)
from usher.model.incident import Cause as IncidentCause

SEEN_NOW: Final = -1
"""The line of evidence that stands in no log."""
SEEN_THEN: Final = -2
"""The same, when it was not seen now but when the incident was looked at."""

_FROM_OUTSIDE: Final = ("drift.", "process.stopped", "process.traced", "process.disk", "exit.")
"""Begins of what usher saw that is no fault of the code."""
_OBSERVED: Final = {each.id: each for each in observed.SIGNATURES}

_CONFIDENCE: Final = {
    DEPENDENCY_DOWN.id: 0.95,
    UNRESPONSIVE.id: 0.7,
    ERROR_ANSWER.id: 0.7,
    NEVER_ANSWERED.id: 0.6,
    REMOTE.id: 0.9,
}
"""That it does not answer is sure; whether that is the cause or follows from one, is not.

A probe that never passed is the least of it where the log knows why the app did not come up.
"""
_MEASURED: Final = 0.65
_HINT: Final = 0.4
"""The same of what figures say; the second is for information, and often means nothing."""

_OF_LOGS: Final = ("fs.no_space", "net.port_in_use")
"""Faults of the catalogue that are seen without a line of a log, too."""

_BY_FIGURES: Final = {
    each.id: each for each in (*measured.SIGNATURES, *(CATALOGUE[code] for code in _OF_LOGS))
}


class ProbeSeen(NamedTuple):
    """How a probe of an instance stands."""

    name: str
    scope: str
    """"self", "dependency", "edge", or "remote": the same as "self", of a remote."""
    failing: bool
    ever_passed: bool
    last: str
    """The last answer, in words."""
    answered: bool = False
    """Whether it was one of the app itself, and only not the right one."""


class FigureSeen(NamedTuple):
    """What the figures of a service say (`usher.diagnosis.measured`)."""

    code: str
    text: str


def diagnose_service(
    matches: Sequence[Match],
    lines: int,
    probes: Sequence[ProbeSeen],
    figures: Sequence[FigureSeen] = (),
    told: Sequence[IncidentCause] = (),
) -> Diagnosis:
    """Rank what the log says together with what is seen now, and with what an incident was told.

    `told`: causes of the open incident, found when the process was looked at or had ended.
    """
    said = diagnose(matches, lines)
    causes = list(said.causes)
    for seen in (*_seen(probes), *_measured(figures), *map(_of_incident, told)):
        same = next((at for at, each in enumerate(causes) if _is_same(seen, each)), None)
        if same is not None:
            causes[same] = _with(seen, causes[same])
            continue
        at = next((at for at, cause in enumerate(causes) if _before(seen, cause)), len(causes))
        causes.insert(at, seen)
    return said._replace(causes=tuple(causes))


def _seen(probes: Sequence[ProbeSeen]) -> Iterator[Cause]:
    for probe in probes:
        if not probe.failing or probe.scope == "edge":
            continue
        evidence = (Match(_kind(probe), SEEN_NOW, f"{probe.name}: {probe.last}"),)
        yield Cause(evidence[0].signature, _CONFIDENCE[evidence[0].signature.id], evidence)


def _measured(figures: Sequence[FigureSeen]) -> Iterator[Cause]:
    for figure in figures:
        fault = _BY_FIGURES.get(figure.code)
        if fault is not None:
            sure = _HINT if fault.severity is Severity.INFO else _MEASURED
            yield Cause(fault, sure, (Match(fault, SEEN_NOW, figure.text),))


def _of_incident(cause: IncidentCause) -> Cause:
    """A cause of an incident as one of this ranking; one of no catalogue speaks for itself."""
    known = CATALOGUE.get(cause.id) or _BY_FIGURES.get(cause.id) or _OBSERVED.get(cause.id)
    signature = known or Signature(
        cause.id,
        Severity.ERROR,
        Restart(cause.restart),
        Rank.ROOT if cause.id.startswith(_FROM_OUTSIDE) else Rank.CODE,
        pattern="",
        place="what usher saw of it",
        cause=cause.text,
        collect=cause.check,
        remedy=cause.remedy,
        example="",
        benign="",
    )
    seen = (*(cause.evidence or (cause.text,)), *([f"at {cause.place}"] if cause.place else []))
    return Cause(
        signature, cause.confidence, tuple(Match(signature, SEEN_THEN, each) for each in seen)
    )


def _is_same(seen: Cause, said: Cause) -> bool:
    """Whether it was told already, by the log or by another look."""
    if seen.signature.id != said.signature.id:
        return False
    return seen.signature.id in _OF_LOGS or any(e.line == SEEN_THEN for e in seen.evidence)


def _with(seen: Cause, said: Cause) -> Cause:
    """What was told, with what is seen now as the first evidence and what was seen then last."""
    sure = max(seen.confidence, said.confidence)
    texts = {each.text for each in said.evidence}
    added = tuple(each for each in seen.evidence if each.text not in texts)
    now = tuple(each for each in added if each.line == SEEN_NOW)
    then = tuple(each for each in added if each.line != SEEN_NOW)
    return said._replace(confidence=sure, evidence=(*now, *said.evidence, *then))


def _kind(probe: ProbeSeen) -> Signature:
    if probe.scope == "dependency":
        return DEPENDENCY_DOWN
    if not probe.ever_passed:
        return NEVER_ANSWERED
    if probe.scope == "remote":
        return REMOTE
    return ERROR_ANSWER if probe.answered else UNRESPONSIVE


def _before(seen: Cause, said: Cause) -> bool:
    """What is seen now before what a log said, among equals: the log may be of another day."""
    if not is_grave(said) or seen.signature.rank < said.signature.rank:
        return True
    return seen.signature.rank is said.signature.rank and seen.confidence > said.confidence
