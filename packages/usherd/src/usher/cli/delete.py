"""usher delete: stop apps and take them out of the list."""

from argparse import ArgumentParser, Namespace

from usher.cli.command import client_of, takes_names, takes_patience
from usher.cli.console import Console
from usher.cli.follow import conclude, follow


def configure(parser: ArgumentParser) -> None:
    """Take names."""
    takes_names(parser)
    takes_patience(parser)


def run(options: Namespace, console: Console) -> int:
    """Stop the apps and forget them; their logs stay."""
    frames = client_of(options).delete(
        options.names, wait=not options.no_wait, timeout=options.timeout
    )
    report = follow(frames, console)
    return conclude(
        report, console, f"deleted: {', '.join(options.names)}", waited=not options.no_wait
    )
