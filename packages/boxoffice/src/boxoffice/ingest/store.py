"""Snapshots in the database: writing them whole, and reading them back as rows.

Every function works on a connection whose transaction is open.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, Connection, Table, func, insert, literal, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import Text, TypeEngine

from boxoffice.db.summaries import summarise
from boxoffice.db.tables import performance, snapshot, stored_file, upload_audit, upload_preview
from boxoffice.domain.categories import Category
from boxoffice.ingest.changes import Before
from boxoffice.ingest.rows import Row, SheetTable, rows_of, sheet_tables
from boxoffice.workbook.rows import Sales

_SEPARATOR = "\x1f"
"""Between the names of a cast on their way into the database; names hold no control characters."""


class StoredSnapshot(NamedTuple):
    """A snapshot that stands for a day, or waits to."""

    id: int
    sha256: str
    status: str


def lock_performance(connection: Connection, performance_id: int) -> Category | None:
    """Changes to one performance's snapshots go one after the other, until the transaction ends.

    What it is does not change meanwhile. Its category, which decides how its files are laid out;
    None when it was deleted, or the actor sees it no more.
    """
    key = func.hashtextextended(f"boxoffice.upload:{performance_id}", 0)
    connection.execute(select(func.pg_advisory_xact_lock(key)))
    # Before anything below it: who changes plans locks the performance first, too.
    statement = select(performance.c.category, performance.c.deleted_at)
    row = connection.execute(
        statement.where(performance.c.id == performance_id).with_for_update(read=True)
    ).one_or_none()
    return None if row is None or row.deleted_at else Category(row.category)


def lock_files(connection: Connection, *, exclusively: bool) -> None:
    """Uploads keep files together; a purge takes one away while nobody is about to need it."""
    lock = func.pg_advisory_xact_lock if exclusively else func.pg_advisory_xact_lock_shared
    connection.execute(select(lock(func.hashtextextended("boxoffice.stored_file", 0))))


def standing_snapshots(
    connection: Connection, performance_id: int, record_date: date
) -> list[StoredSnapshot]:
    """The active snapshot of that day (at most one), and those in quarantine."""
    rows = connection.execute(
        select(snapshot.c.id, snapshot.c.sha256, snapshot.c.status)
        .where(
            snapshot.c.performance_id == performance_id,
            snapshot.c.record_date == record_date,
            snapshot.c.status.in_(("active", "quarantined")),
        )
        .order_by(snapshot.c.status)
    )
    return [StoredSnapshot(*row) for row in rows]


def newest_before(
    connection: Connection, performance_id: int, record_date: date
) -> tuple[int, date] | None:
    """Id and day of the active snapshot that a file of that day is compared with."""
    row = connection.execute(
        select(snapshot.c.id, snapshot.c.record_date)
        .where(
            snapshot.c.performance_id == performance_id,
            snapshot.c.record_date <= record_date,
            snapshot.c.status == "active",
        )
        .order_by(snapshot.c.record_date.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else (row.id, row.record_date)


def read_before(
    connection: Connection, performance_id: int, record_date: date, *, is_concert: bool
) -> Before | None:
    """That snapshot with its rows; None for the first file of a performance."""
    found = newest_before(connection, performance_id, record_date)
    if found is None:
        return None
    snapshot_id, day = found
    tables = sheet_tables(is_concert=is_concert)
    rows = {table.part: _read_rows(connection, table, snapshot_id) for table in tables}
    return Before(snapshot_id, day, rows)


def _read_rows(connection: Connection, sheet: SheetTable, snapshot_id: int) -> dict[Any, Row]:
    columns = [sheet.table.c[name] for name in sheet.columns]
    statement = select(*columns).where(sheet.table.c.snapshot_id == snapshot_id)
    rows = connection.execute(statement).mappings()
    return {row[sheet.key]: dict(row) for row in rows}


def store_file(connection: Connection, content: bytes) -> None:
    """Keep the bytes once, whoever sends them how often."""
    lock_files(connection, exclusively=False)
    statement = postgresql.insert(stored_file).values(
        sha256=hashlib.sha256(content).hexdigest(), size_bytes=len(content), content=content
    )
    connection.execute(statement.on_conflict_do_nothing(index_elements=["sha256"]))


def store_previewed_file(connection: Connection, preview_id: int) -> None:
    """The same with the bytes of a preview, which never leave the database for it."""
    lock_files(connection, exclusively=False)
    columns = ["sha256", "size_bytes", "content"]
    source = select(*(upload_preview.c[name] for name in columns)).where(
        upload_preview.c.id == preview_id
    )
    statement = postgresql.insert(stored_file).from_select(columns, source)
    connection.execute(statement.on_conflict_do_nothing(index_elements=["sha256"]))


def store_snapshot(
    connection: Connection, header: Mapping[str, Any], sales: Sales, replaces: int | None
) -> int:
    """Write header and rows; the snapshot `replaces` is superseded and keeps its rows. New id.

    The old one steps back first: at most one snapshot of a day may be active at any moment.
    """
    if replaces is not None:
        set_standing(connection, replaces, status="superseded", replaced_at=func.now())
    created = connection.execute(insert(snapshot).values(**header).returning(snapshot.c.id))
    snapshot_id: int = created.scalar_one()
    if replaces is not None:
        set_standing(connection, replaces, replaced_by=snapshot_id)
    for sheet, rows in rows_of(sales):
        _insert_rows(connection, sheet.table, snapshot_id, rows)
    summarise(connection, [header["performance_id"]])
    return snapshot_id


def set_standing(connection: Connection, snapshot_id: int, **values: Any) -> None:
    """Change what may change of a snapshot: its standing among the others."""
    connection.execute(update(snapshot).where(snapshot.c.id == snapshot_id).values(**values))


def audit(connection: Connection, entry: Mapping[str, Any]) -> None:
    """Remember an upload, whatever became of it."""
    connection.execute(insert(upload_audit).values(**entry))


def _insert_rows(
    connection: Connection, table: Table, snapshot_id: int, rows: Sequence[Row]
) -> None:
    """All rows by one `INSERT ... SELECT FROM unnest(arrays)`.

    COPY would be faster still, but PostgreSQL refuses it under row-level security.
    """
    names = list(rows[0])
    arrays = [
        literal([_sent(name, row[name]) for row in rows], ARRAY(_transport_type(table, name)))
        for name in names
    ]
    source = func.unnest(*arrays).table_valued(*names).render_derived()
    values = [
        func.string_to_array(source.c[name], _SEPARATOR)
        if name == "cast_members"
        else source.c[name]
        for name in names
    ]
    statement = select(literal(snapshot_id, snapshot.c.id.type), *values)
    connection.execute(insert(table).from_select(["snapshot_id", *names], statement))


def _sent(name: str, value: Any) -> Any:
    """A cast travels joined, as unnest() flattens arrays of arrays."""
    return _SEPARATOR.join(value) if name == "cast_members" else value


def _transport_type(table: Table, name: str) -> TypeEngine[Any]:
    return Text() if name == "cast_members" else table.c[name].type
