"""Preview, then commit: a file is read once, and imported only when somebody has seen what it does.

The reading stays in the database, with the bytes, until it is committed or expires. A commit
repeats nothing of the reading; it only makes sure that what was shown still holds.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, select, update

from boxoffice.db.tables import performance, upload_preview
from boxoffice.db.transactions import Actor, transaction
from boxoffice.ingest.assessment import assess, needs_release
from boxoffice.ingest.importing import import_judged
from boxoffice.ingest.judging import Judged, UploadRequest, judge, refusals_audited
from boxoffice.ingest.performances import find_performances
from boxoffice.ingest.report import UploadReport, import_report
from boxoffice.ingest.store import (
    lock_performance,
    newest_before,
    read_before,
    standing_snapshots,
    store_previewed_file,
)
from boxoffice.workbook import Accepted, Rejected
from boxoffice.workbook.delivery import packed, unpacked
from boxoffice.workbook.rows import ConcertSales

LIFETIME = timedelta(hours=1)
"""How long a preview may be committed."""


class PreviewUnknownError(Exception):
    """There is no such preview, or not any more."""


class PreviewOutdatedError(Exception):
    """What the preview was compared with is not the newest any more: it must be made again."""


@dataclass(frozen=True, slots=True)
class Preview:
    """A file that was read and not imported yet."""

    id: int
    report: dict[str, Any]
    expires_at: datetime
    snapshot_id: int | None
    """The snapshot it was committed as."""

    def as_json(self) -> dict[str, Any]:
        """The body of the answer."""
        return {
            "previewId": self.id,
            "expiresAt": self.expires_at,
            "snapshotId": self.snapshot_id,
            **self.report,
        }


def preview(
    engine: Engine, request: UploadRequest, *, as_of: date, actor: Actor, now: datetime
) -> Preview:
    """Read a file and say what importing it would change; nothing is imported.

    Raises `UploadRefusedError` as an upload does.
    """
    with refusals_audited(engine, request, actor):
        judged = judge(engine, request, as_of, actor)
    expires_at = now + LIFETIME
    with transaction(engine, actor=actor) as connection:
        connection.execute(delete(upload_preview).where(upload_preview.c.expires_at < now))
        report, compared_with = _foresee(connection, judged)
        row = {
            "performance_id": judged.performance.id,
            "record_date": judged.record_date,
            "original_name": judged.file_name,
            "sha256": judged.sha256,
            "size_bytes": judged.size_bytes,
            "content": request.content,
            "reading": packed(judged.reading),
            "report": report,
            "compared_with": compared_with,
            "created_by": actor.name,
            "created_at": now,
            "expires_at": expires_at,
        }
        statement = insert(upload_preview).values(row).returning(upload_preview.c.id)
        preview_id: int = connection.execute(statement).scalar_one()
    return Preview(preview_id, report, expires_at, None)


def find_preview(connection: Connection, preview_id: int, now: datetime) -> Preview:
    """A preview that has not expired; raises `PreviewUnknownError`."""
    columns = upload_preview.c
    row = connection.execute(
        select(columns.id, columns.report, columns.expires_at, columns.snapshot_id).where(
            columns.id == preview_id, columns.expires_at >= now
        )
    ).one_or_none()
    if row is None:
        raise PreviewUnknownError(preview_id)
    return Preview(row.id, row.report, row.expires_at, row.snapshot_id)


def drop_preview(connection: Connection, preview_id: int) -> None:
    """Forget a preview; raises `PreviewUnknownError`."""
    gone = connection.execute(delete(upload_preview).where(upload_preview.c.id == preview_id))
    if gone.rowcount == 0:
        raise PreviewUnknownError(preview_id)


def commit(engine: Engine, preview_id: int, *, actor: Actor, now: datetime) -> UploadReport:
    """Import a previewed file; a second commit answers `unchanged`.

    Raises `PreviewUnknownError`, or `PreviewOutdatedError` when the snapshots or the performance
    have changed since the preview said what it would change.
    """
    with transaction(engine, actor=actor) as connection:
        judged = _judged(connection, preview_id, now)
        if lock_performance(connection, judged.performance.id) is not judged.performance.category:
            raise PreviewOutdatedError(preview_id)
        assessment = _assessment_that_holds(connection, preview_id, judged)
        keep_file = partial(store_previewed_file, preview_id=preview_id)
        report = import_judged(connection, actor, judged, assessment, keep_file)
        connection.execute(
            update(upload_preview)
            .where(upload_preview.c.id == preview_id)
            .values(snapshot_id=report.snapshot_id, content=None)
        )
        return report


def _judged(connection: Connection, preview_id: int, now: datetime) -> Judged:
    """The file as it was judged, with its performance as it is now."""
    row = connection.execute(
        select(upload_preview, performance.c.code)
        .join(performance, performance.c.id == upload_preview.c.performance_id)
        .where(upload_preview.c.id == preview_id, upload_preview.c.expires_at >= now)
    ).one_or_none()
    found = None if row is None else next(iter(find_performances(connection, row.code, None)), None)
    if row is None or found is None:
        raise PreviewUnknownError(preview_id)
    reading = unpacked(row.reading)
    is_concert = isinstance(reading, Accepted) and isinstance(reading.sales, ConcertSales)
    if isinstance(reading, Rejected) or is_concert != found.category.is_concert:
        raise PreviewOutdatedError(preview_id)
    return Judged(found, row.record_date, row.original_name, row.sha256, row.size_bytes, reading)


def _assessment_that_holds(
    connection: Connection, preview_id: int, judged: Judged
) -> dict[str, Any]:
    """What the preview said, if it is still so. The performance is locked."""
    columns = upload_preview.c
    shown = connection.execute(
        select(columns.report, columns.compared_with, columns.snapshot_id).where(
            columns.id == preview_id
        )
    ).one()
    performance_id, day = judged.performance.id, judged.record_date
    standing = standing_snapshots(connection, performance_id, day)
    if all(each.sha256 != judged.sha256 for each in standing):
        newest = newest_before(connection, performance_id, day)
        is_current = shown.compared_with == (newest[0] if newest else None)
        if shown.snapshot_id is not None or not is_current:
            raise PreviewOutdatedError(preview_id)
    return {key: shown.report[key] for key in ("changes", "anomalies")}


def _foresee(connection: Connection, judged: Judged) -> tuple[dict[str, Any], int | None]:
    """The report of a preview, and the snapshot it is compared with."""
    meant, day = judged.performance, judged.record_date
    before = read_before(connection, meant.id, day, is_concert=meant.category.is_concert)
    assessment = assess(judged.reading, before)
    standing = standing_snapshots(connection, meant.id, day)
    active = next((each for each in standing if each.status == "active"), None)
    if any(each.sha256 == judged.sha256 for each in standing):
        effect = "unchanged"
    elif needs_release(judged.reading, assessment.anomalies, quarantines=meant.quarantines):
        effect = "quarantined"
    else:
        effect = "created"
    report = {
        "effect": effect,
        "replacesSnapshotId": None if active is None else active.id,
        "liveId": meant.code,
        "liveName": meant.title,
        "recordDate": day.isoformat(),
        "fileName": judged.file_name,
        "sha256": judged.sha256,
        **import_report(judged.reading),
        **assessment.as_json(),
    }
    return report, None if before is None else before.snapshot_id
