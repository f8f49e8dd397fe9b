"""In which order the lines of a log speak of its faults: which came first, and how often."""

from typing import Final, NamedTuple

from usher.diagnosis.match import Match
from usher.diagnosis.ranking import Diagnosis

MOST: Final = 12
"""Stretches that are told; of more, the middle is left out."""


class Stretch(NamedTuple):
    """Lines in a row that speak of one fault, with no other known one between them."""

    first: Match
    last: Match
    times: int
    """How many lines."""


class Timeline(NamedTuple):
    """The faults of a log in the order of its lines, which is that of time."""

    begin: tuple[Stretch, ...]
    left_out: int
    """Stretches between the begin and the end."""
    end: tuple[Stretch, ...]


def timeline(found: Diagnosis) -> Timeline:
    """Return what the lines of a log speak of, one after the other."""
    matches = sorted((e for cause in found.causes for e in cause.evidence), key=lambda e: e.line)
    stretches: list[Stretch] = []
    for each in matches:
        if each.line < 0:
            continue  # usher saw it: no log speaks of it
        if stretches and stretches[-1].first.signature.id == each.signature.id:
            stretches[-1] = stretches[-1]._replace(last=each, times=stretches[-1].times + 1)
        else:
            stretches.append(Stretch(each, each, 1))
    if len(stretches) <= MOST:
        return Timeline(tuple(stretches), 0, ())
    half = MOST // 2
    return Timeline(tuple(stretches[:half]), len(stretches) - MOST, tuple(stretches[-half:]))
