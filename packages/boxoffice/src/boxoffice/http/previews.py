"""A look at an upload before it is done."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from boxoffice.db.transactions import transaction
from boxoffice.domain.zone import SEOUL
from boxoffice.http import upload_schemas
from boxoffice.http.answers import ExactJson
from boxoffice.http.context import AsOf, ReadingOf
from boxoffice.http.errors import RequestError
from boxoffice.http.imports import ImportsOf
from boxoffice.http.openapi import problems
from boxoffice.http.services import ServicesOf
from boxoffice.http.upload_form import MAX_FIELDS, form_schema, one_upload
from boxoffice.http.uploads import IMPORTED, REFUSED, Uploader
from boxoffice.ingest.previews import (
    Preview,
    PreviewOutdatedError,
    PreviewUnknownError,
    commit,
    drop_preview,
    find_preview,
    preview,
)

router = APIRouter(prefix="/api/v1/previews", tags=["uploads"])

PreviewId = Annotated[int, Path(ge=1, le=2**63 - 1)]
_UNKNOWN = problems(preview_unknown=404)


@router.post(
    "",
    status_code=201,
    openapi_extra=form_schema(many=False),
    responses={201: {"model": upload_schemas.Preview}, **REFUSED},
)
async def preview_workbook(
    request: Request, held: ServicesOf, imports: ImportsOf, as_of: AsOf, actor: Uploader
) -> Response:
    """Read a workbook and say what importing it would change; nothing is imported yet."""
    async with request.form(max_files=2, max_fields=MAX_FIELDS) as form, imports.slot():
        sent = await one_upload(form)
        made = await run_in_threadpool(
            preview, held.engine, sent, as_of=as_of, actor=actor, now=held.clock()
        )
    return ExactJson(_as_json(made), 201)


@router.get("/{preview_id}", responses={200: {"model": upload_schemas.Preview}, **_UNKNOWN})
def read_preview(preview_id: PreviewId, held: ServicesOf, reading: ReadingOf) -> Response:
    """A preview that was made before and has not expired."""
    with reading() as connection, _problems_told(preview_id):
        return ExactJson(_as_json(find_preview(connection, preview_id, held.clock())))


@router.post(
    "/{preview_id}/commit",
    status_code=201,
    responses={**IMPORTED, **problems(preview_unknown=404, preview_outdated=409)},
)
def commit_preview(preview_id: PreviewId, held: ServicesOf, actor: Uploader) -> Response:
    """Import a previewed workbook as it was shown; asked again, it answers 200.

    409 when what the preview was compared with is not the newest any more: preview it again.
    """
    with _problems_told(preview_id):
        report = commit(held.engine, preview_id, actor=actor, now=held.clock())
    return ExactJson(report.as_json(), report.http_status)


@router.delete("/{preview_id}", status_code=204, responses=_UNKNOWN)
def forget_preview(preview_id: PreviewId, held: ServicesOf, actor: Uploader) -> Response:
    """Forget a preview before it expires."""
    with transaction(held.engine, actor=actor) as connection, _problems_told(preview_id):
        drop_preview(connection, preview_id)
    return Response(status_code=204)


@contextmanager
def _problems_told(preview_id: int) -> Generator[None]:
    try:
        yield
    except PreviewUnknownError:
        raise RequestError(404, "preview_unknown", preview=str(preview_id)) from None
    except PreviewOutdatedError:
        raise RequestError(409, "preview_outdated", preview=str(preview_id)) from None


def _as_json(made: Preview) -> dict[str, object]:
    return {**made.as_json(), "expiresAt": made.expires_at.astimezone(SEOUL)}
