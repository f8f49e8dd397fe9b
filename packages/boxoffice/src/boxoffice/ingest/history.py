"""What can be read of uploads: snapshots, their rows with the cells they stand in, files, audit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Select, desc, func, select, text

from boxoffice.db.tables import performance, snapshot, stored_file, upload_audit
from boxoffice.domain.categories import Category
from boxoffice.ingest.lifecycle import SnapshotUnknownError, Standing
from boxoffice.ingest.rows import Part, SheetTable, sheet_tables
from boxoffice.workbook.filename import RECORD_DATE_TOLERANCE
from boxoffice.workbook.layout import CAST_PREFIX

_LINES = (".zip", ".csv")
"""Files whose places are lines and not cells."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One import, without its rows."""

    id: int
    code: str
    title: str
    category: Category
    record_date: date
    standing: Standing
    file_name: str
    sha256: str
    uploaded_by: str
    """The name the uploader had then, or `local` or `system`."""
    uploaded_at: datetime
    replaced_at: datetime | None
    replaced_by: int | None
    deleted_at: datetime | None
    report: Mapping[str, Any]

    @property
    def tables(self) -> tuple[SheetTable, SheetTable]:
        """Where its rows are: days, shows."""
        return sheet_tables(is_concert=self.category.is_concert)


@dataclass(frozen=True, slots=True)
class SourcedRow:
    """A row of a snapshot, and where each of its values stands in the file."""

    sheet: str
    source_row: int
    values: Mapping[str, Any]
    """By column."""
    cells: Mapping[str, tuple[str, ...]]
    """Column -> `D17` (or `line 17`); a column the file does not have is absent."""


def find_snapshot(connection: Connection, snapshot_id: int) -> Snapshot:
    """One snapshot; raises `SnapshotUnknownError`."""
    row = connection.execute(_snapshots().where(snapshot.c.id == snapshot_id)).one_or_none()
    if row is None:
        raise SnapshotUnknownError(snapshot_id)
    return _snapshot(row)


def is_known(connection: Connection, code: str) -> bool:
    """Whether there is a performance of this code, for this actor."""
    statement = select(performance.c.id).where(
        performance.c.code == code, performance.c.deleted_at.is_(None)
    )
    return connection.execute(statement).first() is not None


def list_snapshots(
    connection: Connection,
    code: str,
    standings: Sequence[Standing],
    *,
    limit: int,
    below: tuple[date, int] | None = None,
) -> list[Snapshot]:
    """Snapshots of a performance, newest record date first, then newest import.

    `below` is record date and id of the last one of the page before.
    """
    columns = snapshot.c
    statement = _snapshots().where(
        performance.c.code == code, columns.status.in_([each.value for each in standings])
    )
    if below is not None:
        day, last_id = below
        statement = statement.where(
            (columns.record_date < day) | (columns.record_date == day) & (columns.id < last_id)
        )
    order = desc(columns.record_date), desc(columns.id)
    return [_snapshot(row) for row in connection.execute(statement.order_by(*order).limit(limit))]


def list_by_title(connection: Connection, title: str, *, limit: int) -> list[Snapshot]:
    """Snapshots of the performances of that title, newest record date first."""
    columns = snapshot.c
    order = desc(columns.record_date), desc(columns.id)
    statement = _snapshots().where(performance.c.title == title)
    return [_snapshot(row) for row in connection.execute(statement.order_by(*order).limit(limit))]


def newest_record_dates(connection: Connection, as_of: date) -> list[tuple[str, date | None]]:
    """Titles of the running performances with their newest record date as of a day, newest first;
    those without any at the end."""
    newest = (
        select(func.max(snapshot.c.record_date))
        .where(
            snapshot.c.performance_id == performance.c.id,
            snapshot.c.status == Standing.ACTIVE.value,
            snapshot.c.record_date <= as_of + RECORD_DATE_TOLERANCE,
        )
        .scalar_subquery()
    )
    statement = (
        select(performance.c.title, newest.label("newest"))
        .where(performance.c.is_active, performance.c.deleted_at.is_(None))
        .order_by(text("newest DESC NULLS LAST"), performance.c.code)
    )
    return [(row.title, row.newest) for row in connection.execute(statement)]


def newest_snapshot(connection: Connection, code: str, as_of: date) -> Snapshot:
    """The snapshot whose figures are shown as of a day; raises `SnapshotUnknownError`."""
    row = connection.execute(
        _snapshots()
        .where(
            performance.c.code == code,
            snapshot.c.status == Standing.ACTIVE.value,
            snapshot.c.record_date <= as_of + RECORD_DATE_TOLERANCE,
        )
        .order_by(desc(snapshot.c.record_date))
        .limit(1)
    ).one_or_none()
    if row is None:
        raise SnapshotUnknownError(code)
    return _snapshot(row)


def read_sheet(
    connection: Connection,
    found: Snapshot,
    part: Part,
    *,
    first: date | datetime | None = None,
    last: date | datetime | None = None,
    limit: int | None = None,
) -> list[SourcedRow]:
    """Rows of one sheet by date or moment, from `first` to `last`, both included."""
    (sheet,) = [table for table in found.tables if table.part == part]
    key = sheet.table.c[sheet.key]
    columns = [sheet.table.c[name] for name in ("source_row", *sheet.columns)]
    statement = select(*columns).where(sheet.table.c.snapshot_id == found.id)
    if first is not None:
        statement = statement.where(key >= first)
    if last is not None:
        statement = statement.where(key <= last)
    rows = connection.execute(statement.order_by(key).limit(limit)).mappings()
    return [_sourced(found, sheet, dict(row)) for row in rows]


def read_file(connection: Connection, found: Snapshot) -> bytes:
    """The bytes as they were sent."""
    statement = select(stored_file.c.content).where(stored_file.c.sha256 == found.sha256)
    content: bytes = connection.execute(statement).scalar_one()
    return content


def read_audit(
    connection: Connection, code: str | None, *, limit: int, below: int | None = None
) -> list[Mapping[str, Any]]:
    """Every upload and what was done since, newest first; `below` is the last id of a page."""
    columns = upload_audit.c
    statement = select(upload_audit, performance.c.code).outerjoin(
        performance, performance.c.id == columns.performance_id
    )
    if code is not None:
        statement = statement.where(performance.c.code == code)
    if below is not None:
        statement = statement.where(columns.id < below)
    found = connection.execute(statement.order_by(desc(columns.id)).limit(limit)).mappings()
    return [dict(row) for row in found]


def _snapshots() -> Select[Any]:
    return select(snapshot, performance.c.code, performance.c.title, performance.c.category).join(
        performance, performance.c.id == snapshot.c.performance_id
    )


def _snapshot(row: Any) -> Snapshot:
    return Snapshot(
        id=row.id,
        code=row.code,
        title=row.title,
        category=Category(row.category),
        record_date=row.record_date,
        standing=Standing(row.status),
        file_name=row.original_name,
        sha256=row.sha256,
        uploaded_by=row.uploader_name or row.uploaded_by,
        uploaded_at=row.uploaded_at,
        replaced_at=row.replaced_at,
        replaced_by=row.replaced_by,
        deleted_at=row.deleted_at,
        report=row.report,
    )


def _sourced(found: Snapshot, sheet: SheetTable, row: dict[str, Any]) -> SourcedRow:
    source_row: int = row.pop("source_row")
    letters: Mapping[str, str] = found.report["columns"][sheet.layout.name]
    by_line = found.file_name.lower().endswith(_LINES)
    cells: dict[str, tuple[str, ...]] = {}
    for column, markers in sheet.markers.items():
        places = [place for marker, place in letters.items() if _is_of(marker, markers)]
        if places:
            named = [f"{place}{source_row}" for place in places]
            cells[column] = (f"line {source_row}",) if by_line else tuple(named)
    return SourcedRow(sheet.layout.name, source_row, row, cells)


def _is_of(marker: str, markers: tuple[str, ...]) -> bool:
    """A column of the cast is known by a part of its marker; all others by the whole."""
    return marker in markers or (CAST_PREFIX in markers and CAST_PREFIX in marker)
