"""Measure usher beside PM2 and supervisor, all in the same run.

uv run python benchmarks/peers.py [--json FILE] [--markdown] [--quick]

docs/benchmarks.md says what is measured and how, and keeps the results.
"""

from __future__ import annotations

import argparse
import os
import platform
import shlex
import shutil
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rig import measures
from rig.command import BenchmarkError, Command, plain_environment
from rig.installs import PM2_VERSION, SUPERVISOR_VERSION, build_child, install
from rig.managers import MANAGERS
from rig.report import Report
from rig.session import Bench

if TYPE_CHECKING:
    from rig.installs import Installs
    from rig.measures import Figure

MEASURES = ("list", "restart", "memory", "log")


@dataclass(frozen=True, slots=True)
class Rounds:
    """How often each measurement is taken of each manager."""

    list: int = 15
    restart: int = 11
    memory: int = 3
    log: int = 5
    log_lines: int = 1_000_000


QUICK = Rounds(list=3, restart=2, memory=1, log=1, log_lines=100_000)


def main() -> int:
    """Parse arguments, measure, print."""
    arguments = _parse(sys.argv[1:])
    try:
        report = _measure(arguments)
    except BenchmarkError as error:
        print(f"peers: {error}", file=sys.stderr)
        return 1
    if arguments.json:
        arguments.json.write_text(report.as_json())
    if arguments.markdown:
        print(report.as_markdown(arguments.managers).rstrip())
    else:
        print(f"{report.as_table(arguments.managers)}\n{report.as_floors()}".rstrip())
    return 0


class Arguments(argparse.Namespace):
    """The command line."""

    json: Path | None
    markdown: bool
    quick: bool
    only: list[str]
    managers: list[str]
    cache: Path


def _parse(argv: list[str]) -> Arguments:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "usher-benchmarks"
    parser = argparse.ArgumentParser(description="Measure usher beside PM2 and supervisor.")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every sample to FILE")
    parser.add_argument("--markdown", action="store_true", help="print a section for the docs")
    parser.add_argument(
        "--quick", action="store_true", help="few rounds, to try the benchmark: not to be quoted"
    )
    parser.add_argument(
        "--only", nargs="+", choices=MEASURES, default=list(MEASURES), help="what to measure"
    )
    parser.add_argument(
        "--managers", nargs="+", choices=MANAGERS, default=list(MANAGERS), help="whom to measure"
    )
    parser.add_argument(
        "--cache", type=Path, default=cache, help="where managers are installed (%(default)s)"
    )
    return parser.parse_args(argv, Arguments())


def _measure(arguments: Arguments) -> Report:
    """Install what is asked for, take the measurements one after the other."""
    rounds = QUICK if arguments.quick else Rounds()
    load = os.getloadavg()[0]
    installs = install(arguments.managers, arguments.cache)
    figures: list[Figure] = []
    floors: Figure | None = None
    with tempfile.TemporaryDirectory(prefix="bench-child-") as folder:
        bench = Bench(arguments.managers, installs, build_child(Path(folder)))
        if "list" in arguments.only:
            latency, floors = measures.list_latency(bench, rounds.list)
            figures.append(latency)
        if "restart" in arguments.only:
            figures.append(measures.restart_latency(bench, rounds.restart))
        if "memory" in arguments.only:
            figures += measures.memory(bench, rounds.memory)
        if "log" in arguments.only:
            figures += measures.log_flood(bench, rounds.log, rounds.log_lines)
    return Report(
        date=datetime.now(UTC).date().isoformat(),
        command=shlex.join(["python", "benchmarks/peers.py", *sys.argv[1:]]),
        versions=_versions(installs),
        load=load,
        figures=figures,
        floors=floors,
    )


def _versions(installs: Installs) -> dict[str, str]:
    """Return what was measured and on what machine."""
    version = "import importlib.metadata as m; print(m.version('usherd'))"
    env = plain_environment(Path.home())
    node = shutil.which("node")
    return {
        "usher": Command((str(installs.python), "-c", version), env).run().strip(),
        "PM2": PM2_VERSION,
        "node": Command((node, "--version"), env).run().strip() if node else "none",
        "supervisor": SUPERVISOR_VERSION,
        "Python": platform.python_version(),
        "kernel": platform.release(),
        "CPUs": str(os.cpu_count()),
    }


if __name__ == "__main__":
    sys.exit(main())
