"""What the benchmark commands have in common: to be ended well, and where their figures go."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from benchmarks.rig.command import BenchmarkError
from benchmarks.rig.report import replace_section

if TYPE_CHECKING:
    from collections.abc import Callable

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"


class Outputs(argparse.Namespace):
    """The part of a command line that says where figures go."""

    json: Path | None
    write: bool


class Figures(Protocol):
    """What a command has measured."""

    def as_json(self) -> str:
        """Return everything, each sample included."""
        ...

    def as_text(self) -> str:
        """Return what a person reads in a terminal."""
        ...

    def as_markdown(self) -> str:
        """Return the section for docs/benchmarks.md."""
        ...


def add_outputs(parser: argparse.ArgumentParser) -> None:
    """Add the options that every benchmark has."""
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure to FILE")
    parser.add_argument(
        "--write", action="store_true", help="put the tables into docs/benchmarks.md"
    )


def run(measure: Callable[[], Figures], outputs: Outputs, section: str, prog: str) -> int:
    """Measure, print, and write where asked to; `section` names the markers in the page.

    Returns the exit code.
    """
    # Ended from outside, it still ends what it started: as an exception, through every `with`.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        figures = measure()
    except BenchmarkError as error:
        print(f"{prog}: {error}", file=sys.stderr)
        return 1
    if outputs.json:
        outputs.json.write_text(figures.as_json())
    if outputs.write:
        PAGE.write_text(replace_section(PAGE.read_text(), figures.as_markdown(), section))
    print(figures.as_text())
    return 0
