"""A sum of won over days, by a shape. Pure.

Rule (the one people know from entering a week's target): each day gets its part rounded down, and
what is left goes to the first days, one won each.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction

Weights = Mapping[date, Fraction]
"""How much of the sum each day gets, relative to the others; none is negative."""


class NothingToSpreadOver(Exception):  # noqa: N818 - what happened, not a kind of error
    """No day has a weight: the sum would be lost."""


def days(first: date, last: date) -> Iterator[date]:
    """Every day from `first` to `last`, both included."""
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def even(first: date, last: date) -> Weights:
    """All days alike."""
    return {day: Fraction(1) for day in days(first, last)}


def by_weekday(first: date, last: date, weights: Sequence[int]) -> Weights:
    """Seven weights, Monday's first."""
    return {day: Fraction(weights[day.weekday()]) for day in days(first, last)}


def like(first: date, last: date, curve: Sequence[int]) -> Weights:
    """The shape of another sale, stretched or pressed over these days.

    `curve` holds its amounts from its first to its last day. Within one of its days sales are taken
    as steady; days with more refunds than sales weigh nothing.
    """
    sold = [max(amount, 0) for amount in curve]
    span = list(days(first, last))
    edges = [_sold_until(sold, Fraction(n * len(sold), len(span))) for n in range(len(span) + 1)]
    return {day: edges[n + 1] - edges[n] for n, day in enumerate(span)}


def spread(total: int, weights: Weights) -> Mapping[date, int]:
    """`total` won over the days, in their order; nothing is lost and nothing added."""
    whole = sum(weights.values())
    if not whole:
        raise NothingToSpreadOver
    parts = {day: int(total * weight / whole) for day, weight in sorted(weights.items())}
    left = total - sum(parts.values())
    for day in [day for day in parts if weights[day]][:left]:
        parts[day] += 1
    return parts


def _sold_until(sold: Sequence[int], position: Fraction) -> Fraction:
    """Sales from the beginning to a position, counted in days."""
    day = int(position)
    part = sold[day] * (position - day) if day < len(sold) else Fraction(0)
    return sum(sold[:day]) + part
