"""A judged file becomes a snapshot: what the one transaction of an upload or a commit writes."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, select

from boxoffice.db.tables import app_user
from boxoffice.db.transactions import Actor
from boxoffice.ingest.assessment import needs_release
from boxoffice.ingest.judging import Judged
from boxoffice.ingest.report import Status, UploadReport, import_report
from boxoffice.ingest.store import audit, standing_snapshots, store_snapshot


def import_judged(
    connection: Connection,
    actor: Actor,
    judged: Judged,
    assessment: Mapping[str, Any],
    keep_file: Callable[[Connection], None],
) -> UploadReport:
    """Store file, snapshot, rows and audit, unless a snapshot of that day has the same bytes.

    The performance is locked (`store.lock_performance`); `assessment` is its state now.
    """
    standing = standing_snapshots(connection, judged.performance.id, judged.record_date)
    same = next((each for each in standing if each.sha256 == judged.sha256), None)
    if same is not None:
        status: Status = "unchanged" if same.status == "active" else "quarantined"
        report = _report(judged, assessment, status, same.id)
    else:
        active = next((each.id for each in standing if each.status == "active"), None)
        keep_file(connection)
        waits = needs_release(
            judged.reading,
            assessment["anomalies"],
            quarantines=judged.performance.quarantines,
        )
        header = _header(actor, judged, assessment, "quarantined" if waits else "active")
        replaces = None if waits else active
        snapshot_id = store_snapshot(connection, header, judged.reading.sales, replaces)
        report = _report(judged, assessment, "quarantined" if waits else "created", snapshot_id)
    audit(connection, _entry(actor, judged, report))
    return report


def _header(
    actor: Actor, judged: Judged, assessment: Mapping[str, Any], status: str
) -> dict[str, object]:
    return {
        "performance_id": judged.performance.id,
        "record_date": judged.record_date,
        "status": status,
        "original_name": judged.file_name,
        "sha256": judged.sha256,
        "uploaded_by": actor.name,
        "uploader_name": select(app_user.c.name)
        .where(app_user.c.id == actor.user_id)
        .scalar_subquery(),
        "report": {**import_report(judged.reading), **assessment},
    }


def _report(
    judged: Judged, assessment: Mapping[str, Any], status: Status, snapshot_id: int
) -> UploadReport:
    return UploadReport(
        status=status,
        snapshot_id=snapshot_id,
        code=judged.performance.code,
        title=judged.performance.title,
        record_date=judged.record_date,
        file_name=judged.file_name,
        sha256=judged.sha256,
        reading=judged.reading,
        assessment=assessment,
    )


def _entry(actor: Actor, judged: Judged, report: UploadReport) -> dict[str, object]:
    return {
        "actor": actor.name,
        "original_name": judged.file_name,
        "sha256": judged.sha256,
        "size_bytes": judged.size_bytes,
        "performance_id": judged.performance.id,
        "snapshot_id": report.snapshot_id,
        "outcome": report.status,
        "report": report.as_json(),
    }
