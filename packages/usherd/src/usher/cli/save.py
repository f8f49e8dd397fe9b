"""usher save: keep the present list for `usher resurrect`."""

from argparse import Namespace

from usher.cli.command import client_of, takes_nothing
from usher.cli.console import Console
from usher.cli.follow import conclude

configure = takes_nothing


def run(options: Namespace, console: Console) -> int:
    """Save; the running state is kept at every change anyway, this is a snapshot by hand."""
    report = client_of(options).save()
    return conclude(report, console, f"saved {report.detail}".rstrip())
