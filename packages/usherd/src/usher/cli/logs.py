"""usher logs: the output of apps."""

import re
from argparse import ArgumentParser, Namespace
from typing import Final

from usher.api.text import printable
from usher.api.types import LogLine
from usher.cli.command import client_of, count
from usher.cli.console import Console

_COLOR_CODE: Final = re.compile(r"(\x1b\[[0-9;]{0,20}m|\t)")
"""What of a service's own output may reach a terminal as it is."""


def configure(parser: ArgumentParser) -> None:
    """Take names, how many lines, and whether to go on."""
    parser.add_argument("names", nargs="*", metavar="NAME", help="names of apps; all when missing")
    parser.add_argument("-f", "--follow", action="store_true", help="go on with new lines")
    parser.add_argument(
        "-n",
        "--lines",
        type=count,
        default=15,
        metavar="N",
        help="begin with the last N lines (15)",
    )
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--out", action="store_true", help="standard output only")
    only.add_argument("--err", action="store_true", help="standard error only")


def run(options: Namespace, console: Console) -> int:
    """Print lines with the instance before each, or one JSON object a line."""
    streams = ("out",) if options.out else ("err",) if options.err else ("out", "err")
    lines = client_of(options).logs(
        options.names, lines=options.lines, follow=options.follow, streams=streams
    )
    for line in lines:
        if console.json:
            console.data(line)
        else:
            console.print(_shown(line, console))
    return 0


def _shown(line: LogLine, console: Console) -> str:
    name = printable(f"{line.service}:{line.slot}")
    mark = console.paint(f"{name} |", "red" if line.stream == "err" else "dim")
    return f"{mark} {safe(line.line) if console.terminal else line.line}"


def safe(text: str) -> str:
    """Keep colours and tabs; every other control character is shown and not obeyed."""
    parts = _COLOR_CODE.split(text)
    safe = [part if _COLOR_CODE.fullmatch(part) else printable(part) for part in parts]
    return "".join(safe) + ("\x1b[0m" if len(parts) > 1 else "")
