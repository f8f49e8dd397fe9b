"""uv run python -m benchmarks.recovery [--runs N] [--minutes M] [--only ...] [--write].

docs/benchmarks.md says what is measured and how, and keeps the results.
"""

from __future__ import annotations

import argparse
import os
import platform
import shlex
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from random import Random
from typing import TYPE_CHECKING

from benchmarks.recovery.faults import FAULTS
from benchmarks.recovery.hangs import round_of_faults
from benchmarks.recovery.healthy import outage, slow
from benchmarks.recovery.leaks import limited, named
from benchmarks.recovery.report import Report
from benchmarks.rig.command import BenchmarkError
from benchmarks.rig.program import Outputs, add_outputs, run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SECTION = "recovery figures"
"""The name of the markers in the page."""


class Arguments(Outputs):
    """The command line."""

    runs: int
    at_once: int
    minutes: float
    outage_minutes: float
    only: list[str]
    faults: list[str]
    seed: int


def main() -> int:
    """Measure, print, and write where asked to."""
    arguments = _parse(sys.argv[1:])
    return run(lambda: _measure(arguments), arguments, SECTION, "recovery benchmark")


def _parse(argv: list[str]) -> Arguments:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.recovery",
        description="Measure how faults are detected and mended at default settings.",
    )
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--faults", nargs="+", choices=FAULTS, default=list(FAULTS))
    parser.add_argument("--runs", type=int, default=20, metavar="N", help="of each fault (20)")
    parser.add_argument(
        "--at-once", type=int, default=4, metavar="N", help="homes side by side (4)"
    )
    parser.add_argument(
        "--minutes", type=float, default=10.0, help="of load on a healthy service (10)"
    )
    parser.add_argument("--outage-minutes", type=float, default=5.0, help="without PostgreSQL (5)")
    parser.add_argument("--seed", type=int, default=1, help="of the moments of faults (1)")
    add_outputs(parser)
    return parser.parse_args(argv, Arguments())


def _measure(arguments: Arguments) -> Report:
    begin, load = time.monotonic(), os.getloadavg()[0]
    report = Report(
        date=datetime.now(UTC).date().isoformat(),
        command=shlex.join(["python", "-m", "benchmarks.recovery", *sys.argv[1:]]),
        facts={
            "usher": version("usherd"),
            "Python": platform.python_version(),
            "kernel": platform.release(),
            "CPUs": str(os.cpu_count()),
        },
    )
    for part in arguments.only:
        try:
            PARTS[part](arguments, report)
        except BenchmarkError as error:
            report.facts[f"{part} (not measured)"] = str(error)
    report.facts["load average"] = f"{load:.1f} before, {os.getloadavg()[0]:.1f} after"
    report.facts["duration"] = f"{time.monotonic() - begin:.0f} s"
    return report


def _faults(arguments: Arguments, report: Report) -> None:
    """Rounds side by side: each mostly waits."""
    # Moments that a seed repeats; nothing here is secret.
    randoms = [Random(f"{arguments.seed}:{n}") for n in range(arguments.runs)]  # noqa: S311
    with ThreadPoolExecutor(arguments.at_once) as pool:
        for trials in pool.map(partial(round_of_faults, arguments.faults), randoms):
            report.trials += trials


def _leak(_: Arguments, report: Report) -> None:
    report.limited.append(limited())
    report.named.append(named())


def _database(arguments: Arguments, report: Report) -> None:
    report.outage = outage(arguments.outage_minutes)


def _healthy(arguments: Arguments, report: Report) -> None:
    report.slow = slow(arguments.minutes)


PARTS: Mapping[str, Callable[[Arguments, Report], None]] = {
    "faults": _faults,
    "leak": _leak,
    "database": _database,
    "healthy": _healthy,
}

if __name__ == "__main__":
    sys.exit(main())
