"""usher undo: go back to what was wanted before."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace

from usher.api.text import printable
from usher.cli.command import client_of
from usher.cli.console import Console
from usher.cli.follow import conclude, follow


def configure(parser: ArgumentParser) -> None:
    """Take the version to go back to."""
    parser.add_argument(
        "version",
        nargs="?",
        type=_number,
        metavar="VERSION",
        help="number from `usher history`; the one before the present one when missing",
    )
    parser.add_argument("--dry-run", action="store_true", help="only say what would change")


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise ArgumentTypeError("expected a number that `usher history` shows")
    return int(text)


def run(options: Namespace, console: Console) -> int:
    """Say what changes, then change it, and return when it is so."""
    client = client_of(options)
    preview = client.undo_preview(options.version)
    if options.dry_run and console.json:
        console.data(preview)
        return 0
    if not console.json:
        version = preview.version
        console.note(printable(f"version {version.n} of {version.time} ({version.what}):"))
        for line in preview.changes or ["nothing differs from it"]:
            console.note(f"  {printable(line)}")
    if options.dry_run or not preview.changes:
        return 0
    report = follow(client.undo(preview.version.n), console)
    return conclude(report, console, f"as in version {preview.version.n} again")
