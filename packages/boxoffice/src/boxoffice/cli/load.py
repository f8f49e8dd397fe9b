"""`boxoffice load`: a whole season from a folder, through the same code as an upload."""

import argparse
import sys
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ValidationError
from sqlalchemy import Engine

from boxoffice.accounts.former import load_people, read_people
from boxoffice.cli import Subparsers
from boxoffice.cli.environment import open_store
from boxoffice.db.schema import SchemaError
from boxoffice.db.transactions import SYSTEM, transaction
from boxoffice.ingest import UploadRefusedError, UploadRequest, upload
from boxoffice.planning import PlanRefused, Season, WorkbookFile, store_plan

_META = Path("inputs", "meta.json")

_OK = 0
_USAGE = 1
_REFUSED = 2
_FINDINGS = 6


class _SetError(Exception):
    """The folder does not hold a season."""


class _Golden(BaseModel):
    as_of: date


def add_parser(subparsers: Subparsers) -> None:
    """Add the subcommand and its options."""
    parser = subparsers.add_parser(
        "load",
        help="load workbooks, targets and notes from a folder",
        description=(
            "Load performances, targets, marketing weeks, month notes and workbooks from the"
            " inputs/ of a season's folder, judged by its day (as_of in golden.json or"
            " meta.json). Loading again changes nothing. Exit code 6 when a workbook was refused."
        ),
    )
    parser.add_argument("folder", metavar="DIR", type=Path, help="folder with inputs/meta.json")
    parser.add_argument("--no-files", action="store_true", help="leave the workbooks out")
    parser.add_argument(
        "--users", action="store_true", help="load the users, too, without their passwords"
    )


def run(args: argparse.Namespace) -> int:
    """Load the season; 0 when every workbook was accepted."""
    folder: Path = args.folder
    try:
        season, as_of = read_season(folder)
        people = read_people(folder / _META) if args.users else ()
        with open_store() as engine:
            with transaction(engine, actor=SYSTEM) as connection:
                store_plan(connection, season)
            _say(f"{len(season.performances)} performances, {len(season.month_notes)} month notes")
            for email, outcome in load_people(engine, people):
                _say(f"{email}: {outcome}")
            if people:
                _say('no passwords are loaded; see "boxoffice user code"')
            if args.no_files:
                return _OK
            return _upload_all(engine, folder / "inputs" / "files", season, as_of)
    except ValidationError as error:
        _say(f'cannot read users in "{folder}":\n{_places(error)}')
        return _USAGE
    except _SetError as error:
        _say(str(error))
        return _USAGE
    except (PlanRefused, SchemaError) as error:
        _say(str(error))
        return _REFUSED


def read_season(folder: Path) -> tuple[Season, date]:
    """The season in `folder` and the day it is judged by."""
    meta = folder / _META
    golden = folder / "golden.json"
    try:
        season = Season.model_validate_json(meta.read_bytes())
        as_of = (
            _Golden.model_validate_json(golden.read_bytes()).as_of
            if golden.is_file()
            else season.as_of
        )
    except OSError as error:
        raise _SetError(f'cannot read "{meta}": {error.strerror}') from error
    except ValidationError as error:
        raise _SetError(f'cannot read season in "{folder}":\n{_places(error)}') from error
    if as_of is None:
        raise _SetError(f'cannot judge season in "{folder}": neither file says as_of')
    return season, as_of


def _upload_all(engine: Engine, files: Path, season: Season, as_of: date) -> int:
    refused = 0
    for number, workbook in enumerate(season.uploads, start=1):
        result = _upload_one(engine, files, workbook, as_of)
        refused += result is None
        _say(f"{number}/{len(season.uploads)} {workbook.file}: {result or 'refused'}")
    return _FINDINGS if refused else _OK


def _upload_one(engine: Engine, files: Path, workbook: WorkbookFile, as_of: date) -> str | None:
    """What became of the workbook; None when it was refused, and the reasons are told."""
    try:
        content = (files / workbook.file).read_bytes()
    except OSError as error:
        raise _SetError(f'cannot read workbook "{workbook.file}": {error.strerror}') from error
    request = UploadRequest(workbook.file, content, live_id=workbook.code, live_name=workbook.title)
    try:
        return upload(engine, request, as_of=as_of, actor=SYSTEM).status
    except UploadRefusedError as error:
        _say(str(error))
        return None


def _places(error: ValidationError) -> str:
    return "\n".join(
        f"  {'.'.join(str(part) for part in entry['loc'])}: {entry['msg']}, not {entry['input']!r}"
        for entry in error.errors()
    )


def _say(line: str) -> None:
    print(f"boxoffice load: {line}", file=sys.stderr, flush=True)
