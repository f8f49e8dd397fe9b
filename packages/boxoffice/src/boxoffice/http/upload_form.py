"""The form that files are sent with."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from starlette.datastructures import FormData, UploadFile

from boxoffice.http.errors import RequestError
from boxoffice.ingest import UploadRequest
from boxoffice.workbook import MAX_FILE_BYTES, base_name
from boxoffice.workbook.pairs import as_one, grouped

MAX_BODY_BYTES = 2 * (MAX_FILE_BYTES + 1024 * 1024)
"""Of the form of one upload, which may be a pair: a file one byte too large is still read, so that
its refusal is recorded."""
MAX_FILES = 20
"""Files of one batch."""
MAX_BATCH_BYTES = MAX_FILES * MAX_FILE_BYTES + 1024 * 1024
MAX_FIELDS = 8


def form_schema(*, many: bool) -> dict[str, Any]:
    """The form, for the OpenAPI document."""
    file = {"type": "string", "format": "binary"}
    words = "Workbooks and CSV pairs." if many else "A workbook, or both files of a CSV pair."
    most = MAX_FILES if many else 2
    return {
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "required": ["file"],
                        "properties": {
                            "file": {
                                "type": "array",
                                "items": file,
                                "maxItems": most,
                                "description": words,
                            },
                            "liveId": {"type": "string", "description": "Code of the performance."},
                            "liveName": {"type": "string", "description": "Its title."},
                        },
                    }
                }
            },
        }
    }


Sent = tuple[str, UploadFile]
"""A file under the name it was sent with, without folders."""


async def one_upload(form: FormData) -> UploadRequest:
    """The file of the form, or the pair; a form without one is for the import to refuse."""
    uploads = uploads_of(form)
    if len(uploads) > 1:
        raise RequestError(422, "one_upload_at_a_time", files=str(len(uploads)))
    request = await read_upload(uploads[0]) if uploads else UploadRequest("", None)
    return replace(request, live_id=_text(form, "liveId"), live_name=_text(form, "liveName"))


def uploads_of(form: FormData) -> list[tuple[Sent, ...]]:
    """The files of a form, both halves of a CSV pair together."""
    sent = [
        (base_name(file.filename or ""), file)
        for file in form.getlist("file")
        if isinstance(file, UploadFile)
    ]
    places = grouped([name for name, _ in sent])
    return [tuple(sent[place] for place in group) for group in places]


async def read_upload(files: Sequence[Sent]) -> UploadRequest:
    """The bytes of one upload."""
    contents = [(name, await file.read(MAX_FILE_BYTES + 1)) for name, file in files]
    # A half that is too large is refused for what it is.
    too_large = [each for each in contents if len(each[1]) > MAX_FILE_BYTES]
    return UploadRequest(*as_one(too_large[:1] or contents))


def _text(form: FormData, name: str) -> str | None:
    value = form.get(name)
    return value if isinstance(value, str) else None
