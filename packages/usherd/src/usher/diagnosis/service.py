"""Why a service is not well: what its log says, and what usher itself sees of it."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from usher.diagnosis.catalogue import CATALOGUE
from usher.diagnosis.match import Match
from usher.diagnosis.ranking import Cause, Diagnosis, diagnose, is_grave
from usher.diagnosis.signature import Severity, Signature
from usher.diagnosis.signatures import measured
from usher.diagnosis.signatures.observed import DEPENDENCY_DOWN, NEVER_ANSWERED, UNRESPONSIVE

SEEN_NOW: Final = -1
"""The line of evidence that stands in no log."""

_CONFIDENCE: Final = {DEPENDENCY_DOWN.id: 0.95, UNRESPONSIVE.id: 0.7, NEVER_ANSWERED.id: 0.6}
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
    """"self", "dependency" or "edge"."""
    failing: bool
    ever_passed: bool
    last: str
    """The last answer, in words."""


class FigureSeen(NamedTuple):
    """What the figures of a service say (`usher.diagnosis.measured`)."""

    code: str
    text: str


def diagnose_service(
    matches: Sequence[Match],
    lines: int,
    probes: Sequence[ProbeSeen],
    figures: Sequence[FigureSeen] = (),
) -> Diagnosis:
    """Rank what the log says together with what is seen now."""
    said = diagnose(matches, lines)
    causes = list(said.causes)
    for seen in (*_seen(probes), *_measured(figures)):
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


def _is_same(seen: Cause, said: Cause) -> bool:
    """Whether the log told of it already."""
    return seen.signature.id == said.signature.id and seen.signature.id in _OF_LOGS


def _with(seen: Cause, said: Cause) -> Cause:
    """What the log says, with what is seen as the first evidence: it holds now."""
    sure = max(seen.confidence, said.confidence)
    return said._replace(confidence=sure, evidence=(*seen.evidence, *said.evidence))


def _kind(probe: ProbeSeen) -> Signature:
    if probe.scope == "dependency":
        return DEPENDENCY_DOWN
    return UNRESPONSIVE if probe.ever_passed else NEVER_ANSWERED


def _before(seen: Cause, said: Cause) -> bool:
    """What is seen now before what a log said, among equals: the log may be of another day."""
    if not is_grave(said) or seen.signature.rank < said.signature.rank:
        return True
    return seen.signature.rank is said.signature.rank and seen.confidence > said.confidence
