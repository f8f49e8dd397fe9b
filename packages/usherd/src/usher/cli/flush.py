"""usher flush: empty the log files of apps; rotated files stay."""

from argparse import ArgumentParser, Namespace

from usher.cli.command import client_of
from usher.cli.console import Console
from usher.cli.follow import conclude


def configure(parser: ArgumentParser) -> None:
    """Take names of apps."""
    parser.add_argument("names", nargs="*", metavar="NAME", help="names of apps; all when missing")


def run(options: Namespace, console: Console) -> int:
    """Empty the files."""
    report = client_of(options).flush(options.names or ["all"])
    return conclude(report, console, "log files emptied")
