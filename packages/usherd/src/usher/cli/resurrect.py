"""usher resurrect: bring back the saved list."""

from argparse import Namespace

from usher.cli.command import takes_nothing
from usher.cli.console import Console
from usher.cli.follow import conclude, follow
from usher.client import ensure_running, usher_home

configure = takes_nothing


def run(options: Namespace, console: Console) -> int:
    """Start usher if need be, and every app that was up when the list was saved."""
    client = ensure_running(usher_home(options.home))
    report = follow(client.resurrect(), console)
    names = ", ".join(service.name for service in report.services)
    return conclude(report, console, f"back and ready: {names or 'nothing was saved as up'}")
