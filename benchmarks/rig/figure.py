"""A measured quantity."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured quantity: its samples by manager (or by floor).

    Who has neither samples nor a failure does not offer what is measured.
    """

    key: str
    title: str
    unit: str
    ranked: bool = True
    """Whether less is better; else the figure only describes."""
    samples: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    failures: dict[str, str] = field(default_factory=dict[str, str])
    """Why there is no sample, or one less, by manager."""

    def add(self, subject: str, value: float) -> None:
        """Note one sample."""
        self.samples.setdefault(subject, []).append(value)

    def fail(self, subject: str, why: str) -> None:
        """Note that a measurement did not come to its end."""
        self.failures[subject] = why

    def median(self, subject: str) -> float | None:
        """Return the middle of its samples, if there are any."""
        values = self.samples.get(subject)
        return statistics.median(values) if values else None
