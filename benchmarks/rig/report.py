"""Figures as a table, as JSON and as the section of docs/benchmarks.md."""

from __future__ import annotations

import json
import statistics
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rig.measures import Figure

REFERENCE = "pm2"
"""The manager that all others are compared with."""


@dataclass(frozen=True, slots=True)
class Report:
    """One run of the benchmark."""

    date: str
    command: str
    versions: dict[str, str]
    """What was measured and on what machine, by name."""
    load: float
    """Processes that were ready to run when the benchmark began (1 minute's average)."""
    figures: list[Figure]
    floors: Figure | None
    """What starting a program that does nothing costs."""

    def as_json(self) -> str:
        """Return everything, each sample included."""
        return json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n"

    def as_table(self, names: Sequence[str]) -> str:
        """Return a row for each figure: the managers, then their ratios to PM2."""
        others = [name for name in names if name != REFERENCE and REFERENCE in names]
        rows = [["", *names, *(f"{name} / {REFERENCE}" for name in others)]]
        for figure in self.figures:
            cells = [_cell(figure.samples[name]) for name in names]
            ratios = [_ratio(figure, name) for name in others]
            rows.append([f"{figure.title}, {figure.unit}", *cells, *ratios])
        return _table(rows)

    def as_floors(self) -> str:
        """Return a row for each program that does nothing; empty if none was timed."""
        if self.floors is None:
            return ""
        rows = [[name, _cell(values)] for name, values in self.floors.samples.items()]
        return _table([["floor", self.floors.unit], *rows])

    def as_markdown(self, names: Sequence[str]) -> str:
        """Return the section for docs/benchmarks.md."""
        facts = {**self.versions, "load average at the start": f"{self.load:.1f}"}
        listed = "\n".join(f"- {name}: {value}" for name, value in facts.items())
        return (
            f"## {self.date}\n\nTaken with `{self.command}`.\n\n{listed}\n\n"
            f"{self.as_table(names)}\n{self.as_floors()}"
        )


def _cell(values: Sequence[float]) -> str:
    middle = _number(statistics.median(values))
    return f"{middle} ({_number(min(values))}-{_number(max(values))})"


def _number(value: float) -> str:
    """Round to three digits: more is noise."""
    return f"{value:.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"


def _ratio(figure: Figure, name: str) -> str:
    reference = statistics.median(figure.samples[REFERENCE])
    return f"{statistics.median(figure.samples[name]) / reference:.2f}x" if reference else "-"


def _table(rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table whose columns stand below each other."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    head, *body = rows
    rule = ["-" * width for width in widths]
    return "".join(_row(cells, widths) for cells in (head, rule, *body))


def _row(cells: Iterable[str], widths: Iterable[int]) -> str:
    padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    return f"| {' | '.join(padded)} |\n"
