"""`boxoffice db`: looks after the schema."""

import argparse
import sys

from boxoffice.cli import Subparsers
from boxoffice.cli.environment import open_store
from boxoffice.db.schema import SchemaError, upgrade

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
            "Create or update tables, rights and views, all or nothing; also repairs views and"
            " rights that were changed by hand. Readers wait for a moment."
        ),
    )


def run(args: argparse.Namespace) -> int:
    """Upgrade the database of this environment, or repair it."""
    try:
        with open_store(as_it_is=True) as engine:
            upgrade(engine, anew=True)
            print(f"boxoffice db {args.action}: up to date", file=sys.stderr)
    except SchemaError as error:
        print(f"boxoffice db {args.action}: {error}", file=sys.stderr)
        return _REFUSED
    return _OK
