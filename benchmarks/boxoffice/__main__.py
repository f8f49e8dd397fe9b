"""uv run python -m benchmarks.boxoffice [--sizes 1x 100x 1000x] [--requests N] [--keep FOLDER].

docs/benchmarks.md says what is measured and how, and keeps the results. Needs 6 GB of disk.
"""

from __future__ import annotations

import argparse
import os
import platform
import shlex
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.boxoffice.beside import compare_views, import_plainly
from benchmarks.boxoffice.database import ALL, SOME, Database, Server, generated, serving
from benchmarks.boxoffice.equality import differences
from benchmarks.boxoffice.measures import (
    Asked,
    ask_metrics,
    export_metrics,
    import_workbooks,
    peak_memory,
    whole_memory,
)
from benchmarks.boxoffice.report import AtSize, Report
from benchmarks.boxoffice.season import SIZES
from benchmarks.rig.program import Outputs, add_outputs, run

from boxoffice.database import open_database, superuser_url

if TYPE_CHECKING:
    from collections.abc import Generator

SECTION = "boxoffice figures"
"""The name of the markers in the page."""

_FILES = 20
"""Workbooks imported at each size."""


class Arguments(Outputs):
    """The command line."""

    sizes: list[str]
    requests: int
    processes: int
    skip_equality: bool
    keep: Path | None


def main() -> int:
    """Measure, print, and write where asked to."""
    arguments = _parse(sys.argv[1:])
    return run(lambda: _measure(arguments), arguments, SECTION, "boxoffice benchmark")


def _parse(argv: list[str]) -> Arguments:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.boxoffice",
        description="Measure boxoffice at 1, 100 and 1,000 times a season.",
    )
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=list(SIZES))
    parser.add_argument(
        "--requests", type=int, default=300, metavar="N", help="for each metric and person (300)"
    )
    parser.add_argument(
        "--processes", type=int, default=2, metavar="N", help="of the server (2, as in usher.toml)"
    )
    add_outputs(parser)
    parser.add_argument(
        "--skip-equality", action="store_true", help="leave out the 1,100 real workbooks"
    )
    parser.add_argument(
        "--keep",
        type=Path,
        metavar="FOLDER",
        help="generate into FOLDER, and measure copies of what is there already (twice the disk)",
    )
    return parser.parse_args(argv, Arguments())


def _measure(arguments: Arguments) -> Report:
    begin, load = time.monotonic(), os.getloadavg()[0]
    report = Report(
        date=datetime.now(UTC).date().isoformat(),
        command=shlex.join(["python", "-m", "benchmarks.boxoffice", *sys.argv[1:]]),
        facts={
            "boxoffice": version("boxoffice"),
            "Python": platform.python_version(),
            "kernel": platform.release(),
            "CPUs": str(os.cpu_count()),
        },
        sizes=[],
        plain=None,
        beside=[],
        equality=None,
    )
    os.environ.pop("DATABASE_URL", None)
    with _home(arguments.keep) as home, open_database(home) as server:
        report = _fill(report, arguments, server, superuser_url(home))
    report.facts["load average"] = f"{load:.1f} before, {os.getloadavg()[0]:.1f} after"
    report.facts["duration"] = f"{time.monotonic() - begin:.0f} s"
    return report


@contextmanager
def _home(keep: Path | None) -> Generator[Path]:
    """Where the database lies. As root its server is another user, who must get through to it."""
    with ExitStack() as stack:
        folder = keep or Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="boxoffice-benchmark-"))
        )
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o711)
        yield folder / "home"


def _fill(report: Report, arguments: Arguments, server: str, superuser: str) -> Report:
    equality = None if arguments.skip_equality else differences(server, superuser)
    plain, beside = None, []
    for size in (SIZES[name] for name in arguments.sizes):
        print(f"boxoffice benchmark: generating {size.name}", file=sys.stderr)
        with generated(server, superuser, size, keep=bool(arguments.keep)) as database:
            report.sizes.append(measure_size(database, arguments.requests, arguments.processes))
            if size.name == arguments.sizes[-1]:
                plain = import_plainly(database, 5)
                beside = list(compare_views(database, ALL))
    return Report(report.date, report.command, report.facts, report.sizes, plain, beside, equality)


def measure_size(database: Database, requests: int, processes: int) -> AtSize:
    """Everything that one database is measured for."""
    with serving(database, processes, "--keep-answers", "0") as server:
        asked = _ask_everything(server, database, requests)
    with serving(database, processes) as server:
        kept = _ask_everything(server, database, requests)
        exported = list(export_metrics(server, database))
        peak = peak_memory(server)
        imported = import_workbooks(server, database, _FILES)
        memory = whole_memory(server, database)
    return AtSize(
        name=database.name,
        generated_seconds=database.seconds,
        size_bytes=database.size_bytes,
        imported=imported,
        asked=asked,
        kept=kept,
        exported=exported,
        export_peak=peak,
        memory=memory,
    )


def _ask_everything(server: Server, database: Database, requests: int) -> list[Asked]:
    return [each for who in (ALL, SOME) for each in ask_metrics(server, database, who, requests)]


if __name__ == "__main__":
    sys.exit(main())
