"""usher scale: have more or fewer instances of an app."""

from argparse import ArgumentParser, Namespace

from usher.cli.command import client_of, takes_patience
from usher.cli.console import Console
from usher.cli.follow import conclude, follow


def configure(parser: ArgumentParser) -> None:
    """Take a name and a number."""
    parser.add_argument("name", metavar="NAME", help="name or id of an app")
    parser.add_argument(
        "instances", metavar="N", help="how many, +2 for two more, -1 for one fewer"
    )
    takes_patience(parser)


def run(options: Namespace, console: Console) -> int:
    """Scale, and return when the new instances are ready or the surplus ones have ended."""
    frames = client_of(options).scale(
        options.name, options.instances, wait=not options.no_wait, timeout=options.timeout
    )
    report = follow(frames, console)
    scaled = ", ".join(f"{each.name} to {each.instances_wanted}" for each in report.services)
    return conclude(report, console, f"scaled {scaled}", waited=not options.no_wait)
