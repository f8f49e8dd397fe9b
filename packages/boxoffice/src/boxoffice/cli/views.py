"""`boxoffice views`: the figures as CSV files, and whether the views are what they should be."""

import argparse
import csv
import sys
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from sqlalchemy import Connection

from boxoffice.cli import Subparsers
from boxoffice.cli.environment import open_store
from boxoffice.db.schema import SchemaError
from boxoffice.db.transactions import SYSTEM, transaction
from boxoffice.metrics.catalogue import METRICS, Metric, find
from boxoffice.metrics.conformity import findings
from boxoffice.metrics.original import ORIGINAL_VIEWS, OriginalView, original_value
from boxoffice.metrics.readers import Value, read_metric

_OK = 0
_REFUSED = 2
_FINDINGS = 6


def add_parser(subparsers: Subparsers) -> None:
    """Add the subcommand and its options."""
    parser = subparsers.add_parser(
        "views",
        help="export the figures as CSV files",
        description="Export the figures, or check the views they come from.",
    )
    actions = parser.add_subparsers(dest="action", metavar="action", required=True)
    export = actions.add_parser(
        "export",
        help="write one CSV file per view",
        description=(
            "Write one CSV file per view into DIR, under the names and columns of the former"
            " server; columns it did not have stand last. UTF-8; an empty field is NULL."
        ),
    )
    export.add_argument("folder", metavar="DIR", type=Path, help="created if missing")
    export.add_argument(
        "--as-of", metavar="DATE", type=_day, required=True, help="the day to judge, YYYY-MM-DD"
    )
    actions.add_parser(
        "check",
        help="compare the database's views with this release",
        description="Compare the database's views with this release; exit code 6 on findings.",
    )


def run(args: argparse.Namespace) -> int:
    """Export or check; the exit code."""
    try:
        return _check() if args.action == "check" else _export(args.folder, args.as_of)
    except SchemaError as error:
        return _refuse(str(error))
    except OSError as error:
        return _refuse(f'cannot write to "{args.folder}": {error.strerror}')


def export_views(connection: Connection, folder: Path) -> None:
    """Write all former views as the connection's transaction sees them, for its `as_of`."""
    folder.mkdir(parents=True, exist_ok=True)
    for slug, view in ORIGINAL_VIEWS.items():
        _write(connection, find(slug), view, folder)


def _export(folder: Path, as_of: date) -> int:
    with (
        open_store() as engine,
        # Everything, and all of one state: a file that misses rows would look complete.
        transaction(engine, actor=SYSTEM, as_of=as_of, read_only=True) as connection,
    ):
        export_views(connection, folder)
    print(f'boxoffice views: {len(ORIGINAL_VIEWS)} files in "{folder}"', file=sys.stderr)
    return _OK


def _check() -> int:
    with open_store(as_it_is=True) as engine, engine.connect() as connection:
        found = list(findings(connection))
    for sentence in found:
        print(sentence)
    print(f"boxoffice views: {len(METRICS)} checked, {len(found)} findings", file=sys.stderr)
    return _FINDINGS if found else _OK


def _write(connection: Connection, metric: Metric, view: OriginalView, folder: Path) -> None:
    with (folder / f"{view.name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(view.columns)
        for row in read_metric(connection, metric):
            writer.writerow(
                _spelled(original_value(theirs, row[ours])) for theirs, ours in view.columns.items()
            )


def _spelled(value: Value) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case Decimal():
            return format(value, "f")
        case datetime():
            return value.strftime("%Y-%m-%d %H:%M:%S")
        case _:
            return str(value)


def _day(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError as error:
        raise argparse.ArgumentTypeError(f'"{text}" is no date like 2025-06-18') from error


def _refuse(message: str) -> int:
    print(f"boxoffice views: {message}", file=sys.stderr)
    return _REFUSED
