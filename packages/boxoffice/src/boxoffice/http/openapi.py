"""The OpenAPI document: the routes as FastAPI derives them, and every error each can answer.

A route names the problems that are its own: `responses=problems(performance_unknown=404)`. What
any route can answer is added here, so that no answer is missing from the document.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import FastAPI

PROBLEM_TYPE = "application/problem+json"

Responses = dict[int | str, dict[str, Any]]

_PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "An error (RFC 9457).",
    "required": ["type", "title", "status", "code", "message", "details"],
    "properties": {
        "type": {"type": "string", "description": "`urn:boxoffice:problem:` and the code."},
        "title": {"type": "string", "description": "The message."},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Stable; for programs."},
        "message": {"type": "string", "description": "For people, in their language."},
        "details": {
            "type": "array",
            "description": "Every reason there is: where it stands, the value, what is wrong.",
            "items": {"type": "object"},
        },
    },
}

_OF_ALL = {
    "sign_in_required": 401,
    "right_missing": 403,
    "access_not_from_this_machine": 403,
    "access_forwarded": 403,
    "access_host_not_loopback": 403,
    "access_foreign_origin": 403,
    "access_cross_site": 403,
    "database_unavailable": 503,
}
_WITH_PARAMETERS = {"parameters_invalid": 422}
_WITH_PATH_PARAMETERS = {"not_found": 404}
_WITH_BODY = {"parameters_invalid": 422, "request_invalid": 400, "request_too_large": 413}


def problems(**statuses: int) -> Responses:
    """`responses` of a route for the problem codes given with their statuses."""
    return {status: _response(codes) for status, codes in _by_status(statuses).items()}


class DocumentedApplication(FastAPI):
    """An application whose document is complete."""

    def openapi(self) -> dict[str, Any]:
        """The document; made once, when it is first asked for."""
        if self.openapi_schema is None:
            self.openapi_schema = complete(super().openapi())
        return self.openapi_schema


def complete(document: dict[str, Any]) -> dict[str, Any]:
    """The document with the errors that every operation shares with its like."""
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schemas["Problem"] = _PROBLEM
    for operation in _operations(document):
        responses: dict[str, Any] = operation["responses"]
        for response in responses.values():
            _drop_untold_json(response)
        if "HTTPValidationError" in str(responses.get("422")):
            del responses["422"]
        for status, codes in _by_status(_shared(operation)).items():
            _add(responses, str(status), codes)
    return document


def _drop_untold_json(response: dict[str, Any]) -> None:
    """FastAPI adds JSON without a schema beside what a route says that it answers with."""
    content: dict[str, Any] = response.get("content", {})
    if len(content) > 1 and content.get("application/json") == {"schema": {}}:
        del content["application/json"]


def _operations(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for path in document["paths"].values():
        yield from path.values()


def _shared(operation: Mapping[str, Any]) -> Mapping[str, int]:
    parameters = operation.get("parameters", [])
    in_path = any(parameter["in"] == "path" for parameter in parameters)
    return {
        **_OF_ALL,
        **(_WITH_PARAMETERS if parameters else {}),
        **(_WITH_PATH_PARAMETERS if in_path else {}),
        **(_WITH_BODY if "requestBody" in operation else {}),
    }


def _add(responses: dict[str, Any], status: str, codes: list[str]) -> None:
    """Add codes to those that the operation names itself for the status."""
    there = responses.get(status, {})
    content = there.get("content", {})
    if PROBLEM_TYPE in content:
        own = content[PROBLEM_TYPE]["schema"]["allOf"][1]["properties"]["code"]["enum"]
        codes = [*own, *(code for code in codes if code not in own)]
    added = _response(codes)
    responses[status] = {**added, **there, "content": {**content, **added["content"]}}
    if set(content) <= {PROBLEM_TYPE}:
        responses[status]["description"] = added["description"]


def _by_status(statuses: Mapping[str, int]) -> Mapping[int, list[str]]:
    grouped: dict[int, list[str]] = {}
    for code, status in statuses.items():
        grouped.setdefault(status, []).append(code)
    return grouped


def _response(codes: list[str]) -> dict[str, Any]:
    schema = {
        "allOf": [
            {"$ref": "#/components/schemas/Problem"},
            {"properties": {"code": {"enum": codes}}},
        ]
    }
    return {
        "description": "Problem: " + ", ".join(f"`{code}`" for code in codes),
        "content": {PROBLEM_TYPE: {"schema": schema}},
    }
