"""usher reload: replace apps by a new generation without losing a request."""

from argparse import ArgumentParser, Namespace

from usher.cli import rechecking
from usher.cli.command import client_of, takes_names, takes_patience
from usher.cli.console import Console
from usher.cli.follow import conclude, follow
from usher.cli.forcing import forced, takes_force


def configure(parser: ArgumentParser) -> None:
    """Take names and how to replace."""
    takes_names(parser)
    parser.add_argument(
        "--in-place",
        action="store_true",
        help="replace one instance after the other, with none beside it (needs no extra memory)",
    )
    takes_patience(parser)
    takes_force(parser)


def run(options: Namespace, console: Console) -> int:
    """Reload, and return when the new generation has taken over or is rejected (3)."""
    client = client_of(options)
    rechecking.check(client, options.names, options)
    frames = client.reload(
        options.names,
        in_place=options.in_place,
        wait=not options.no_wait,
        timeout=options.timeout,
        forced=forced(options),
    )
    report = follow(frames, console)
    reloaded = ", ".join(service.name for service in report.services)
    return conclude(
        report,
        console,
        f"reloaded and ready: {reloaded or 'nothing'}",
        waited=not options.no_wait,
    )
