"""The measurements of a run as Markdown and JSON, each beside what is promised."""

from __future__ import annotations

import json
import math
import statistics
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from benchmarks.recovery.faults import FAULTS
from benchmarks.recovery.leaks import LIMIT, NAMED_WITHIN, RATE
from benchmarks.rig.report import table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.recovery.hangs import Trial
    from benchmarks.recovery.healthy import Outage, Slow
    from benchmarks.recovery.leaks import Limited, Named

DETECTED, RECOVERED = 30.0, 45.0
DEGRADED, RESTORED = 30.0, 20.0
"""Seconds; recovered: beside the app's own start."""

OVERSHOOT = 2.0
"""Seconds of its rate that a leak may grow beyond its limit."""


@dataclass(slots=True)
class Report:
    """One run; None and empty: not measured."""

    date: str
    command: str
    facts: dict[str, str]
    trials: list[Trial] = field(default_factory=list["Trial"])
    slow: Slow | None = None
    outage: Outage | None = None
    limited: list[Limited] = field(default_factory=list["Limited"])
    named: list[Named] = field(default_factory=list["Named"])

    def as_json(self) -> str:
        """Everything."""
        return json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n"

    def as_text(self) -> str:
        """What a person reads in a terminal: the same."""
        return self.as_markdown()

    def as_markdown(self) -> str:
        """The section for docs/benchmarks.md."""
        facts = "\n".join(f"- {name}: {value}" for name, value in self.facts.items())
        parts = [f"### {self.date}", f"Taken with `{self.command}`.", facts]
        if self.trials:
            parts.append(table([_HEAD, *self._faults()]).rstrip())
        promises = list(self._promises())
        if promises:
            parts.append(table([["", "measured", "promised", ""], *promises]).rstrip())
        return "\n\n".join(parts)

    def _faults(self) -> Iterator[list[str]]:
        for key, fault in FAULTS.items():
            runs = [each for each in self.trials if each.fault == key]
            if not runs:
                continue
            detected = [each.detected for each in runs]
            recovered = [each.recovered for each in runs]
            right = sum(
                each.incidents == 1 and each.kind == fault.kind and each.answers for each in runs
            )
            met = max(detected) <= DETECTED and max(recovered) <= RECOVERED and right == len(runs)
            cells = [fault.title, str(len(runs)), _spread(detected), _spread(recovered)]
            yield [*cells, f"{right} of {len(runs)}", _said(met)]

    def _promises(self) -> Iterator[list[str]]:
        if self.limited:
            used = max(each.used for each in self.limited)
            most = LIMIT * 2**20 / 1e6 + OVERSHOOT * RATE
            what = f"leak of {RATE} MB/s with a limit of {LIMIT} MiB: in use when acted on"
            yield [what, f"{used:.0f} MB", f"{most:.0f} MB", _said(used <= most)]
        if self.named:
            late = max(each.seconds for each in self.named)
            what = f"leak without a limit: named ({self.named[0].cause})"
            yield [what, _seconds(late), _seconds(NAMED_WITHIN), _said(late <= NAMED_WITHIN)]
        if self.slow:
            slow = self.slow
            what = (
                f"healthy, {slow.requests} requests in {slow.minutes:g} minutes, each 80 % of the "
                f"time-out (slowest {slow.slowest:.1f} s): restarts"
            )
            yield [what, str(slow.restarts), "0", _said(slow.restarts == 0)]
        if self.outage:
            yield from _outage(self.outage)


_HEAD = [
    "fault",
    "runs",
    "detected, s",
    "recovered, s",
    "one incident, of the right kind, and the app answers",
    "",
]


def _outage(outage: Outage) -> Iterator[list[str]]:
    what = f"PostgreSQL away for {outage.minutes:g} minutes: "
    yield [what + "restarts", str(outage.restarts), "0", _said(outage.restarts == 0)]
    degraded = outage.degraded <= DEGRADED
    yield [what + "told", _seconds(outage.degraded), _seconds(DEGRADED), _said(degraded)]
    named = outage.cause.startswith(("dependency.", "dep.", "db."))
    yield [what + "first cause", outage.cause, "the database", _said(named)]
    restored = outage.restored <= RESTORED
    yield [
        what + "well again after",
        _seconds(outage.restored),
        _seconds(RESTORED),
        _said(restored),
    ]


def _spread(values: Sequence[float]) -> str:
    middle = statistics.median(values)
    return f"{_number(middle)} ({_number(min(values))}-{_number(max(values))})"


def _number(value: float) -> str:
    return f"{value:.1f}" if math.isfinite(value) else "never"


def _seconds(value: float) -> str:
    return f"{value:.1f} s"


def _said(met: bool) -> str:
    return "met" if met else "MISSED"
