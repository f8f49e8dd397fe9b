"""The former server's paths for what was uploaded, with the names they had."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from boxoffice.domain.zone import SEOUL
from boxoffice.http import schemas
from boxoffice.http.answers import ExactJson
from boxoffice.http.context import AsOf, ReadingOf
from boxoffice.http.errors import RequestError
from boxoffice.http.openapi import problems
from boxoffice.http.rights import Right, needs
from boxoffice.http.snapshots import file_answer, problems_told
from boxoffice.ingest.history import (
    Snapshot,
    find_snapshot,
    list_by_title,
    newest_record_dates,
    read_file,
)
from boxoffice.ingest.lifecycle import Standing

router = APIRouter(prefix="/upload", tags=["former paths"])

_WEEKDAYS = "월화수목금토일"
_MOST = 10_000


@router.get("/upload-entry", responses={200: {"model": schemas.FormerUploads}})
def entries(
    reading: ReadingOf,
    title: Annotated[str, Query(alias="liveName", max_length=200, description="Title.")],
) -> Response:
    """Uploads of a performance that count, and those that do not any more; newest day first."""
    with reading() as connection:
        found = list_by_title(connection, title, limit=_MOST)
    counting = {Standing.ACTIVE, Standing.QUARANTINED}
    return ExactJson(
        {
            "activeUploads": [_entry(each) for each in found if each.standing in counting],
            "deletedUploads": [_entry(each) for each in found if each.standing not in counting],
        }
    )


@router.get(
    "/download",
    responses={
        200: {"content": {"application/octet-stream": {}}, "description": "The bytes as sent."},
        **problems(snapshot_unknown=404),
    },
)
def download(
    reading: ReadingOf,
    snapshot_id: Annotated[int, Query(alias="id", ge=1, le=2**63 - 1, description="Snapshot.")],
) -> Response:
    """The file of a snapshot as it was sent."""
    with reading() as connection, problems_told():
        found = find_snapshot(connection, snapshot_id)
        return file_answer(found, read_file(connection, found))


@router.get("/get-upload-history", responses={200: {"model": schemas.FormerHistory}})
def freshness(reading: ReadingOf, as_of: AsOf) -> Response:
    """Running performances with their newest record date, newest first."""
    with reading() as connection:
        found = newest_record_dates(connection, as_of)
    return ExactJson(
        {
            "uploadHistory": [
                {
                    "liveName": title,
                    "uploadDate": day,
                    "dayOfWeek": None if day is None else _WEEKDAYS[day.weekday()],
                }
                for title, day in found
            ]
        }
    )


@router.get("/live-list", responses={200: {"model": list[str]}})
def titles(reading: ReadingOf, as_of: AsOf) -> Response:
    """Titles of the running performances."""
    with reading() as connection:
        found = newest_record_dates(connection, as_of)
    return ExactJson(sorted(title for title, _ in found))


@router.get(
    "/delete-entry",
    dependencies=[needs(Right.UPLOAD)],
    responses=problems(upload_moved=405),
    status_code=405,
)
async def delete_entry() -> Response:
    """Nothing is deleted by GET any more."""
    raise RequestError(405, "upload_moved", headers={"Allow": "DELETE"})


def _entry(found: Snapshot) -> Mapping[str, object]:
    gone = found.deleted_at or found.replaced_at
    return {
        "id": found.id,
        "fileName": found.file_name,
        "recordDate": found.record_date,
        "uploadBy": found.uploaded_by,
        "uploadDate": found.uploaded_at.astimezone(SEOUL),
        "isSavedFile": True,
        "deleteDate": gone and gone.astimezone(SEOUL),
    }
