"""usher conf: show every value that was set."""

from argparse import Namespace

from usher.cli import settings as shared
from usher.cli.command import takes_nothing
from usher.cli.console import Console
from usher.host import settings

configure = takes_nothing


def run(options: Namespace, console: Console) -> int:
    """Print one line a key."""
    del options
    with shared.explained():
        shared.show(settings.load(shared.folder()), "", console)
    return 0
