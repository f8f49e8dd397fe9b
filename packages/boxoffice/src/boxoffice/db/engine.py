"""Connections to PostgreSQL: synchronous psycopg 3 behind SQLAlchemy's pool (decision 0013)."""

import sqlalchemy
from sqlalchemy.engine import make_url

from boxoffice.db.pool import LARGEST

_CONNECT_SECONDS = 10
# A table is never locked for long: whoever waits longer should hear of it.
_LOCK_TIMEOUT = "10s"


def create_engine(url: str, *, pool_size: int = LARGEST) -> sqlalchemy.Engine:
    """An engine for a libpq URL (`postgresql://`, with or without `+psycopg`).

    Nothing is connected yet, and never more than `pool_size` are. Rights, acting user and `as_of`
    belong to a transaction: see `boxoffice.db.transactions`.
    """
    return sqlalchemy.create_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        pool_size=pool_size,
        max_overflow=0,
        # The database may have been restarted since a pooled connection was last used.
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": _CONNECT_SECONDS,
            "application_name": "boxoffice",
            "options": f"-c lock_timeout={_LOCK_TIMEOUT}",
        },
        hide_parameters=True,
    )
