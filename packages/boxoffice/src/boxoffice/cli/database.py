"""`boxoffice database`: the embedded PostgreSQL as one foreground process."""

import argparse
import sys

from boxoffice.cli import Subparsers
from boxoffice.database import become_server, server_answers

_ANSWERS = 0
_NOT_READY = 3


def add_parser(subparsers: Subparsers) -> None:
    """Add the subcommand and its options."""
    parser = subparsers.add_parser(
        "database",
        help="run the embedded PostgreSQL in the foreground",
        description=(
            "Run the embedded PostgreSQL in the foreground: prepares its folder, gives up root and"
            " becomes the server, which logs to stderr. Stop it with SIGINT (Ctrl-C). The folder is"
            " $BOXOFFICE_HOME, else /var/lib/boxoffice as root, else boxoffice in your data folder."
        ),
    )
    parser.add_argument("--port", type=_port, help="TCP port on loopback (default: a stable one)")
    parser.add_argument(
        "--check",
        action="store_true",
        help="start nothing; exit 0 if the server answers, 3 if it does not",
    )


def run(args: argparse.Namespace) -> int:
    """Become the server, or ask whether it answers."""
    if args.check:
        return _ANSWERS if server_answers() else _NOT_READY
    return become_server(args.port, _report)


def _report(line: str) -> None:
    print(f"boxoffice database: {line}", file=sys.stderr, flush=True)


def _port(text: str) -> int:
    port = int(text)
    if not 1 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port (1 to 65535)")
    return port
