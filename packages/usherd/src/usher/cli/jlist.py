"""usher jlist: the list as JSON in PM2's shape, whatever state usher is in."""

from argparse import Namespace

from usher.cli.command import client_of, takes_nothing
from usher.cli.console import Console
from usher.client import NotRunningError

configure = takes_nothing


def run(options: Namespace, console: Console) -> int:
    """Print the array; an empty one when nothing runs."""
    try:
        console.print(client_of(options).jlist().decode().rstrip("\n"))
    except NotRunningError:
        console.data([])
    return 0
