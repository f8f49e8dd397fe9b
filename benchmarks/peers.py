"""Measure usher beside PM2, supervisor, circus, runit and s6, all in the same run.

uv run python -m benchmarks.peers [--only ROW ...] [--managers NAME ...] [--quick] [--write]

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
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.rig.command import Command, plain_environment
from benchmarks.rig.installs import (
    CIRCUS_VERSION,
    PM2_VERSION,
    SUPERVISOR_VERSION,
    build_child,
    install,
)
from benchmarks.rig.managers import MANAGERS
from benchmarks.rig.program import Outputs, add_outputs, run
from benchmarks.rig.report import SECTION, Report
from benchmarks.rig.rows import FULL, QUICK, ROWS
from benchmarks.rig.session import Bench

if TYPE_CHECKING:
    from benchmarks.rig.figure import Figure
    from benchmarks.rig.installs import Installs

FLOOR = "floor"
"""The key of what is measured of no manager."""


def main() -> int:
    """Parse arguments, measure, print; a failed manager is told of and the others are measured."""
    arguments = _parse(sys.argv[1:])
    return run(lambda: _measure(arguments), arguments, SECTION, "peers")


class Arguments(Outputs):
    """The command line."""

    quick: bool
    only: list[str]
    managers: list[str]
    cache: Path


def _parse(argv: list[str]) -> Arguments:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "usher-benchmarks"
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.peers", description="Measure usher beside its peers."
    )
    add_outputs(parser)
    parser.add_argument(
        "--quick", action="store_true", help="few rounds, to try the benchmark: not to be quoted"
    )
    parser.add_argument(
        "--only", nargs="+", choices=ROWS, default=list(ROWS), help="what to measure"
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
    installs = install(arguments.managers, arguments.cache)
    names = [name for name in arguments.managers if name not in installs.missing]
    begin, load = time.monotonic(), os.getloadavg()[0]
    figures, unmeasured = _figures(arguments, names, installs)
    floors = [figure for figure in figures if figure.key == FLOOR]
    return Report(
        date=datetime.now(UTC).date().isoformat(),
        command=shlex.join(["python", "-m", "benchmarks.peers", *sys.argv[1:]]),
        seconds=time.monotonic() - begin,
        versions=_versions(installs),
        loads=(load, os.getloadavg()[0]),
        missing=installs.missing | dict.fromkeys(unmeasured, "the run was ended before it"),
        names=names,
        figures=[figure for figure in figures if figure.key != FLOOR],
        floors=floors[0] if floors else None,
    )


def _figures(
    arguments: Arguments, names: list[str], installs: Installs
) -> tuple[list[Figure], list[str]]:
    """Return what was measured, and the rows that were not because somebody ended the run."""
    rounds = QUICK if arguments.quick else FULL
    figures: list[Figure] = []
    todo = list(arguments.only)
    with tempfile.TemporaryDirectory(prefix="bench-child-") as folder:
        bench = Bench(names, installs, build_child(Path(folder)))
        try:
            while todo:
                begin = time.monotonic()
                figures += ROWS[todo[0]](bench, rounds)
                print(f"peers: {todo[0]} took {time.monotonic() - begin:.0f} s", file=sys.stderr)
                todo.pop(0)
        except KeyboardInterrupt:
            print(f"peers: ended, without {', '.join(todo)}", file=sys.stderr)
    return figures, todo


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
        "circus": CIRCUS_VERSION,
        "runit": installs.debian.version("runit"),
        "s6": installs.debian.version("s6"),
        "Python": platform.python_version(),
        "kernel": platform.release(),
        "CPUs": str(os.cpu_count()),
    }


if __name__ == "__main__":
    sys.exit(main())
