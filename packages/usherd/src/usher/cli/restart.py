"""usher restart: replace the processes of apps."""

from argparse import ArgumentParser, Namespace

from usher.cli import rechecking
from usher.cli.command import client_of, takes_names, takes_patience
from usher.cli.console import Console
from usher.cli.follow import conclude, follow
from usher.cli.forcing import forced, takes_force


def configure(parser: ArgumentParser) -> None:
    """Take names."""
    takes_names(parser)
    takes_patience(parser)
    takes_force(parser)


def run(options: Namespace, console: Console) -> int:
    """Restart one instance after the other, and return when all are ready."""
    client = client_of(options)
    rechecking.check(client, options.names, options)
    frames = client.restart(
        options.names,
        wait=not options.no_wait,
        timeout=options.timeout,
        forced=forced(options),
    )
    report = follow(frames, console)
    restarted = ", ".join(service.name for service in report.services)
    return conclude(
        report,
        console,
        f"restarted and ready: {restarted or 'nothing'}",
        waited=not options.no_wait,
    )
