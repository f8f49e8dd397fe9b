"""The way of an upload: understand the name, find the performance, read, then write at once.

Everything that can be wrong is found before the database is touched for writing; the one
transaction then holds file, header, rows and audit. A refusal writes nothing but its audit.
"""

import hashlib
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, Engine

from boxoffice.db.transactions import Actor, transaction
from boxoffice.ingest.performances import Performance, choose, find_performances, plain_title
from boxoffice.ingest.reading import read_apart
from boxoffice.ingest.report import UploadRefusedError, UploadReport, import_report
from boxoffice.ingest.store import (
    ActiveSnapshot,
    active_snapshot,
    audit,
    lock_performance,
    store_file,
    store_snapshot,
)
from boxoffice.workbook import (
    MAX_FILE_BYTES,
    Accepted,
    Code,
    FileName,
    Finding,
    Rejected,
    base_name,
    read_file_name,
)
from boxoffice.workbook.delivery import Order
from boxoffice.workbook.findings import quoted


@dataclass(frozen=True, slots=True)
class UploadRequest:
    """A file as it was sent, and what the form said beside it."""

    filename: str
    content: bytes | None
    """None: the form had no file."""
    live_id: str | None = None
    """Code of the performance; must agree with the file name."""
    live_name: str | None = None
    """Title of the performance; must be the one of the code in the file name."""


def upload(engine: Engine, request: UploadRequest, *, as_of: date, actor: Actor) -> UploadReport:
    """Import a file for `actor`, record dates judged by `as_of` (the day in Seoul).

    Raises `UploadRefusedError` with all reasons; then nothing has changed but the audit.
    """
    try:
        return _import(engine, request, as_of, actor)
    except UploadRefusedError as refused:
        with transaction(engine, actor=actor) as connection:
            entry = _entry(request, actor, "refused", refused.as_json(), refused.performance_id)
            audit(connection, entry)
        raise


def _import(engine: Engine, request: UploadRequest, as_of: date, actor: Actor) -> UploadReport:
    name, content = _accepted_name(request, as_of)
    with transaction(engine, actor=actor, read_only=True) as connection:
        performance = _performance(connection, request, name)
    order = Order(
        name.extension,
        performance.category.is_concert,
        name.record_date,
        performance.seats_per_show,
    )
    reading = read_apart(content, order)
    if isinstance(reading, Rejected):
        raise UploadRefusedError(reading.errors, performance.id)
    judged = _Judged(performance, name, content, reading)
    with transaction(engine, actor=actor) as connection:
        return _store(connection, request, actor, judged)


def _accepted_name(request: UploadRequest, as_of: date) -> tuple[FileName, bytes]:
    """What can be judged without the database and without opening the file."""
    if request.content is None:
        raise UploadRefusedError([Finding(Code.FILE_MISSING)])
    size = len(request.content)
    if size > MAX_FILE_BYTES:
        raise UploadRefusedError([Finding(Code.FILE_TOO_LARGE, value=f"{size:,} bytes")])
    name = read_file_name(request.filename, as_of)
    if isinstance(name, Finding):
        raise UploadRefusedError([name])
    return name, request.content


def _performance(connection: Connection, request: UploadRequest, name: FileName) -> Performance:
    title = plain_title(request.live_name)
    askable = title if title is None or title.isprintable() else None
    candidates = find_performances(connection, name.code, askable)
    live_id = request.live_id or None
    chosen = choose(candidates, code=name.code, live_id=live_id, title=title)
    if isinstance(chosen, Finding):
        raise UploadRefusedError([chosen])
    return chosen


@dataclass(frozen=True, slots=True)
class _Judged:
    """A file that nothing is wrong with, and where it belongs."""

    performance: Performance
    name: FileName
    content: bytes
    reading: Accepted


def _store(
    connection: Connection, request: UploadRequest, actor: Actor, judged: _Judged
) -> UploadReport:
    performance = judged.performance
    lock_performance(connection, performance.code)
    sha256 = hashlib.sha256(judged.content).hexdigest()
    former = active_snapshot(connection, performance.id, judged.name.record_date)
    if former is not None and former.sha256 == sha256:
        status, snapshot_id = "unchanged", former.id
    else:
        status, snapshot_id = "created", _replace(connection, actor, judged, former)
    report = UploadReport(
        status=status,
        snapshot_id=snapshot_id,
        code=performance.code,
        title=performance.title,
        record_date=judged.name.record_date,
        file_name=judged.name.name,
        sha256=sha256,
        reading=judged.reading,
    )
    entry = _entry(request, actor, report.status, report.as_json(), performance.id)
    audit(connection, {**entry, "snapshot_id": report.snapshot_id})
    return report


def _replace(
    connection: Connection, actor: Actor, judged: _Judged, former: ActiveSnapshot | None
) -> int:
    """Store file and snapshot in place of the former one of that day; the new id."""
    header = {
        "performance_id": judged.performance.id,
        "record_date": judged.name.record_date,
        "original_name": judged.name.name,
        "sha256": store_file(connection, judged.content),
        "uploaded_by": actor.name,
        "report": import_report(judged.reading),
    }
    replaces = None if former is None else former.id
    return store_snapshot(connection, header, judged.reading.sales, replaces)


def _entry(
    request: UploadRequest,
    actor: Actor,
    outcome: str,
    report: dict[str, object],
    performance_id: int | None,
) -> dict[str, object]:
    """What the audit says of an upload; the name is as sent, but printable."""
    content = request.content or b""
    # The interface stops reading after the limit: what there is of a larger file is not it.
    is_whole = request.content is not None and len(content) <= MAX_FILE_BYTES
    return {
        "actor": actor.name,
        "original_name": quoted(base_name(request.filename)),
        "sha256": hashlib.sha256(content).hexdigest() if is_whole else None,
        "size_bytes": len(content),
        "performance_id": performance_id,
        "outcome": outcome,
        "report": report,
    }
