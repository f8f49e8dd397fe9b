"""The database of a command: whichever applies, up to date, for as long as the command runs."""

from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from boxoffice.database import DatabaseError, open_database
from boxoffice.db.engine import create_engine
from boxoffice.db.schema import upgrade


@contextmanager
def open_store(*, as_it_is: bool = False) -> Generator[Engine]:
    """An engine on `DATABASE_URL`, else on the embedded database, started if none runs.

    The schema is brought up to date first, unless it is wanted `as_it_is`. Raises `DatabaseError`
    or `SchemaError`, whose texts are meant for people.
    """
    with open_database() as url:
        engine = create_engine(url)
        try:
            if not as_it_is:
                upgrade(engine)
            yield engine
        except OperationalError as error:
            cause = str(error.orig).splitlines()[0]
            raise DatabaseError(f"cannot use database: {cause}") from error
        finally:
            engine.dispose()
