"""usher id: the ids of an app's instances, one a line."""

from argparse import ArgumentParser, Namespace

from usher.cli.command import client_of, takes_names
from usher.cli.console import Console


def configure(parser: ArgumentParser) -> None:
    """Take names."""
    takes_names(parser)


def run(options: Namespace, console: Console) -> int:
    """Print what `id:N` selects an instance by."""
    services = client_of(options).services(options.names)
    ids = sorted(each.id for service in services for each in service.instances)
    if console.json:
        console.data(ids)
    else:
        for ident in ids:
            console.print(str(ident))
    return 0
