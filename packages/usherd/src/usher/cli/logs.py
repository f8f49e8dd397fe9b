"""usher logs: the output of apps."""

import re
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable
from datetime import datetime
from typing import Final

import msgspec

from usher.api.text import printable, safe_line
from usher.api.types import LogLine
from usher.cli.command import client_of, count
from usher.cli.console import Console
from usher.cli.moments import moment
from usher.keeper.dates import DateFormat

STAMP: Final = "YYYY-MM-DD HH:mm:ss.SSS"

Shape = Callable[[LogLine], str]


def configure(parser: ArgumentParser) -> None:
    """Take which apps and lines, and how to show them."""
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="name, id, /pattern/ or namespace; all apps"
    )
    which = parser.add_argument_group("which lines")
    which.add_argument("-f", "--follow", action="store_true", help="go on with new lines")
    which.add_argument(
        "--nostream", dest="follow", action="store_false", default=False, help="do not (default)"
    )
    which.add_argument(
        "-n",
        "--lines",
        type=count,
        metavar="N",
        help="begin with the last N lines of each file (15; with --since all)",
    )
    for word, meaning in (("since", "from then on"), ("until", "until then")):
        which.add_argument(
            f"--{word}", type=_moment, metavar="TIME", help=f"{meaning}: 10m (ago), 07:30, a date"
        )
    which.add_argument("--grep", type=_pattern, metavar="REGEX", help="only lines with this in it")
    only = which.add_mutually_exclusive_group()
    only.add_argument("--out", action="store_true", help="standard output only")
    only.add_argument("--err", action="store_true", help="standard error only")
    shape = parser.add_argument_group("how they are shown")
    shape.add_argument("--raw", action="store_true", help="as they were printed, without names")
    shape.add_argument("--format", action="store_true", help="as key=value pairs")
    shape.add_argument(
        "--timestamp",
        nargs="?",
        const=STAMP,
        metavar="FORMAT",
        help=f"with the time before each; tokens as in {STAMP.replace('%', '%%')}",
    )
    shape.add_argument("--highlight", metavar="TEXT", help="mark this text in colour")


def run(options: Namespace, console: Console) -> int:
    """Print lines with the instance before each, or one JSON object a line."""
    lines = client_of(options).logs(
        options.names,
        lines=options.lines,
        follow=options.follow,
        streams=("out",) if options.out else ("err",) if options.err else ("out", "err"),
        since=options.since,
        until=options.until,
        grep=options.grep or "",
    )
    shape = _shape(options, console)
    for line in lines:
        if console.json:
            console.raw(msgspec.json.encode(line).decode() + "\n")
        else:
            console.raw(shape(line) + "\n")
    return 0


def _shape(options: Namespace, console: Console) -> Shape:
    if options.raw:
        return _raw
    stamp = DateFormat(options.timestamp) if options.timestamp else None
    if options.format:
        date = stamp or DateFormat(STAMP)
        return lambda line: _pairs(line, date)

    def shown(line: LogLine) -> str:
        before = f"{stamp(line.time_ns)} " if stamp else ""
        name = printable(f"{line.label or line.service}:{line.slot}")
        mark = console.paint(f"{before}{name} |", "red" if line.stream == "err" else "dim")
        text = safe_line(line.line) if console.terminal else line.line
        if options.highlight:
            text = text.replace(options.highlight, console.paint(options.highlight, "yellow"))
        return f"{mark} {text}"

    return shown


def _raw(line: LogLine) -> str:
    return line.line


def _pairs(line: LogLine, date: DateFormat) -> str:
    name = line.label or line.service
    return (
        f"timestamp={date(line.time_ns)} app={name} id={line.id} "
        f"type={line.stream} message={printable(line.line)}"
    )


def _moment(text: str) -> float:
    return moment(text, datetime.now().astimezone())


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ArgumentTypeError(f"expected a regular expression, not {text!r}: {error}") from None
    return text
