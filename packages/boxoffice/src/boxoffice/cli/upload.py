"""`boxoffice upload`: imports the files that are named, one after the other."""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from boxoffice.cli import Subparsers
from boxoffice.cli.environment import open_store
from boxoffice.db.schema import SchemaError
from boxoffice.db.transactions import SYSTEM
from boxoffice.domain.zone import SEOUL
from boxoffice.ingest import UploadRefusedError, UploadReport, UploadRequest, upload
from boxoffice.workbook import MAX_FILE_BYTES
from boxoffice.workbook.pairs import as_one, grouped

_OK = 0
_USAGE = 1
_REFUSED = 2
_FINDINGS = 6

_MAX_TOLD = 20
"""Reasons against one file that are written out."""


def add_parser(subparsers: Subparsers) -> None:
    """Add the subcommand and its options."""
    parser = subparsers.add_parser(
        "upload",
        help="import workbooks, telling how far it is",
        description=(
            "Import workbooks and CSV pairs named <date>_<code>_<title>.<extension>, in the order"
            " they are named, judged by today. A file that is refused changes nothing and stops no"
            " other. Exit code 6 when one was refused."
        ),
    )
    parser.add_argument("files", metavar="FILE", type=Path, nargs="+", help="file to import")


def run(args: argparse.Namespace) -> int:
    """Import them all; 0 when every one was accepted."""
    files: list[Path] = args.files
    if missing := [str(file) for file in files if not file.is_file()]:
        _say(f"cannot upload {', '.join(missing)}: no such file")
        return _USAGE
    uploads = [[files[place] for place in group] for group in grouped([f.name for f in files])]
    code = _OK
    try:
        with open_store() as engine:
            for number, pair in enumerate(uploads, start=1):
                name, outcome, accepted = _upload(engine, pair)
                _say(f"{number}/{len(uploads)} {name}: {outcome}")
                code = code if accepted else _FINDINGS
    except (SchemaError, OSError) as error:
        _say(f"cannot upload: {error}")
        return _REFUSED
    return code


def _upload(engine: Engine, files: Sequence[Path]) -> tuple[str, str, bool]:
    """Name of the upload, what became of it, and whether it was accepted."""
    name, content = as_one([(file.name, _read(file)) for file in files])
    as_of = datetime.now(UTC).astimezone(SEOUL).date()
    try:
        report = upload(engine, UploadRequest(name, content), as_of=as_of, actor=SYSTEM)
    except UploadRefusedError as refused:
        return name, _reasons(refused), False
    return name, _summary(report), True


def _read(file: Path) -> bytes:
    """The bytes, at most one more than are imported."""
    with file.open("rb") as opened:
        return opened.read(MAX_FILE_BYTES + 1)


def _summary(report: UploadReport) -> str:
    told = report.as_json()
    remarks = [
        f"{len(told[kind])} {kind}" for kind in ("warnings", "anomalies") if len(told[kind]) > 0
    ]
    return ", ".join([f"{report.status} as snapshot {report.snapshot_id}", *remarks])


def _reasons(refused: UploadRefusedError) -> str:
    lines = [f"  {finding.reason_en}" for finding in refused.errors[:_MAX_TOLD]]
    if (more := len(refused.errors) - _MAX_TOLD) > 0:
        lines.append(f"  and {more} more")
    return "\n".join(["refused", *lines])


def _say(line: str) -> None:
    print(f"boxoffice upload: {line}", file=sys.stderr, flush=True)
