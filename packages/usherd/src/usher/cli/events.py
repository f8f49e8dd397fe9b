"""usher events: what happened, with times."""

from argparse import ArgumentParser, Namespace

from usher.api.text import printable
from usher.api.types import EventRecord
from usher.cli.command import client_of, count
from usher.cli.console import Console


def configure(parser: ArgumentParser) -> None:
    """Take whose events, how many, and whether to go on."""
    parser.add_argument("name", nargs="?", metavar="NAME", help="name of an app; all when missing")
    parser.add_argument("-f", "--follow", action="store_true", help="go on with what happens")
    parser.add_argument(
        "-n", "--lines", type=count, default=50, metavar="N", help="the last N events (50), 0: all"
    )
    parser.add_argument(
        "--since", type=count, default=0, metavar="SEQ", help="only events after this number"
    )


def run(options: Namespace, console: Console) -> int:
    """Print one line an event, or one JSON object."""
    events = client_of(options).events(
        since=options.since, lines=options.lines, follow=options.follow, service=options.name
    )
    for event in events:
        if console.json:
            console.data(event)
        else:
            console.print(_shown(event))
    return 0


def _shown(event: EventRecord) -> str:
    who = event.service if event.slot is None else f"{event.service}:{event.slot}"
    detail = f"  {event.detail}" if event.detail else ""
    return printable(f"{event.time}  {who or 'usher':<16} {event.event:<16}{detail}").rstrip()
