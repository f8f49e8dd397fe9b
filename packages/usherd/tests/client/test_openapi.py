"""The document that describes the interface is whole: every reference leads somewhere."""

import json
import re

from usher.api.openapi import document
from usher.api.routes import ROUTES


def test_every_route_and_every_reference() -> None:
    described = document(ROUTES, "1.2.3")
    text = json.dumps(described)
    operations = {
        operation["operationId"]: operation
        for methods in described["paths"].values()
        for operation in methods.values()
    }
    assert operations.keys() == {route.name for route in ROUTES}
    assert (
        set(re.findall(r"#/components/schemas/(\w+)", text))
        <= described["components"]["schemas"].keys()
    )
    assert [parameter["name"] for parameter in operations["service"]["parameters"]] == ["name"]
    assert "requestBody" in operations["apply"]
    assert "requestBody" not in operations["kill"]
    assert list(operations["list"]["responses"]["200"]["content"]) == ["text/plain"]
    assert list(operations["logs"]["responses"]["200"]["content"]) == ["application/x-ndjson"]


def test_names_are_used_once() -> None:
    assert len({route.name for route in ROUTES}) == len(ROUTES)
    assert len({(route.method, route.path) for route in ROUTES}) == len(ROUTES)
