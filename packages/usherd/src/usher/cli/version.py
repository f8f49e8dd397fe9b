"""usher version."""

import platform
from argparse import Namespace

from usher import __version__
from usher.cli.command import takes_nothing
from usher.cli.console import Console

configure = takes_nothing


def run(options: Namespace, console: Console) -> int:
    """Print the version of this command; `usher ping` shows the daemon's."""
    del options
    if console.json:
        console.data({"version": __version__, "python": platform.python_version()})
    else:
        console.print(f"usher {__version__} (Python {platform.python_version()})")
    return 0
