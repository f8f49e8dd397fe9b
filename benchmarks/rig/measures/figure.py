"""A measured quantity."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured quantity: its samples by manager (or by floor); who cannot do it has none."""

    key: str
    title: str
    unit: str
    samples: dict[str, list[float]] = field(default_factory=dict[str, list[float]])

    def add(self, subject: str, value: float) -> None:
        """Note one sample."""
        self.samples.setdefault(subject, []).append(value)
