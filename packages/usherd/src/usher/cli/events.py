"""usher events: what happened, with times."""

from argparse import ArgumentParser, Namespace

from usher.api import bus
from usher.api.text import printable
from usher.api.types import EventRecord
from usher.cli.command import client_of, count
from usher.cli.console import Console
from usher.client import Client


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
    parser.add_argument(
        "--pm2", action="store_true", help="one JSON object a line, in the words of PM2's bus"
    )


def run(options: Namespace, console: Console) -> int:
    """Print one line an event, or one JSON object."""
    client = client_of(options)
    events = client.events(
        since=options.since, lines=options.lines, follow=options.follow, service=options.name
    )
    ids: dict[tuple[str, int | None], int] = {}
    event = None
    for event in events:
        if options.pm2:
            message = bus.record(event, _id(event, ids, client))
            if message is not None:
                console.data(message)
        elif console.json:
            console.data(event)
        else:
            console.print(_shown(event))
    if event is None:
        console.note(_nothing(options, client))
    return 0


def _nothing(options: Namespace, client: Client) -> str:
    """Say that there is no event: of a name that nobody knows there never was one."""
    if options.name and options.name not in {each.name for each in client.services()}:
        return f"no event of {printable(options.name)!r}: usher list shows the names of apps"
    return "no event"


def _id(event: EventRecord, ids: dict[tuple[str, int | None], int], client: Client) -> int | None:
    """Find PM2's id of an instance; None when it is forgotten already."""
    key = (event.service, event.slot)
    if key not in ids and event.slot is not None:
        services = client.services()
        ids |= {(each.name, one.slot): one.id for each in services for one in each.instances}
    return ids.get(key)


def _shown(event: EventRecord) -> str:
    who = event.service if event.slot is None else f"{event.service}:{event.slot}"
    detail = f"  {event.detail}" if event.detail else ""
    return printable(f"{event.time}  {who or 'usher':<16} {event.event:<16}{detail}").rstrip()
