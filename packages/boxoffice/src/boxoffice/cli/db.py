"""`boxoffice db`: looks after the schema."""

import argparse
import sys

from boxoffice.cli import Subparsers
from boxoffice.cli.environment import open_store
from boxoffice.db.schema import SchemaError

_OK = 0
_REFUSED = 2


def add_parser(subparsers: Subparsers) -> None:
    """Add the subcommand and its options."""
    parser = subparsers.add_parser(
        "db",
        help="bring the database's tables and views up to date",
        description="Look after the database's schema.",
    )
    actions = parser.add_subparsers(dest="action", metavar="action", required=True)
    actions.add_parser(
        "upgrade",
        help="create or update tables, rights and views",
        description=(
            "Create or update tables, rights and views, all or nothing. Harmless when there is"
            " nothing to do."
        ),
    )


def run(args: argparse.Namespace) -> int:
    """Upgrade the database of this environment."""
    try:
        with open_store():
            print(f"boxoffice db {args.action}: up to date", file=sys.stderr)
    except SchemaError as error:
        print(f"boxoffice db {args.action}: {error}", file=sys.stderr)
        return _REFUSED
    return _OK
