"""Why a service is not well: what its log says, and what usher itself sees of it."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from usher.diagnosis.match import Match
from usher.diagnosis.ranking import Cause, Diagnosis, diagnose
from usher.diagnosis.signature import Rank, Signature
from usher.diagnosis.signatures.observed import DEPENDENCY_DOWN, NEVER_ANSWERED, UNRESPONSIVE

SEEN_NOW: Final = -1
"""The line of evidence that stands in no log."""

_CERTAIN: Final = 0.95
_LIKELY: Final = 0.7
"""That it does not answer is sure; whether that is the cause or follows from one, is not."""


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
    seen = list(_seen(probes))
    causes = sorted((*seen, *said.causes), key=_order)
    return said._replace(causes=tuple(causes))


def _seen(probes: Sequence[ProbeSeen]) -> Iterator[Cause]:
    for probe in probes:
        if not probe.failing or probe.scope == "edge":
            continue
        evidence = (Match(_kind(probe), SEEN_NOW, f"{probe.name}: {probe.last}"),)
        certain = probe.scope == "dependency"
        yield Cause(evidence[0].signature, _CERTAIN if certain else _LIKELY, evidence)


def _kind(probe: ProbeSeen) -> Signature:
    if probe.scope == "dependency":
        return DEPENDENCY_DOWN
    return UNRESPONSIVE if probe.ever_passed else NEVER_ANSWERED


def _order(cause: Cause) -> tuple[Rank, float]:
    """What is seen now before what a log said, among equals: the log may be of another day."""
    return cause.signature.rank, -cause.confidence
