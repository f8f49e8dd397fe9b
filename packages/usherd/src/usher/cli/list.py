"""usher list: the table. `hot` answers it mostly; here are the other cases."""

from argparse import Namespace

from usher.api.types import ServiceList
from usher.cli.command import client_of, takes_nothing
from usher.cli.console import Console
from usher.client import NotRunningError, usher_home

configure = takes_nothing


def run(options: Namespace, console: Console) -> int:
    """Print the table, or the services as JSON. An empty list is an answer, not an error."""
    client = client_of(options)
    try:
        if console.json:
            console.data(client.overview())
        else:
            console.raw(client.listing(columns=console.columns, color=console.color))
    except NotRunningError:
        if console.json:
            console.data(ServiceList(services=[]))
        else:
            console.print(
                f"usher is not running in {usher_home(options.home)}.\n"
                "`usher start` in a folder with an usher.toml starts it."
            )
    return 0
