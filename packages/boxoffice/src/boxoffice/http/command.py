"""`boxoffice serve`: the page and the API over HTTP, in one process.

The command stands here and not in `cli`: the two are siblings that know nothing of each other, and
`main` joins them.
"""

import argparse
import logging
import os
import socket
import sys
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Protocol
from urllib.parse import urlsplit

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from boxoffice.accounts.users import administrator_exists
from boxoffice.database import DatabaseError, running_database
from boxoffice.db.engine import create_engine
from boxoffice.db.pool import TooManyInstancesError, pool_size, read_limits
from boxoffice.db.schema import SchemaError, ServingRefused, check_serving, upgrade
from boxoffice.http.access import AccountsInForce
from boxoffice.http.application import create_application
from boxoffice.http.imports import is_importing
from boxoffice.http.kept_answers import KeptAnswers
from boxoffice.http.notify import notify
from boxoffice.http.probe import DatabaseProbe
from boxoffice.http.server import serve
from boxoffice.http.services import Services
from boxoffice.http.sockets import (
    SocketError,
    adopt,
    demand_loopback,
    describe,
    inherited_sockets,
    listen,
    without_listen_variables,
)

_OK = 0
_REFUSED = 2
_NOT_READY = 3

_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 2.0

_DIGITS = 5
"""Of a number of MiB that a machine may have."""


class Subparsers(Protocol):
    """What this command needs of argparse to add itself."""

    def add_parser(self, name: str, *, help: str, description: str) -> argparse.ArgumentParser:  # noqa: A002
        """Add a subcommand with a summary (`help`) and the text of its own --help."""
        ...


def add_parser(subparsers: Subparsers) -> None:
    """Add the subcommand and its options."""
    parser = subparsers.add_parser(
        "serve",
        help="serve the page and the API over HTTP",
        description=(
            "Serve the page and the API. Listens on the sockets of LISTEN_FDS where a supervisor"
            " passes some (the one named probe is this instance's own), else on the descriptors"
            " given, else on an address. Needs a running database: DATABASE_URL, or the one of"
            " `boxoffice database`; brings its schema up to date."
        ),
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, default=8000, help="TCP port (8000; 0: any free one)")
    parser.add_argument(
        "--fd", type=int, action="append", default=[], help="inherited listening socket; repeatable"
    )
    parser.add_argument(
        "--public-url",
        metavar="URL",
        type=_origin,
        default=os.environ.get("BOXOFFICE_PUBLIC_URL"),
        help="https://host under which a proxy passes people on (BOXOFFICE_PUBLIC_URL)",
    )
    parser.add_argument(
        "--instances",
        type=_instances,
        metavar="N",
        default=os.environ.get("BOXOFFICE_INSTANCES", "1"),
        help="how many processes like this one share the database (BOXOFFICE_INSTANCES, 1)",
    )
    parser.add_argument(
        "--wait", type=float, default=30.0, metavar="SECONDS", help="for the database (30)"
    )
    parser.add_argument(
        "--keep-answers",
        type=_mebibytes,
        metavar="MIB",
        default=os.environ.get("BOXOFFICE_KEEP_ANSWERS", "4"),
        help="memory for figures that were computed before (BOXOFFICE_KEEP_ANSWERS, 4; 0: none)",
    )


def run(args: argparse.Namespace) -> int:
    """Serve until a stop signal; 3 when the database did not come, 2 when we must not serve."""
    logging.basicConfig(
        stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s", level="INFO"
    )
    # One line for each migration step and connection is for their authors.
    logging.getLogger("alembic").setLevel("WARNING")
    try:
        sockets = _sockets(args)
        url = _wait_for_database(args.wait)
    except SocketError as error:
        return _refuse(str(error))
    except DatabaseError as error:
        _say(str(error))
        return _NOT_READY
    try:
        engine = _sized_engine(url, args.instances)
        upgrade(engine)
        check_serving(engine)
        accounts = AccountsInForce(partial(administrator_exists, engine))
        _demand_safe(sockets, accounts, args.public_url)
    except (SchemaError, ServingRefused, SocketError, TooManyInstancesError) as error:
        return _refuse(str(error))
    _serve(engine, url, sockets, accounts, args)
    return _OK


def _sockets(args: argparse.Namespace) -> list[socket.socket]:
    """What to listen on: the supervisor's word, then the options'."""
    inherited = [entry.descriptor for entry in inherited_sockets(os.environ, os.getpid())]
    descriptors: list[int] = inherited or args.fd
    for name in os.environ.keys() - without_listen_variables(os.environ).keys():
        del os.environ[name]
    return [adopt(descriptor) for descriptor in descriptors] or [listen(args.host, args.port)]


def _instances(text: str) -> int:
    if not text.isascii() or not text.isdigit() or text.strip("0") == "":
        raise argparse.ArgumentTypeError(f'"{text}" is no number of processes')
    return int(text)


def _mebibytes(text: str) -> int:
    """Bytes."""
    if not text.isascii() or not text.isdigit() or len(text) > _DIGITS:
        raise argparse.ArgumentTypeError(f'"{text}" is no number of MiB')
    return int(text) << 20


def _origin(text: str) -> str:
    """Scheme and host of a URL without a path."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path not in ("", "/"):
        raise argparse.ArgumentTypeError(f'"{text}" is no address like https://sales.example.org')
    return f"{parts.scheme}://{parts.netloc}"


def _demand_safe(
    sockets: Sequence[socket.socket], accounts: AccountsInForce, public_origin: str | None
) -> None:
    """Refuse addresses that others reach while everybody may read, or may listen to passwords."""
    if not accounts.ask():
        why = "there are no accounts yet, so only this machine may ask; make the first one with"
        why += ' "boxoffice user create-admin"'
    elif public_origin is None:
        why = "passwords would travel in clear; say the https address of your proxy (--public-url)"
    else:
        return
    for listening in sockets:
        demand_loopback(listening, why)


def _wait_for_database(seconds: float) -> str:
    """The URL of a database that answers; DatabaseError when none does in time."""
    deadline = time.monotonic() + seconds
    pause = _FIRST_PAUSE
    while True:
        try:
            url = running_database()
            _ask(url)
        except (DatabaseError, SQLAlchemyError) as error:
            cause = error
        else:
            return url
        if time.monotonic() + pause > deadline:
            if isinstance(cause, DatabaseError):
                raise cause
            reason = str(cause.__cause__ or cause).splitlines()[0]
            raise DatabaseError(f"cannot reach the database within {seconds:g} s: {reason}")
        time.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)


def _ask(url: str) -> None:
    engine = create_engine(url, pool_size=1)
    try:
        with engine.connect():
            pass
    finally:
        engine.dispose()


def _sized_engine(url: str, instances: int) -> Engine:
    """An engine that holds no more than its share of what the database server allows."""
    asking = create_engine(url, pool_size=1)
    try:
        limits = read_limits(asking)
    finally:
        asking.dispose()
    return create_engine(url, pool_size=pool_size(limits, instances))


def _serve(
    engine: Engine,
    url: str,
    sockets: list[socket.socket],
    accounts: AccountsInForce,
    args: argparse.Namespace,
) -> None:
    probe = DatabaseProbe(create_engine(url, pool_size=1))
    services = Services(
        engine,
        probe,
        accounts,
        KeptAnswers(args.keep_answers),
        clock=lambda: datetime.now(UTC),
        started=datetime.now(UTC),
        public_origin=args.public_url,
    )

    def ready() -> None:
        notify(os.environ, "READY=1", "STATUS=answering")
        for listening in sockets:
            _say(f"answering on {describe(listening)}")

    app = create_application(services)
    serve(app, sockets, ready, importing=partial(is_importing, app))
    notify(os.environ, "STOPPING=1")
    probe.close()
    engine.dispose()
    # A thread that hangs in the database would keep the process beyond every deadline.
    if any(not t.daemon for t in threading.enumerate() if t is not threading.main_thread()):
        sys.stderr.flush()
        os._exit(_OK)


def _refuse(message: str) -> int:
    _say(message)
    return _REFUSED


def _say(line: str) -> None:
    print(f"boxoffice serve: {line}", file=sys.stderr, flush=True)
