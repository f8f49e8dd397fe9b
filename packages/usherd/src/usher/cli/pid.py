"""usher pid: process ids, one a line."""

from argparse import ArgumentParser, Namespace

from usher.cli.command import client_of
from usher.cli.console import Console
from usher.client import NotRunningError


def configure(parser: ArgumentParser) -> None:
    """Take names; all apps when none is given."""
    parser.add_argument("names", nargs="*", metavar="NAME", help="name of an app; all when missing")


def run(options: Namespace, console: Console) -> int:
    """Print the main pids of what runs; nothing for what does not."""
    try:
        services = client_of(options).services(options.names)
    except NotRunningError:
        if options.names:
            raise
        services = []
    pids = [each.pid for service in services for each in service.instances if each.pid is not None]
    if console.json:
        console.data(pids)
    else:
        for pid in pids:
            console.print(str(pid))
    return 0
