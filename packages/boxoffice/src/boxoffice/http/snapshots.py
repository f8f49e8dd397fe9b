"""What was imported: snapshots, the cells behind their rows, files, and what becomes of them."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, time
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import StringConstraints
from starlette.responses import Response

from boxoffice.db.transactions import Actor, transaction
from boxoffice.domain.zone import SEOUL
from boxoffice.http import upload_schemas
from boxoffice.http.answers import ExactJson, attachment, wire_value
from boxoffice.http.context import AsOf, ReadingOf
from boxoffice.http.cursors import decode_cursor, encode_cursor
from boxoffice.http.errors import RequestError
from boxoffice.http.openapi import problems
from boxoffice.http.rights import Right, needs
from boxoffice.http.services import ServicesOf
from boxoffice.http.uploads import Uploader
from boxoffice.ingest.history import (
    Snapshot,
    SourcedRow,
    find_snapshot,
    is_known,
    list_snapshots,
    newest_snapshot,
    read_audit,
    read_file,
    read_sheet,
)
from boxoffice.ingest.lifecycle import (
    Action,
    ActionRefusedError,
    SnapshotUnknownError,
    Standing,
    change_standing,
    purge,
)
from boxoffice.ingest.rows import Part
from boxoffice.metrics.words import Unit
from boxoffice.planning.fields import Day

router = APIRouter(prefix="/api/v1", tags=["uploads"])

Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,32}$")]
SnapshotId = Annotated[int, Path(ge=1, le=2**63 - 1)]
Releaser = Annotated[Actor, needs(Right.PLAN)]
Purger = Annotated[Actor, needs(Right.MANAGE_PERFORMANCES)]
Limit = Annotated[int, Query(ge=1, le=1000, description="Rows of a page.")]
Cursor = Annotated[
    str | None, Query(max_length=1000, description="`nextCursor` of the page before.")
]
_UNKNOWN = problems(snapshot_unknown=404)
_REFUSED = problems(snapshot_unknown=404, snapshot_state=409)


@router.get(
    "/performances/{code}/snapshots",
    responses={
        200: {"model": upload_schemas.SnapshotPage},
        **problems(performance_unknown=404, cursor_invalid=422),
    },
)
def list_all(
    code: Code,
    reading: ReadingOf,
    status: Annotated[
        list[Standing] | None, Query(max_length=4, description="Only of these; repeatable.")
    ] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """Snapshots of a performance, newest record date first."""
    below = decode_cursor(_LIST, cursor, (Unit.DATE, Unit.IDENTIFIER)) if cursor else None
    with reading() as connection:
        if not is_known(connection, code):
            raise RequestError(404, "performance_unknown", performance=code)
        found = list_snapshots(
            connection, code, status or list(Standing), limit=limit + 1, below=_pair(below)
        )
    page = found[:limit]
    more = len(found) > limit
    return ExactJson(
        {
            "items": [_as_json(each) for each in page],
            "nextCursor": encode_cursor(_LIST, (page[-1].record_date, page[-1].id))
            if more
            else None,
        }
    )


_LIST = "snapshots"


def _pair(key: list[Any] | None) -> tuple[date, int] | None:
    return None if key is None else (key[0], key[1])


@router.get(
    "/snapshots/{snapshot_id}",
    responses={200: {"model": upload_schemas.SnapshotWithReport}, **_UNKNOWN},
)
def read_one(snapshot_id: SnapshotId, reading: ReadingOf) -> Response:
    """One snapshot with its import report."""
    with reading() as connection, problems_told():
        found = find_snapshot(connection, snapshot_id)
    return ExactJson({**_as_json(found), "report": found.report})


@router.get(
    "/snapshots/{snapshot_id}/file",
    responses={
        200: {"content": {"application/octet-stream": {}}, "description": "The bytes as sent."},
        **_UNKNOWN,
    },
)
def download(snapshot_id: SnapshotId, reading: ReadingOf) -> Response:
    """The file as it was sent, under the name it was sent with."""
    with reading() as connection, problems_told():
        found = find_snapshot(connection, snapshot_id)
        return file_answer(found, read_file(connection, found))


@router.get(
    "/snapshots/{snapshot_id}/rows/{part}",
    responses={
        200: {"model": upload_schemas.SheetRows},
        **problems(snapshot_unknown=404, cursor_invalid=422),
    },
)
def read_rows(
    snapshot_id: SnapshotId,
    part: Part,
    reading: ReadingOf,
    limit: Limit = 1000,
    cursor: Cursor = None,
) -> Response:
    """Rows of the sheet of days or of shows, each value with the cell it stands in."""
    unit = Unit.DATE if part == "daily" else Unit.MOMENT
    first: Any = decode_cursor(part, cursor, (unit,))[0] if cursor else None
    with reading() as connection, problems_told():
        found = find_snapshot(connection, snapshot_id)
        key = next(table.key for table in found.tables if table.part == part)
        rows = read_sheet(connection, found, part, first=first, limit=limit + 1)
    following = rows[limit].values[key] if len(rows) > limit else None
    return _rows_answer(found, rows[:limit], following and encode_cursor(part, (following,)))


@router.get(
    "/performances/{code}/lineage",
    responses={
        200: {"model": upload_schemas.SheetRows},
        **problems(snapshot_unknown=404, lineage_question=422),
    },
)
def read_lineage(
    code: Code,
    as_of: AsOf,
    reading: ReadingOf,
    sales_date: Annotated[
        Day | None, Query(alias="salesDate", description="A day of sales.")
    ] = None,
    show_date: Annotated[Day | None, Query(alias="showDate", description="A day of shows.")] = None,
) -> Response:
    """Where the figures of a day come from, as of a day: file, sheet, row and cells.

    Exactly one of `salesDate` and `showDate` is asked for.
    """
    if (sales_date is None) == (show_date is None):
        raise RequestError(422, "lineage_question")
    with reading() as connection, problems_told():
        found = newest_snapshot(connection, code, as_of)
        if sales_date is not None:
            rows = read_sheet(connection, found, "daily", first=sales_date, last=sales_date)
        else:
            day = show_date or as_of
            ends = (datetime.combine(day, end) for end in (time.min, time.max))
            first, last = ends
            rows = read_sheet(connection, found, "shows", first=first, last=last)
    return _rows_answer(found, rows, None)


@router.delete("/snapshots/{snapshot_id}", status_code=204, responses=_REFUSED)
def delete(snapshot_id: SnapshotId, held: ServicesOf, actor: Uploader) -> Response:
    """Take a snapshot out of all figures; rows and file are kept, `restore` brings it back."""
    return _change(held, snapshot_id, Action.DELETE, actor)


@router.post("/snapshots/{snapshot_id}/restore", status_code=204, responses=_REFUSED)
def restore(snapshot_id: SnapshotId, held: ServicesOf, actor: Uploader) -> Response:
    """Let a deleted or superseded snapshot count again; the active one of that day steps back."""
    return _change(held, snapshot_id, Action.RESTORE, actor)


@router.post("/snapshots/{snapshot_id}/release", status_code=204, responses=_REFUSED)
def release(snapshot_id: SnapshotId, held: ServicesOf, actor: Releaser) -> Response:
    """Let a snapshot in quarantine count; to refuse it, delete it."""
    return _change(held, snapshot_id, Action.RELEASE, actor)


@router.post("/snapshots/{snapshot_id}/purge", status_code=204, responses=_REFUSED)
def purge_one(snapshot_id: SnapshotId, held: ServicesOf, actor: Purger) -> Response:
    """Take a deleted or superseded snapshot away for good, with its file if no other needs it."""
    with problems_told():
        purge(held.engine, snapshot_id, actor)
    return Response(status_code=204)


@router.get(
    "/uploads",
    responses={200: {"model": upload_schemas.AuditPage}, **problems(cursor_invalid=422)},
)
def read_history(
    reading: ReadingOf,
    code: Annotated[Code | None, Query(description="Of one performance.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """Every upload, refused ones too, and what was done with snapshots since; newest first."""
    below: Any = decode_cursor("uploads", cursor, (Unit.IDENTIFIER,))[0] if cursor else None
    with reading() as connection:
        found = read_audit(connection, code, limit=limit + 1, below=below)
    more = encode_cursor("uploads", (found[limit - 1]["id"],)) if len(found) > limit else None
    return ExactJson({"items": [_entry(each) for each in found[:limit]], "nextCursor": more})


@contextmanager
def problems_told() -> Generator[None]:
    """What goes wrong with a snapshot, as problems."""
    try:
        yield
    except SnapshotUnknownError as error:
        raise RequestError(404, "snapshot_unknown", snapshot=str(error)) from None
    except ActionRefusedError as error:
        raise RequestError(
            409, "snapshot_state", snapshot=str(error.snapshot_id), standing=error.standing.value
        ) from None


def file_answer(found: Snapshot, content: bytes) -> Response:
    """A download under the name the file was sent with."""
    headers = {"Content-Disposition": attachment(found.file_name)}
    return Response(content, media_type="application/octet-stream", headers=headers)


def _change(held: ServicesOf, snapshot_id: int, action: Action, actor: Actor) -> Response:
    with problems_told(), transaction(held.engine, actor=actor) as connection:
        change_standing(connection, snapshot_id, action, actor)
    return Response(status_code=204)


def _as_json(found: Snapshot) -> Mapping[str, object]:
    return {
        "id": found.id,
        "liveId": found.code,
        "liveName": found.title,
        "recordDate": found.record_date,
        "status": found.standing.value,
        "fileName": found.file_name,
        "sha256": found.sha256,
        "uploadedBy": found.uploaded_by,
        "uploadedAt": found.uploaded_at.astimezone(SEOUL),
        "replacedAt": found.replaced_at and found.replaced_at.astimezone(SEOUL),
        "replacedBy": found.replaced_by,
        "deletedAt": found.deleted_at and found.deleted_at.astimezone(SEOUL),
    }


def _rows_answer(found: Snapshot, rows: list[SourcedRow], following: str | None) -> Response:
    items = [
        {
            "sheet": row.sheet,
            "row": row.source_row,
            # A cast is a list, which is on the wire what it is here.
            "values": {name: wire_value(value) for name, value in row.values.items()},
            "cells": row.cells,
        }
        for row in rows
    ]
    return ExactJson(
        {
            "snapshotId": found.id,
            "fileName": found.file_name,
            "sha256": found.sha256,
            "items": items,
            "nextCursor": following,
        }
    )


def _entry(found: Mapping[str, Any]) -> Mapping[str, object]:
    return {
        "id": found["id"],
        "at": found["at"].astimezone(SEOUL),
        "actor": found["actor"],
        "liveId": found["code"],
        "snapshotId": found["snapshot_id"],
        "fileName": found["original_name"],
        "sha256": found["sha256"],
        "sizeBytes": found["size_bytes"],
        "outcome": found["outcome"],
        "report": found["report"],
    }
