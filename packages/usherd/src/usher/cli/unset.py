"""usher unset: forget a value that was set."""

from argparse import ArgumentParser, Namespace

from usher.api.exit_codes import ExitCode
from usher.cli import settings as shared
from usher.cli.console import Console
from usher.client import UsherError
from usher.host import settings


def configure(parser: ArgumentParser) -> None:
    """Take the key."""
    parser.add_argument("key", metavar="KEY", help="a key, a module with all its keys, or all")


def run(options: Namespace, console: Console) -> int:
    """Forget it; 1 when it was not set."""
    with shared.explained():
        was_there = settings.remove(shared.writable_folder(), options.key)
    if not was_there:
        raise UsherError(f"cannot unset {options.key!r}: it was not set", exit_code=ExitCode.USAGE)
    if console.json:
        console.data({"unset": options.key})
    return 0
