"""Workbooks in."""

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile

from boxoffice.http.answers import ExactJson
from boxoffice.http.context import ActorOf, AsOf
from boxoffice.http.services import ServicesOf
from boxoffice.ingest import UploadRequest, upload
from boxoffice.workbook import MAX_FILE_BYTES

MAX_BODY_BYTES = MAX_FILE_BYTES + 1024 * 1024
"""Of the whole form: a file one byte too large is still read, so that its refusal is recorded."""

router = APIRouter(tags=["uploads"])

_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "liveId": {"type": "string", "description": "Code of the performance."},
                        "liveName": {"type": "string", "description": "Its title."},
                    },
                }
            }
        },
    }
}


@router.post("/upload", status_code=201, openapi_extra=_FORM)
@router.post("/upload/play-excel", status_code=201, openapi_extra=_FORM)
async def upload_workbook(
    request: Request, held: ServicesOf, as_of: AsOf, actor: ActorOf
) -> ExactJson:
    """Import one workbook named `<date>_<code>_<title>.xlsx`: all of it or nothing.

    201 with the sums of the new snapshot; 200 when the same bytes are active already; otherwise
    all reasons, each with sheet, cell and value.
    """
    async with request.form(max_files=1, max_fields=8) as form:
        sent = await _sent(form)
    report = await run_in_threadpool(upload, held.engine, sent, as_of=as_of, actor=actor)
    return ExactJson(report.as_json(), report.http_status)


async def _sent(form: FormData) -> UploadRequest:
    file = form.get("file")
    live_id, live_name = (_text(form, name) for name in ("liveId", "liveName"))
    if not isinstance(file, UploadFile):
        return UploadRequest("", None, live_id, live_name)
    content = await file.read(MAX_FILE_BYTES + 1)
    return UploadRequest(file.filename or "", content, live_id, live_name)


def _text(form: FormData, name: str) -> str | None:
    value = form.get(name)
    return value if isinstance(value, str) else None
