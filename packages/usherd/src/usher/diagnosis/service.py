"""Why a service is not well: what its log says, and what usher itself sees of it."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from usher.diagnosis.match import Match
from usher.diagnosis.ranking import Cause, Diagnosis, diagnose, is_grave
from usher.diagnosis.signature import Signature
from usher.diagnosis.signatures.observed import DEPENDENCY_DOWN, NEVER_ANSWERED, UNRESPONSIVE

SEEN_NOW: Final = -1
"""The line of evidence that stands in no log."""

_CONFIDENCE: Final = {DEPENDENCY_DOWN.id: 0.95, UNRESPONSIVE.id: 0.7, NEVER_ANSWERED.id: 0.6}
"""That it does not answer is sure; whether that is the cause or follows from one, is not.

A probe that never passed is the least of it where the log knows why the app did not come up.
"""


class ProbeSeen(NamedTuple):
    """How a probe of an instance stands."""

    name: str
    scope: str
    """"self", "dependency" or "edge"."""
    failing: bool
    ever_passed: bool
    last: str
    """The last answer, in words."""


def diagnose_service(
    matches: Sequence[Match], lines: int, probes: Sequence[ProbeSeen]
) -> Diagnosis:
    """Rank what the log says together with what is seen now."""
    said = diagnose(matches, lines)
    causes = list(said.causes)
    for seen in _seen(probes):
        at = next((at for at, cause in enumerate(causes) if _before(seen, cause)), len(causes))
        causes.insert(at, seen)
    return said._replace(causes=tuple(causes))


def _seen(probes: Sequence[ProbeSeen]) -> Iterator[Cause]:
    for probe in probes:
        if not probe.failing or probe.scope == "edge":
            continue
        evidence = (Match(_kind(probe), SEEN_NOW, f"{probe.name}: {probe.last}"),)
        yield Cause(evidence[0].signature, _CONFIDENCE[evidence[0].signature.id], evidence)


def _kind(probe: ProbeSeen) -> Signature:
    if probe.scope == "dependency":
        return DEPENDENCY_DOWN
    return UNRESPONSIVE if probe.ever_passed else NEVER_ANSWERED


def _before(seen: Cause, said: Cause) -> bool:
    """What is seen now before what a log said, among equals: the log may be of another day."""
    if not is_grave(said) or seen.signature.rank < said.signature.rank:
        return True
    return seen.signature.rank is said.signature.rank and seen.confidence > said.confidence
