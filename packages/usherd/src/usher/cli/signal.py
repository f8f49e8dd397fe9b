"""usher signal: send a signal to the processes of apps."""

from argparse import ArgumentParser, Namespace

from usher.cli.command import client_of, takes_names
from usher.cli.console import Console
from usher.cli.follow import conclude


def configure(parser: ArgumentParser) -> None:
    """Take the signal, then names."""
    parser.add_argument("signal", metavar="SIGNAL", help="for example SIGUSR2, hup or 10")
    takes_names(parser)
    parser.add_argument(
        "--group", action="store_true", help="also to what the main processes started"
    )


def run(options: Namespace, console: Console) -> int:
    """Send it to main processes; what they do then is their own affair."""
    scope = "group" if options.group else "process"
    report = client_of(options).signal(options.names, options.signal, scope=scope)
    return conclude(report, console, report.detail)
