"""usher get: show a value that was set."""

from argparse import ArgumentParser, Namespace

from usher.api.exit_codes import ExitCode
from usher.cli import settings as shared
from usher.cli.console import Console
from usher.client import UsherError
from usher.host import settings


def configure(parser: ArgumentParser) -> None:
    """Take the key."""
    parser.add_argument("key", metavar="KEY", help="a key, or a module with all its keys")


def run(options: Namespace, console: Console) -> int:
    """Print it; 1 when it was not set."""
    with shared.explained():
        found = settings.lookup(settings.load(shared.folder()), options.key)
    if found is None:
        raise UsherError(
            f"cannot find {options.key!r}: it was not set",
            hint="`usher conf` lists what was",
            exit_code=ExitCode.USAGE,
        )
    shared.show(found, options.key, console)
    return 0
