"""Every error as one shape: `code` for programs, `message` in the reader's language, `details`."""

import logging
import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Scope

from boxoffice.http.answers import Problem
from boxoffice.http.body import BodyTooLargeError
from boxoffice.http.language import Language, catalogue, choose_language
from boxoffice.ingest import UploadRefusedError
from boxoffice.workbook import Code, Finding

_log = logging.getLogger(__name__)

Details = Sequence[Mapping[str, object]]

_QUOTED = 80
"""Characters of a wrong value that an answer repeats."""

_HTTP_CODES = {404: "not_found", 405: "method_not_allowed"}


class RequestError(Exception):
    """A request that cannot be answered; `code` is also the key of its text (`error.<code>`)."""

    def __init__(
        self, status: int, code: str, *, headers: Mapping[str, str] | None = None, **values: str
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.headers = headers or {}
        self.values = values


def install(app: FastAPI) -> None:
    """Let the application answer all errors in this shape."""
    for kind in (
        RequestError,
        RequestValidationError,
        UploadRefusedError,
        BodyTooLargeError,
        HTTPException,
        SQLAlchemyError,
        Exception,
    ):
        app.add_exception_handler(kind, answer_error)


def refuse_access(scope: Scope, reason: str) -> ASGIApp:
    """The answer to somebody who may not ask at all; `reason` comes from `access`."""
    return _problem(Request(scope), 403, f"access_{reason}")


def answer_error(request: Request, error: Exception) -> Response:
    """The answer to whatever went wrong; what nobody foresaw is logged and says no detail."""
    match error:
        case RequestError():
            if error.status == _SIGN_IN and _is_page(request):
                return _sign_in_page(request)
            problem = _problem(request, error.status, error.code, (), **error.values)
            problem.headers.update(error.headers)
            return problem
        case RequestValidationError():
            return _problem(request, 422, "parameters_invalid", _parameters(error))
        case UploadRefusedError():
            return _refused_upload(request, error)
        case BodyTooLargeError():
            if _UPLOADS.match(request.url.path):
                return _refused_upload(request, UploadRefusedError([_TOO_LARGE]))
            return _problem(request, 413, "request_too_large")
        case HTTPException():
            code = _HTTP_CODES.get(error.status_code, "request_invalid")
            return _problem(request, error.status_code, code, (), path=request.url.path)
        case SQLAlchemyError():
            # The driver's text may hold addresses and values: it is for the log only.
            _log.error("cannot answer %s: %s", request.url.path, error)
            return _problem(request, 503, "database_unavailable")
        case _:
            _log.error("cannot answer %s", request.url.path, exc_info=error)
            return _problem(request, 500, "unexpected")


_UPLOADS = re.compile(r"/upload|/api/v1/((performances/[^/]+/)?snapshots|previews|batches)")
"""Paths whose bodies are files: what is too large is a refused upload, with its own words."""
_TOO_LARGE = Finding(Code.FILE_TOO_LARGE, value="> 10 MiB")


_SIGN_IN = 401


def _is_page(request: Request) -> bool:
    """Whether a person looks at the answer, who can do more with a page than with JSON."""
    return request.method == "GET" and "text/html" in request.headers.get("accept", "")


def _sign_in_page(request: Request) -> RedirectResponse:
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(f"/sign-in?{urlencode({'next': wanted})}", 303)


def _problem(
    request: Request, status: int, code: str, details: Details = (), **values: str
) -> Problem:
    texts = catalogue(_language(request))
    # Words of ours among the values are said in the reader's language, too.
    words = {name: texts.get(f"{name}.{value}", value) for name, value in values.items()}
    message = texts[f"error.{code}"].format(**words)
    return Problem(status, code, message, details)


def _refused_upload(request: Request, refused: UploadRefusedError) -> Problem:
    """In Korean the first line that people know, in English the reason; all reasons in details."""
    first, language = refused.errors[0], _language(request)
    message = first.first_line if language == "ko" else first.reason_en
    body = refused.as_json()
    details = [
        {**entry, "message": entry["message" if language == "ko" else "messageEn"]}
        for entry in body["details"]
    ]
    return Problem(refused.http_status, first.code.value, message, details)


def _parameters(error: RequestValidationError) -> Details:
    # A parameter that two dependencies read is reported twice.
    found = {
        ".".join(str(part) for part in entry["loc"][1:]): {
            # Half of a character can come in as an escape of JSON, but not go out again.
            "value": str(entry.get("input"))[:_QUOTED].encode("utf-8", "replace").decode(),
            "message": entry["msg"],
        }
        for entry in error.errors()
    }
    return [{"parameter": parameter, **rest} for parameter, rest in found.items()]


def _language(request: Request) -> Language:
    return choose_language(request.query_params.get("lang"), request.headers.get("accept-language"))
