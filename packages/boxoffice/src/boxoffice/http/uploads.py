"""Workbooks in: one at once, or many with progress."""

import logging
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.responses import Response, StreamingResponse

from boxoffice.db.transactions import Actor, transaction
from boxoffice.http import upload_schemas
from boxoffice.http.answers import ExactJson, encode
from boxoffice.http.context import AsOf
from boxoffice.http.errors import RequestError
from boxoffice.http.imports import Imports, ImportsOf
from boxoffice.http.openapi import Responses, problems
from boxoffice.http.rights import Right, needs
from boxoffice.http.services import ServicesOf
from boxoffice.http.upload_form import (
    MAX_FIELDS,
    MAX_FILES,
    form_schema,
    one_upload,
    read_upload,
    uploads_of,
)
from boxoffice.ingest import UploadRefusedError, UploadRequest, upload
from boxoffice.ingest.history import is_known
from boxoffice.ingest.previews import preview
from boxoffice.planning.fields import Code
from boxoffice.workbook.findings import HTTP_STATUS, REFUSALS

_log = logging.getLogger(__name__)

router = APIRouter(tags=["uploads"])
BATCHES = "/api/v1/batches"

Uploader = Annotated[Actor, needs(Right.UPLOAD)]

REFUSED = problems(
    **{code.value: HTTP_STATUS.get(code, 422) for code in REFUSALS}, one_upload_at_a_time=422
)
IMPORTED: Responses = {
    200: {"model": upload_schemas.UploadReport, "description": "The same bytes are there already."},
    201: {"model": upload_schemas.UploadReport, "description": "A new snapshot."},
    202: {"model": upload_schemas.UploadReport, "description": "Suspicious: waits for a release."},
}
_ONE: dict[str, Any] = {
    "status_code": 201,
    "openapi_extra": form_schema(many=False),
    "responses": {**IMPORTED, **REFUSED},
}
_LINE = upload_schemas.BatchLine.model_json_schema()


@router.post("/upload", **_ONE)
@router.post("/upload/play-excel", **_ONE)
@router.post("/api/v1/snapshots", **_ONE)
async def upload_workbook(
    request: Request, held: ServicesOf, imports: ImportsOf, as_of: AsOf, actor: Uploader
) -> Response:
    """Import one workbook named `<date>_<code>_<title>.xlsx`: all of it or nothing.

    201 with the sums of the new snapshot; 200 when the same bytes are active already; 202 when the
    performance quarantines suspicious files; otherwise all reasons, each with sheet, cell and
    value.
    """
    async with request.form(max_files=2, max_fields=MAX_FIELDS) as form, imports.slot():
        sent = await one_upload(form)
        report = await run_in_threadpool(upload, held.engine, sent, as_of=as_of, actor=actor)
    return ExactJson(report.as_json(), report.http_status)


@router.post("/api/v1/performances/{code}/snapshots", **_ONE)
async def upload_for(
    code: Code,
    request: Request,
    held: ServicesOf,
    imports: ImportsOf,
    as_of: AsOf,
    actor: Uploader,
) -> Response:
    """The same for this performance alone: a file whose name says another one is refused."""
    if not await run_in_threadpool(_sees, held.engine, actor, code):
        raise RequestError(404, "performance_unknown", performance=code)
    async with request.form(max_files=2, max_fields=MAX_FIELDS) as form, imports.slot():
        sent = replace(await one_upload(form), live_id=code)
        report = await run_in_threadpool(upload, held.engine, sent, as_of=as_of, actor=actor)
    return ExactJson(report.as_json(), report.http_status)


def _sees(engine: Engine, actor: Actor, code: str) -> bool:
    with transaction(engine, actor=actor, read_only=True) as connection:
        return is_known(connection, code)


@router.post(
    BATCHES,
    openapi_extra=form_schema(many=True),
    responses={
        200: {
            "description": "A line of JSON for each upload, when it is done.",
            "content": {
                "application/x-ndjson": {"schema": upload_schemas.BatchLine.model_json_schema()}
            },
        }
    },
)
async def upload_many(
    request: Request,
    held: ServicesOf,
    imports: ImportsOf,
    as_of: AsOf,
    actor: Uploader,
    mode: Annotated[
        Literal["import", "preview"], Query(description="Import each, or only preview it.")
    ] = "import",
) -> Response:
    """Several uploads at once, each by itself: one that is refused stops no other.

    The answer comes as it happens, a line of JSON for each.
    """
    form = await request.form(max_files=MAX_FILES, max_fields=MAX_FIELDS)
    if mode == "import":
        work = partial(_import, held.engine, as_of=as_of, actor=actor)
    else:
        work = partial(_preview, held.engine, as_of=as_of, actor=actor, now=held.clock())
    return StreamingResponse(_lines(form, imports, work), media_type="application/x-ndjson")


Done = tuple[str, Mapping[str, Any] | None]
"""Outcome of one upload, and its answer."""


def _import(engine: Engine, request: UploadRequest, *, as_of: date, actor: Actor) -> Done:
    report = upload(engine, request, as_of=as_of, actor=actor)
    return report.status, report.as_json()


def _preview(
    engine: Engine, request: UploadRequest, *, as_of: date, actor: Actor, now: datetime
) -> Done:
    made = preview(engine, request, as_of=as_of, actor=actor, now=now)
    return "previewed", made.as_json()


def _attempt(work: Callable[[UploadRequest], Done], request: UploadRequest) -> Done:
    """One upload of a batch; whatever becomes of it, the next one is tried."""
    try:
        return work(request)
    except UploadRefusedError as refused:
        return "refused", refused.as_json()
    except SQLAlchemyError as error:
        _log.error("cannot import a file of a batch: %s", error)
        return "failed", None


async def _lines(
    form: FormData, imports: Imports, work: Callable[[UploadRequest], Done]
) -> AsyncIterator[bytes]:
    try:
        uploads = uploads_of(form)
        for done, files in enumerate(uploads, start=1):
            async with imports.slot():
                request = await read_upload(files)
                outcome, answer = await run_in_threadpool(_attempt, work, request)
            line = {
                "done": done,
                "of": len(uploads),
                "fileName": request.filename,
                "outcome": outcome,
                "answer": answer,
            }
            yield encode(line) + b"\n"
    finally:
        await form.close()
