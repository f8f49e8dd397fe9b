"""Figures as tables, as JSON and as the section of docs/benchmarks.md."""

from __future__ import annotations

import json
import math
import statistics
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from benchmarks.rig.goals import OURS, behind, verdicts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from benchmarks.rig.figure import Figure
    from benchmarks.rig.goals import Verdict

SECTION = "figures"
"""What the markers in the page are called."""

DISTRIBUTED = ("restart", "restart-young")
"""Figures whose quartiles are shown, by key."""


@dataclass(frozen=True, slots=True)
class Report:
    """One run of the benchmark."""

    date: str
    command: str
    seconds: float
    """How long the run took."""
    versions: dict[str, str]
    """What was measured and on what machine, by name."""
    loads: tuple[float, float]
    """Processes ready to run before and after the run (1 minute's average): before it, others'."""
    missing: dict[str, str]
    """Why a manager or a row was not measured, by its name."""
    names: list[str]
    """The managers that were, in the order of the columns."""
    figures: list[Figure]
    floors: Figure | None
    """What starting a program that does nothing costs."""

    def as_json(self) -> str:
        """Return everything, each sample included."""
        return json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n"

    def as_text(self) -> str:
        """Return all tables, the ratios last."""
        parts = [self.as_table(), self.as_distributions(), self.as_floors(), self.as_goals()]
        return "\n".join(part for part in [*parts, self.as_ratios()] if part)

    def as_table(self) -> str:
        """Return a row for each figure and a column for each manager."""
        rows = [["", *self.names]]
        for figure in self.figures:
            cells = [_state(figure, name) for name in self.names]
            rows.append([f"{figure.title}, {figure.unit}", *cells])
        return table(rows)

    def as_ratios(self) -> str:
        """Return a row for each figure: our median divided by each peer's."""
        peers = [name for name in self.names if name != OURS]
        rows = [["", *(f"{OURS} / {name}" for name in peers)]]
        rows += [[each.title, *(ratio(each, name) for name in peers)] for each in self.figures]
        return table(rows)

    def as_distributions(self) -> str:
        """Return the quartiles of the figures whose spread matters; empty without any."""
        rows = [["", "manager", "samples", "least", "25 %", "median", "75 %", "largest"]]
        for figure in self.figures:
            for name, values in figure.samples.items() if figure.key in DISTRIBUTED else ():
                cells = [_number(value) for value in quartiles(values)]
                rows.append([f"{figure.title}, {figure.unit}", name, str(len(values)), *cells])
        return table(rows) if len(rows) > 1 else ""

    def as_floors(self) -> str:
        """Return a row for each program that does nothing; empty if none was timed."""
        if self.floors is None:
            return ""
        rows = [[name, _cell(values)] for name, values in self.floors.samples.items()]
        return table([["floor", self.floors.unit], *rows])

    def as_goals(self) -> str:
        """Return each goal with our figure, the limit and the verdict, and where we are behind."""
        rows = [["goal", "usher", "at most", ""]]
        rows += [_goal_row(verdict) for verdict in verdicts(self.figures)]
        lines = [
            f"- {figure.title}: {_times(times)} {peer}'s"
            for peer, figure, times in behind(self.figures)
        ]
        rest = "\n".join(lines) or "- nowhere"
        return (
            f"{table(rows)}\nBehind PM2, supervisor or circus (memory with one service is theirs "
            f"but PM2's):\n\n{rest}\n"
        )

    def as_markdown(self) -> str:
        """Return the section for docs/benchmarks.md."""
        loads = f"{self.loads[0]:.1f} before, {self.loads[1]:.1f} after"
        facts = {**self.versions, "load average": loads, "duration": f"{self.seconds:.0f} s"}
        facts |= {f"{name} (not measured)": why for name, why in self.missing.items()}
        listed = "\n".join(f"- {name}: {value}" for name, value in facts.items())
        return (
            f"## {self.date}\n\nTaken with `{self.command}`.\n\n{listed}\n\n"
            f"### Figures\n\n{self.as_table()}\n{self.as_distributions()}\n{self.as_floors()}\n"
            f"### Goals\n\n{self.as_goals()}\n### Ratios\n\n{self.as_ratios()}"
        )


def replace_section(page: str, section: str, name: str = SECTION) -> str:
    """Return `page` with `section` between its markers; ValueError if it does not have both."""
    first, last = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    head, begin, rest = page.partition(first)
    _, end, tail = rest.partition(last)
    if not begin or not end:
        raise ValueError(f"cannot place the figures: the page lacks '{first}' or '{last}'")
    return f"{head}{first}\n\n{section.strip()}\n\n{last}{tail}"


def ratio(figure: Figure, peer: str) -> str:
    """Return our median divided by the peer's, or why there is none."""
    ours, theirs = figure.median(OURS), figure.median(peer)
    if ours is None or theirs is None:
        return _without(figure, OURS if ours is None else peer)
    if theirs <= 0:
        return "both 0" if ours <= 0 else "peer 0"
    return f"{ours / theirs:.2f}x"


def quartiles(values: Sequence[float]) -> list[float]:
    """Return the least, the quartiles and the largest of `values`."""
    if len(values) < 2:
        return [values[0]] * 5
    return [min(values), *statistics.quantiles(values, method="inclusive"), max(values)]


def _state(figure: Figure, name: str) -> str:
    if values := figure.samples.get(name):
        return _cell(values) + ("*" if name in figure.failures else "")
    return _without(figure, name)


def _without(figure: Figure, name: str) -> str:
    return "failed" if name in figure.failures else "not offered"


def _goal_row(verdict: Verdict) -> list[str]:
    said = {True: "met", False: "MISSED", None: "not measured"}[verdict.met]
    values = (verdict.ours, verdict.limit)
    cells = ["-" if value is None else f"{_number(value)} {verdict.unit}" for value in values]
    return [verdict.text, *cells, said]


def _times(value: float) -> str:
    return f"{value:.2f} times" if math.isfinite(value) else "more than 0,"


def _cell(values: Sequence[float]) -> str:
    middle = _number(statistics.median(values))
    if len(values) == 1:
        return middle
    return f"{middle} ({_number(min(values))}-{_number(max(values))})"


def _number(value: float) -> str:
    """Round to three digits: more is noise."""
    return f"{value:.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"


def table(rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table whose columns stand below each other."""
    head, *body = rows
    widths = [max(map(len, column)) for column in zip(head, *body, strict=True)]
    rule = ["-" * width for width in widths]
    return "".join(_row(cells, widths) for cells in (head, rule, *body))


def _row(cells: Iterable[str], widths: Iterable[int]) -> str:
    padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    return f"| {' | '.join(padded)} |\n"
