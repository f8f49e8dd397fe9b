"""Bringing the summaries of performances up to date, inside the transaction that changed them."""

from collections.abc import Collection

from sqlalchemy import ARRAY, BigInteger, Connection, func, literal, select

from boxoffice.db.tables import SCHEMA


def summarise(connection: Connection, performance_ids: Collection[int]) -> None:
    """Sum up the newest active snapshot of each of these performances; see `sql/summaries.sql`.

    For who has stored, deleted or restored a snapshot or changed targets. Forgetting to call it
    makes figures slow, not wrong. Concurrent callers for one performance wait for each other.
    """
    ids = literal(sorted(performance_ids), ARRAY(BigInteger))
    connection.execute(select(getattr(func, SCHEMA).summarise(ids)))
