"""usher stop: take apps down and keep them in the list."""

from argparse import ArgumentParser, Namespace

from usher.cli.command import client_of, takes_names, takes_patience
from usher.cli.console import Console
from usher.cli.follow import conclude, follow
from usher.client import NotRunningError


def configure(parser: ArgumentParser) -> None:
    """Take names."""
    takes_names(parser)
    takes_patience(parser)


def run(options: Namespace, console: Console) -> int:
    """Stop, and return when every process has ended."""
    try:
        frames = client_of(options).stop(
            options.names, wait=not options.no_wait, timeout=options.timeout
        )
    except NotRunningError:
        if options.names != ["all"]:
            raise
        console.note("usher is not running: nothing to stop")
        return 0
    report = follow(frames, console)
    stopped = ", ".join(service.name for service in report.services)
    return conclude(report, console, f"stopped: {stopped or 'nothing'}", waited=not options.no_wait)
