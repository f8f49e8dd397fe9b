"""Connections to PostgreSQL: synchronous psycopg 3 behind SQLAlchemy's pool (decision 0013)."""

import select

import psycopg
import sqlalchemy
from sqlalchemy.engine import make_url
from sqlalchemy.event import listen
from sqlalchemy.exc import DisconnectionError

from boxoffice.db.pool import LARGEST

_CONNECT_SECONDS = 10
_SETTINGS = {
    # Moments come out as Seoul's, with +09:00, wherever they are told.
    "timezone": "Asia/Seoul",
    # A table is never locked for long: whoever waits longer should hear of it.
    "lock_timeout": "10s",
    # Statements take milliseconds; compiling one takes a tenth of a second.
    "jit": "off",
    # Planning a figure takes longer than reading it, and one plan is good for all performances.
    "plan_cache_mode": "force_generic_plan",
}
_PREPARED_FROM = 1
"""A statement is planned for good when a connection sees it again."""


def create_engine(url: str, *, pool_size: int = LARGEST) -> sqlalchemy.Engine:
    """An engine for a libpq URL (`postgresql://`, with or without `+psycopg`).

    Nothing is connected yet, and never more than `pool_size` are. Rights, acting user and `as_of`
    belong to a transaction: see `boxoffice.db.transactions`.
    """
    engine = sqlalchemy.create_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        pool_size=pool_size,
        max_overflow=0,
        # The connection used last has most plans ready; the others need no memory for theirs.
        pool_use_lifo=True,
        connect_args={
            "connect_timeout": _CONNECT_SECONDS,
            "application_name": "boxoffice",
            "prepare_threshold": _PREPARED_FROM,
            "options": " ".join(f"-c {name}={value}" for name, value in _SETTINGS.items()),
        },
        hide_parameters=True,
    )
    listen(engine, "checkout", _refuse_ended)
    return engine


def _refuse_ended(connection: psycopg.Connection[object], *_: object) -> None:
    """Have a pooled connection replaced whose server has gone away since it was last used.

    A server that ends a connection says so, and a connection at rest hears nothing else: a look at
    the socket tells, without the round trip that asking the server would cost every transaction.
    """
    if connection.closed:
        raise DisconnectionError
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if poll.poll(0):
        raise DisconnectionError
