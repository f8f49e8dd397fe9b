"""The figures of a run as Markdown and JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from benchmarks.boxoffice.database import ALL, SOME
from benchmarks.rig.report import table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.boxoffice.beside import Beside, Plain
    from benchmarks.boxoffice.measures import Asked, Exported, Imported

PREVIEW_MS, COMMIT_MS = 1000.0, 150.0
P50_MS, P95_MS = 40.0, 150.0
FIRST_BYTE_MS, EXPORT_MIB = 200.0, 100.0
MEMORY_MIB = 600.0
"""What is to be reached."""

_MB = 1e6


@dataclass(frozen=True, slots=True)
class AtSize:
    """What was measured with one amount of data."""

    name: str
    generated_seconds: float
    size_bytes: int
    imported: Imported
    asked: list[Asked] = field(default_factory=list["Asked"])
    """Every answer computed."""
    kept: list[Asked] = field(default_factory=list["Asked"])
    """The same of a server that may find what it has computed before."""
    exported: list[Exported] = field(default_factory=list["Exported"])
    export_peak: float = 0.0
    """The most MiB our process was resident with by the end of the exports."""
    memory: tuple[float, float] = (0.0, 0.0)
    """PSS in MiB of our processes and of PostgreSQL's, after everything else."""


@dataclass(frozen=True, slots=True)
class Report:
    """One run."""

    date: str
    command: str
    facts: dict[str, str]
    sizes: list[AtSize]
    plain: Plain | None
    beside: list[Beside]
    equality: tuple[int, list[str]] | None
    """Workbooks imported, and the metrics that then differed."""

    def as_json(self) -> str:
        """Everything."""
        return json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n"

    def as_text(self) -> str:
        """What a person reads in a terminal: the same."""
        return self.as_markdown()

    def as_markdown(self) -> str:
        """The section for docs/benchmarks.md."""
        facts = "\n".join(f"- {name}: {value}" for name, value in self.facts.items())
        parts = [f"### {self.date}", f"Taken with `{self.command}`.", facts, *self._parts()]
        return "\n\n".join(parts)

    def _parts(self) -> Iterator[str]:
        yield "#### Goals\n\n" + table([["goal", "reached", "at most", ""], *self._goals()])
        yield "#### By size\n\n" + table([_SIZE_HEAD, *map(_size_row, self.sizes)])
        if self.plain:
            yield "#### Beside a plain importer\n\n" + table(self._importers(self.plain))
        if self.beside:
            yield "#### Beside naive views\n\n" + table(
                [
                    ["metric", "ours, ms", "naive, ms", "ratio"],
                    *(
                        [each.metric, _ms(each.ours), _ms(each.naive), _times(each)]
                        for each in self.beside
                    ),
                ]
            )
        for size in self.sizes:
            if size.asked:
                title = f"#### Every metric at {size.name}, computed each time"
                yield f"{title}\n\n" + table(_metrics(size.asked))
            if size.kept:
                title = f"#### Every metric at {size.name}, found again"
                yield f"{title}\n\n" + table(_metrics(size.kept))
            if size.exported:
                yield f"#### Whole exports at {size.name}\n\n" + table(_exports(size))

    def _goals(self) -> Iterator[list[str]]:
        for size in self.sizes:
            imported = size.imported
            what = f"preview of {imported.file_bytes / _MB:.2f} MB at {size.name}, p95"
            yield _goal(what, imported.previewed.p95, PREVIEW_MS, "ms")
            what = f"commit of a preview at {size.name}, p95"
            yield _goal(what, imported.committed.p95, COMMIT_MS, "ms")
        for size in self.sizes:
            for said, all_asked in (("", size.asked), (", found again", size.kept)):
                for who in (ALL, SOME):
                    asked = [each for each in all_asked if each.who == who]
                    if asked:
                        yield from _slowest(f"{size.name}, {who}{said}", asked)
        for size in self.sizes:
            if size.exported:
                late = max(size.exported, key=lambda each: each.transfer.first_byte_ms)
                what = f"first byte of an export at {size.name} ({late.metric}, {late.form})"
                yield _goal(what, late.transfer.first_byte_ms, FIRST_BYTE_MS, "ms")
                what = f"memory of our process after all exports at {size.name}, peak"
                yield _goal(what, size.export_peak, EXPORT_MIB, "MiB")
            if size.name == "1x":
                yield _goal("whole system at 1x, PSS", sum(size.memory), MEMORY_MIB, "MiB")
        if self.equality:
            count, differing = self.equality
            what = f"metrics that differ after {count} real workbooks"
            yield _goal(what, len(differing), 0, "")

    def _importers(self, plain: Plain) -> Iterator[list[str]]:
        ours = self.sizes[-1].imported
        yield ["", "boxoffice, s", "openpyxl and row by row, s", "ratio"]
        for what, mine, theirs in (
            ("read one workbook (ours: whole preview)", ours.previewed.p50 / 1000, plain.reading),
            ("insert its rows (ours: whole commit)", ours.committed.p50 / 1000, plain.inserting),
        ):
            yield [what, f"{mine:.3f}", f"{theirs:.3f}", f"{mine / theirs:.2f}x"]


_SIZE_HEAD = [
    "size", "database, MB", "generated in, s", "preview p50 / p95, ms", "commit p50 / p95, ms",
    "CPU of a commit, ms: ours + PostgreSQL", "PSS ours + PostgreSQL, MiB",
]  # fmt: skip


def _size_row(size: AtSize) -> list[str]:
    previewed, committed = size.imported.previewed, size.imported.committed
    return [
        size.name,
        f"{size.size_bytes / _MB:,.0f}",
        f"{size.generated_seconds:.0f}",
        f"{previewed.p50:.0f} / {previewed.p95:.0f}",
        f"{committed.p50:.0f} / {committed.p95:.0f}",
        "{:.1f} + {:.1f}".format(*size.imported.commit_cpu_ms),
        f"{size.memory[0]:.0f} + {size.memory[1]:.0f}",
    ]


def _metrics(asked: list[Asked]) -> Iterator[list[str]]:
    people = [who for who in (ALL, SOME) if any(each.who == who for each in asked)]
    yield ["metric", *(f"{who}: p50 / p95, ms (CPU ms: ours + PostgreSQL)" for who in people)]
    for name in dict.fromkeys(each.metric for each in asked):
        cells: list[str] = []
        for who in people:
            each = next(e for e in asked if (e.metric, e.who) == (name, who))
            cells.append(
                f"{each.latency.p50:.0f} / {each.latency.p95:.0f}"
                f" ({each.server_ms:.1f} + {each.database_ms:.1f})"
            )
        yield [name, *cells]


def _exports(size: AtSize) -> Iterator[list[str]]:
    yield ["metric", "form", "first byte, ms", "whole, s", "MB"]
    for each in size.exported:
        sent = each.transfer
        figures = [_ms(sent.first_byte_ms), f"{sent.seconds:.1f}", f"{sent.size_bytes / _MB:.1f}"]
        yield [each.metric, each.form, *figures]


def _slowest(where: str, asked: list[Asked]) -> Iterator[list[str]]:
    slow = max(asked, key=lambda each: each.latency.p50)
    yield _goal(f"slowest metric at {where}, p50 ({slow.metric})", slow.latency.p50, P50_MS, "ms")
    slow = max(asked, key=lambda each: each.latency.p95)
    yield _goal(f"slowest metric at {where}, p95 ({slow.metric})", slow.latency.p95, P95_MS, "ms")
    over = [each for each in asked if each.latency.p50 > P50_MS or each.latency.p95 > P95_MS]
    yield _goal(f"metrics at {where} that are slower than that", len(over), 0, "")


def _goal(what: str, value: float, limit: float, unit: str) -> list[str]:
    said = "met" if value <= limit else "MISSED"
    return [what, f"{value:.0f} {unit}".strip(), f"{limit:.0f} {unit}".strip(), said]


def _ms(value: float) -> str:
    return f"{value:.0f}" if value >= 10 else f"{value:.1f}"


def _times(each: Beside) -> str:
    return f"{each.ours / each.naive:.3f}x"
