"""The interface against its own OpenAPI document: generated requests, good and bad.

Each operation gets requests made of its schema and requests that break it, from a master, so that
nothing is left out for want of a right. No answer is a 500, and status, content type and body are
what the document says. Seeded: the same requests in every run.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from boxoffice.http.application import create_application
from boxoffice.http.language import catalogue
from boxoffice.http.openapi import PROBLEM_TYPE
from boxoffice.workbook import Code

pytestmark = pytest.mark.process

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
CODE = "GEN-1"
PERFORMANCE = {
    "code": CODE,
    "category": "play",
    "title": "어느 공연",
    "showStartDate": "2025-06-01",
    "showEndDate": "2025-06-30",
    "saleStartDate": "2025-05-01",
    "saleEndDate": "2025-06-30",
}

Ask = Callable[..., Any]


@cache
def interface() -> Any:
    """The document of an application that serves nothing."""
    document = create_application(Mock(is_encrypted=False)).openapi()
    return schemathesis.openapi.from_dict(document)


OPERATIONS = [(path, method) for path, operations in interface().items() for method in operations]


def can_be_broken(path: str, method: str) -> bool:
    """Whether an operation takes anything that can be wrong: the headers may hold any text."""
    definition = interface()[path][method].definition.raw
    places = {parameter["in"] for parameter in definition.get("parameters", ())}
    return bool(places - {"header"}) or "requestBody" in definition


@pytest.fixture(scope="module")
def as_master(module_database: str) -> Mapping[str, str]:
    """Headers of a master's script."""
    environ = {**os.environ, "DATABASE_URL": module_database}

    def boxoffice(*words: str, told: str = "") -> str:
        program = [str(Path(sys.executable).with_name("boxoffice")), *words]
        done = subprocess.run(
            program, env=environ, input=told, text=True, capture_output=True, check=True
        )
        return done.stdout.strip()

    boxoffice("user", "create-admin", "master@example.org", told="a-long-enough-passphrase\n")
    return {"Authorization": f"Bearer {boxoffice('token', 'create', 'schemathesis')}"}


@pytest.fixture(scope="module")
def ask(as_master: Mapping[str, str], module_site: Any) -> Iterator[Ask]:
    """Sends a generated request and holds the answer to the document."""

    def send(case: Any) -> None:
        case.call_and_validate(
            base_url=f"http://127.0.0.1:{module_site.port}",
            headers=dict(as_master),
            checks=CHECKS,
            timeout=30,
        )

    yield send
    session = module_site.ask("/api/v1/auth/session", headers=as_master)
    assert session.status == 200, "the requests were not a master's to the end"


@pytest.fixture
def performance(as_master: Mapping[str, str], module_site: Any) -> str:
    """There is one, whatever the requests before this one did to it."""
    headers = {**as_master, "Content-Type": "application/json"}
    path = "/api/v1/performances"
    module_site.ask(f"{path}/{CODE}/restore", "POST", headers=as_master)
    module_site.ask(path, "POST", json.dumps(PERFORMANCE).encode(), headers)
    assert module_site.ask(f"{path}/{CODE}", headers=as_master).status == 200
    return CODE


def generated(examples: int) -> settings:
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_good_requests_are_answered_as_documented(
    path: str, method: str, ask: Ask, performance: str
) -> None:
    @generated(examples=4)
    @given(case=interface()[path][method].as_strategy(generation_mode=GenerationMode.POSITIVE))
    def every(case: Any) -> None:
        known = {"code": performance, "slug": "target_totals"}
        for name in known.keys() & (case.path_parameters or {}).keys():
            case.path_parameters[name] = known[name]
        ask(case)

    every()


@pytest.mark.parametrize(("path", "method"), [each for each in OPERATIONS if can_be_broken(*each)])
def test_broken_requests_are_refused_as_documented(path: str, method: str, ask: Ask) -> None:
    @generated(examples=2)
    @given(case=interface()[path][method].as_strategy(generation_mode=GenerationMode.NEGATIVE))
    def every(case: Any) -> None:
        ask(case)

    every()


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_every_operation_says_what_it_does_and_answers(path: str, method: str) -> None:
    operation = interface()[path][method].definition.raw
    assert operation["summary"]
    for status, answer in operation["responses"].items():
        kinds = answer.get("content", {})
        assert kinds or status in ("204", "304"), f"{status} says nothing of its body"
        for kind, content in kinds.items():
            assert content.get("schema") or "json" not in kind, f"{status} has no schema"


def test_every_problem_has_its_words_in_both_languages() -> None:
    codes = {
        code
        for path, method in OPERATIONS
        for answer in interface()[path][method].definition.raw["responses"].values()
        for code in problem_codes(answer)
    }
    assert len(codes) > 60
    for language in ("ko", "en"):
        texts = {key for key in catalogue(language) if key.startswith("error.")}
        known = {key.removeprefix("error.") for key in texts}
        assert codes - known <= {code.value for code in Code}
        # What fits no route, and what is our fault, no route can name.
        assert known - codes == {"method_not_allowed", "unexpected"}


def problem_codes(answer: Mapping[str, Any]) -> list[str]:
    """The codes that an answer of the document names."""
    content = answer.get("content", {}).get(PROBLEM_TYPE)
    if content is None:
        return []
    return content["schema"]["allOf"][1]["properties"]["code"]["enum"]
