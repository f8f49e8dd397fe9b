"""usher wait: return when apps are in a state."""

from argparse import ArgumentParser, Namespace

from usher.cli.command import client_of, seconds, takes_names
from usher.cli.console import Console
from usher.cli.follow import conclude, follow


def configure(parser: ArgumentParser) -> None:
    """Take names, the state, and the patience."""
    takes_names(parser)
    parser.add_argument(
        "--for", dest="until", choices=("ready", "stopped"), default="ready", help="(ready)"
    )
    parser.add_argument(
        "--timeout", type=seconds, default=60.0, metavar="TIME", help="for example 90s (60s)"
    )


def run(options: Namespace, console: Console) -> int:
    """Wait; exit code 3 when the state cannot come any more, 5 when time ran out."""
    client = client_of(options)
    frames = client.wait(options.names, until=options.until, timeout=options.timeout)
    return conclude(follow(frames, console), console, f"all {options.until}")
