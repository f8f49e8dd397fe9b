"""usher reload-logs: open every log file anew, after something else has renamed it."""

from argparse import Namespace

from usher.cli.command import client_of, takes_nothing
from usher.cli.console import Console
from usher.cli.follow import conclude

configure = takes_nothing


def run(options: Namespace, console: Console) -> int:
    """Open the files anew."""
    return conclude(client_of(options).reload_logs(), console, "log files are opened anew")
