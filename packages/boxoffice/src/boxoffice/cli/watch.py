"""`boxoffice watch`: imports what is put into a folder."""

import argparse
import signal
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from boxoffice.cli import Subparsers
from boxoffice.cli.environment import open_store
from boxoffice.db.schema import SchemaError
from boxoffice.db.transactions import SYSTEM
from boxoffice.domain.zone import SEOUL
from boxoffice.ingest.folder import HALF_SECONDS, Seen, look, observe, ready, take, waiting_halves

_OK = 0
_USAGE = 1
_REFUSED = 2
_FINDINGS = 6

_INTERVAL_SECONDS = 1.0


def add_parser(subparsers: Subparsers) -> None:
    """Add the subcommand and its options."""
    parser = subparsers.add_parser(
        "watch",
        help="import workbooks that are put into a folder",
        description=(
            "Import every workbook and CSV pair that is put into DIR, once nobody has written to"
            " it for a while. Imported files move to DIR/done, refused ones to DIR/failed, each"
            " with its report beside it. Stops at SIGTERM or Ctrl-C, after the file it is at."
        ),
    )
    parser.add_argument("folder", metavar="DIR", type=Path, help="folder to watch")
    parser.add_argument(
        "--quiet", type=float, default=10.0, metavar="SECONDS", help="without a change (10)"
    )
    parser.add_argument(
        "--once",
        action="store_true",
        help="import what is there and end; exit code 6 when a file was refused",
    )


def run(args: argparse.Namespace) -> int:
    """Watch until a stop signal; 2 when folder or database cannot be used."""
    folder: Path = args.folder
    if not folder.is_dir():
        _say(f'cannot watch "{folder}": it is no folder')
        return _USAGE
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    try:
        with open_store() as engine:
            watch = _Watch(engine, folder, args.quiet)
            if args.once:
                return watch.import_what_is_there(stop)
            _say(f'watching "{folder}"')
            while not stop.is_set():
                watch.import_ready(stop)
                stop.wait(_INTERVAL_SECONDS)
            return _OK
    except (SchemaError, OSError) as error:
        _say(f'cannot watch "{folder}": {error}')
        return _REFUSED


class _Watch:
    """What is known of the folder between two looks."""

    def __init__(self, engine: Engine, folder: Path, quiet_seconds: float) -> None:
        self._engine, self._folder, self._quiet_seconds = engine, folder, quiet_seconds
        self._seen: dict[str, Seen] = {}

    def look_again(self) -> None:
        """See what is there, and what has changed."""
        self._seen = observe(self._seen, look(self._folder), time.monotonic())

    def import_what_is_there(self, stop: threading.Event) -> int:
        """Import what is there; half of a CSV pair waits for the other half before it is refused.

        6 when something was refused.
        """
        self.look_again()
        stop.wait(self._quiet_seconds)
        code = self.import_ready(stop)
        self.look_again()
        if awaited := waiting_halves(self._seen):
            _say(f"waiting for the other half of {', '.join(sorted(awaited))}")
        end = time.monotonic() + HALF_SECONDS + self._quiet_seconds
        while awaited & self._seen.keys() and time.monotonic() < end and not stop.is_set():
            stop.wait(_INTERVAL_SECONDS)
            code = max(code, self.import_ready(stop))
            self.look_again()
        return code

    def import_ready(self, stop: threading.Event) -> int:
        """Import what nobody writes to any more; 6 when something was refused."""
        self.look_again()
        code = _OK
        for names in ready(self._seen, time.monotonic(), self._quiet_seconds):
            if stop.is_set():
                break
            as_of = datetime.now(UTC).astimezone(SEOUL).date()
            try:
                outcome = take(self._engine, self._folder, names, as_of=as_of, actor=SYSTEM)
            except (OSError, SQLAlchemyError) as error:
                # The file stays where it is, and is tried again when it has been quiet once more.
                _say(f"cannot import {', '.join(names)} now: {str(error).splitlines()[0]}")
                self._seen = {n: seen for n, seen in self._seen.items() if n not in names}
                continue
            _say(f"{outcome.name}: {outcome.status}: {outcome.detail}")
            code = _FINDINGS if outcome.status == "refused" else code
        return code


def _say(line: str) -> None:
    print(f"boxoffice watch: {line}", file=sys.stderr, flush=True)
