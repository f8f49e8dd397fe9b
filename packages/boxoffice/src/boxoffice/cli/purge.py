"""`boxoffice purge`: takes away for good what was replaced or deleted long ago."""

import argparse
import sys
from datetime import UTC, datetime, timedelta

from boxoffice.cli import Subparsers
from boxoffice.cli.environment import open_store
from boxoffice.db.schema import SchemaError
from boxoffice.ingest.lifecycle import purge_expired

_OK = 0
_REFUSED = 2
_RETENTION_DAYS = 365


def add_parser(subparsers: Subparsers) -> None:
    """Add the subcommand and its options."""
    parser = subparsers.add_parser(
        "purge",
        help="take away snapshots that were replaced or deleted long ago",
        description=(
            "Take away for good, with rows and files, the snapshots that were replaced or deleted"
            " more than --older-than days ago, and previews that have expired. Active snapshots"
            " and those in quarantine are never touched. Meant for a daily timer."
        ),
    )
    parser.add_argument(
        "--older-than",
        type=_days,
        default=_RETENTION_DAYS,
        metavar="DAYS",
        help=f"since a snapshot stopped to count ({_RETENTION_DAYS})",
    )
    parser.add_argument("--dry-run", action="store_true", help="only say how many there are")


def _days(text: str) -> int:
    days = int(text)
    if days < 0:
        raise ValueError(text)
    return days


def run(args: argparse.Namespace) -> int:
    """Purge; 2 when the database cannot be used."""
    retention = timedelta(days=args.older_than)
    try:
        with open_store() as engine:
            now = datetime.now(UTC)
            purged = purge_expired(engine, now=now, retention=retention, only_count=args.dry_run)
    except SchemaError as error:
        print(f"boxoffice purge: {error}", file=sys.stderr)
        return _REFUSED
    verb = "would purge" if args.dry_run else "purged"
    files = "" if args.dry_run else f", {purged.files} files"
    line = f"{verb} {purged.snapshots} snapshots{files}, {purged.previews} previews"
    print(f"boxoffice purge: {line}", file=sys.stderr)
    return _OK
