"""`boxoffice demo`: an invented season, loaded as real workbooks like any upload."""

import argparse
import sys
from datetime import date, datetime

from sqlalchemy import Engine

from boxoffice.cli import Subparsers
from boxoffice.cli.environment import open_store
from boxoffice.db.schema import SchemaError
from boxoffice.db.transactions import SYSTEM, transaction
from boxoffice.demo import DemoSeason, invent_season
from boxoffice.domain.zone import SEOUL
from boxoffice.ingest import UploadRefusedError, UploadRequest, upload
from boxoffice.metrics.performances import read_performances
from boxoffice.planning import Season, store_plan

_OK = 0
_REFUSED = 2
_FINDINGS = 6


def add_parser(subparsers: Subparsers) -> None:
    """Add the subcommand and its options."""
    parser = subparsers.add_parser(
        "demo",
        help="load an invented season, to look around in",
        description=(
            "Invent a season (plays, musicals, concerts), write its workbooks and load them through"
            " the same code as an upload. The same day and seed load the same bytes."
        ),
    )
    parser.add_argument(
        "--once", action="store_true", help="do nothing when there is any performance already"
    )
    parser.add_argument(
        "--as-of",
        type=date.fromisoformat,
        metavar="DATE",
        help="the day the season is seen on (default: today in Seoul)",
    )
    parser.add_argument("--seed", type=int, default=1, help="another number, other figures (1)")


def run(args: argparse.Namespace) -> int:
    """Load the season; 0 when it is there, loaded now or before."""
    today: date = args.as_of or datetime.now(SEOUL).date()
    try:
        with open_store() as engine:
            with transaction(engine, actor=SYSTEM, as_of=today, read_only=True) as connection:
                there = len(read_performances(connection))
            if args.once and there:
                _say(f"{there} performances are there already; nothing loaded")
                return _OK
            return _load(engine, invent_season(today, args.seed), today)
    except SchemaError as error:
        _say(str(error))
        return _REFUSED


def _load(engine: Engine, season: DemoSeason, today: date) -> int:
    plan = Season.model_validate(season.plan)
    with transaction(engine, actor=SYSTEM) as connection:
        store_plan(connection, plan)
    refused = 0
    for workbook in season.workbooks:
        request = UploadRequest(workbook.name, workbook.content)
        try:
            upload(engine, request, as_of=today, actor=SYSTEM)
        except UploadRefusedError as error:
            _say(f"{workbook.name}: {error}")
            refused += 1
    loaded = len(season.workbooks) - refused
    _say(f"{len(plan.performances)} performances, {loaded} workbooks as of {today}")
    return _FINDINGS if refused else _OK


def _say(line: str) -> None:
    print(f"boxoffice demo: {line}", file=sys.stderr, flush=True)
