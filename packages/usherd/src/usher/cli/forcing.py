"""`--force CODE --reason TEXT`: start in spite of single findings, on the record."""

from argparse import ArgumentParser, Namespace

from usher.api.types import Forced
from usher.cli.command import seconds


def takes_force(parser: ArgumentParser) -> None:
    """Take codes, a reason, and for how long they are overridden."""
    parser.add_argument(
        "--force",
        action="append",
        nargs="?",
        const="",
        default=[],
        metavar="CODE",
        help="start in spite of this finding (repeatable); recorded and announced",
    )
    parser.add_argument("--reason", default="", metavar="TEXT", help="why --force is right here")
    parser.add_argument(
        "--force-for",
        type=seconds,
        default=Forced().force_for,
        metavar="TIME",
        help="how long later starts of the same apps pass too (4h)",
    )


def forced(options: Namespace) -> Forced:
    """Return what is to be overridden."""
    return Forced(force=options.force, reason=options.reason, force_for=options.force_for)
