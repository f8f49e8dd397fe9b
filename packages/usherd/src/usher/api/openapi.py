"""Turns the route table into an OpenAPI 3.1 document."""

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from usher.api.routes import Route
from usher.api.types import Problem


def document(routes: Iterable[Route], version: str) -> dict[str, Any]:
    """Build the document; every schema stands once under components."""
    table = tuple(routes)
    types = [kind for route in table for kind in (route.answer, route.body) if kind is not None]
    schemas, components = msgspec.json.schema_components(
        [*types, Problem], ref_template="#/components/schemas/{name}"
    )
    schema_of = {
        repr(kind): schema for kind, schema in zip([*types, Problem], schemas, strict=True)
    }
    paths: dict[str, dict[str, Any]] = {}
    for route in table:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schema_of)
    return {
        "openapi": "3.1.0",
        "info": {"title": "usher", "version": version},
        "paths": paths,
        "components": {"schemas": components},
    }


def _operation(route: Route, schema_of: dict[str, Any]) -> dict[str, Any]:
    media = (
        "text/plain"
        if route.answer is str
        else "application/x-ndjson"
        if route.stream
        else "application/json"
    )
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.summary,
        "parameters": _parameters(route),
        "responses": {
            "200": {
                "description": "One JSON value a line." if route.stream else "The answer.",
                "content": {media: {"schema": schema_of[repr(route.answer)]}},
            },
            "default": {
                "description": "What cannot be done, why, and what to do next.",
                "content": {"application/json": {"schema": schema_of[repr(Problem)]}},
            },
        },
    }
    if route.body is not None:
        content = {"application/json": {"schema": schema_of[repr(route.body)]}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _parameters(route: Route) -> list[dict[str, Any]]:
    in_path = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"\{(\w+)\}", route.path)
    ]
    in_query = [
        {"name": name, "in": "query", "description": meaning, "schema": {"type": "string"}}
        for name, meaning in route.query.items()
    ]
    return in_path + in_query
