"""What the former server left open, each by its number in boxoffice-defects.md.

S2 is in `test_rights`, S5 and S12 in `test_accounts`, the rules behind S3 in `accounts/test_rules`.
"""

import json
import logging
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import OperationalError
from starlette.requests import Request

from boxoffice.accounts.credentials import create_token
from boxoffice.accounts.sign_up import Candidate, add_administrator
from boxoffice.db.engine import create_engine
from boxoffice.db.schema import check_serving
from boxoffice.db.tables import snapshot, user_password
from boxoffice.db.transactions import SYSTEM, transaction
from boxoffice.http.application import create_application
from boxoffice.http.errors import answer_error
from boxoffice.http.exports import csv_cell
from boxoffice.testing import add_performance, edge_cases

pytestmark = pytest.mark.process

PASSWORD = "a stitch in time"
CASES = {case.name: case for case in edge_cases()}
GOOD = CASES["zip_bomb"]
"""Its performance, and a good workbook of it."""


@dataclass(frozen=True)
class Stage:
    """A server with a master and one performance."""

    site: Any
    engine: Engine
    headers: Mapping[str, str]

    def ask(self, path: str, method: str = "GET", body: Any = None) -> Any:
        sent = None if body is None else json.dumps(body).encode()
        headers = {**self.headers, "Content-Type": "application/json"}
        return self.site.ask(path, method, sent, headers)


@pytest.fixture(scope="module")
def stage(module_database: str, module_site: Any) -> Iterator[Stage]:
    engine = create_engine(module_database)
    now = datetime.now(UTC)
    master = add_administrator(engine, Candidate("m@example.org", "master", PASSWORD), now=now)
    create_token(engine, master, "test", token="bxo_master", now=now, expires=None)
    add_performance(engine, GOOD.show)
    yield Stage(module_site, engine, {"Authorization": "Bearer bxo_master"})
    engine.dispose()


@pytest.mark.parametrize("path", ["/sql-execute", "/ai-chat", "/ai-chat/execute-sql"])
def test_s1_no_route_takes_sql(path: str, stage: Stage) -> None:
    body = {"query": "SELECT 1", "sql": "SELECT 1"}
    assert stage.ask(path, "POST", body).status == 404
    described = create_application(Mock(is_encrypted=False)).openapi()
    assert not [each for each in described["paths"] if "sql" in each]


def test_s3_no_answer_holds_a_password_or_its_hash(stage: Stage) -> None:
    with transaction(stage.engine, actor=SYSTEM, read_only=True) as connection:
        kept = connection.execute(select(user_password.c.argon2)).scalar_one()
    login = {"email": "m@example.org", "password": PASSWORD}
    answers = [stage.ask("/api/v1/auth/login", "POST", login)] + [
        stage.ask(path)
        for path in ("/users", "/users/get-users", "/api/v1/auth/session", "/api/v1/audit-events")
    ]
    for answer in answers:
        assert answer.status == 200
        told = answer.body.decode()
        assert PASSWORD not in told
        assert kept not in told
        assert "argon2" not in told
        assert "password" not in told


@pytest.mark.parametrize("more", [{"role": 0}, {"isApproved": True}, {"status": True}, {"id": 1}])
@pytest.mark.parametrize("path", ["/api/v1/auth/register", "/users/create-account"])
def test_s4_nobody_signs_up_as_a_master(path: str, more: dict[str, Any], stage: Stage) -> None:
    body = {"email": "rising@example.org", "name": "rising", "password": PASSWORD}
    answer = stage.ask(path, "POST", body | more)
    assert (answer.status, answer.json["code"]) == (422, "parameters_invalid")
    people = stage.ask("/users").json["items"]
    assert [person["email"] for person in people] == ["m@example.org"]


SECRET = re.compile(
    rb"-----BEGIN [A-Z ]*PRIVATE KEY-----\n[A-Za-z0-9+/]"
    rb"|\bAKIA[0-9A-Z]{16}\b"
    rb"|\bgh[pousr]_[A-Za-z0-9]{36}\b"
    rb"|\bhooks\.slack\.com/services/T[A-Z0-9]{8,}/B[A-Z0-9]{8,}/[A-Za-z0-9]{24}\b"
    rb"|\bbxo_[A-Za-z0-9_-]{43}\b"
    rb"|\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$"
)


def test_s6_no_secret_stands_in_the_sources_or_defaults() -> None:
    """A scan of the package as it is installed: code, texts, SQL and static files."""
    root = Path(create_application.__code__.co_filename).parents[1]
    read = [path for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    assert len(read) > 100
    assert [path for path in read if SECRET.search(path.read_bytes())] == []
    assert SECRET.search(b"bxo_" + b"x" * 43), "the scan sees nothing"


def test_s7_a_bomb_is_read_in_a_process_of_its_own(stage: Stage) -> None:
    """Refused with its cause, and the server has not grown."""
    before = peak_memory(stage)
    bomb = GOOD.file
    answer = stage.site.upload(
        bomb.name, bomb.content or b"", "/upload?asOf=2025-06-18", headers=stage.headers
    )
    assert answer.status == GOOD.http
    assert answer.json["code"] in GOOD.codes
    assert peak_memory(stage) - before < 100 * 1024


def test_s7_no_text_is_exported_as_a_formula() -> None:
    assert csv_cell('=HYPERLINK("https://evil.example")').startswith("'=")


def peak_memory(stage: Stage) -> int:
    """Of the server's process, in KiB."""
    status = Path(f"/proc/{stage.site.process.pid}/status").read_text()
    found = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    assert found
    return int(found[1])


def test_s8_who_uploads_is_told_by_the_session_alone(stage: Stage) -> None:
    base = GOOD.base
    answer = stage.site.upload(
        base.name,
        base.content or b"",
        "/upload?asOf=2025-06-18&userId=999",
        headers=stage.headers,
        userName="somebody else",
        userId="999",
    )
    assert answer.status == 201
    with transaction(stage.engine, actor=SYSTEM, read_only=True) as connection:
        uploader = connection.execute(select(snapshot.c.uploaded_by)).scalar_one()
    own = stage.ask("/api/v1/auth/session").json["userId"]
    assert uploader == f"user:{own}"


def test_s9_what_the_database_says_is_for_the_log(caplog: pytest.LogCaptureFixture) -> None:
    scope = {"type": "http", "method": "GET", "path": "/live", "headers": [], "query_string": b""}
    told = "connection to 10.0.0.7 failed: password authentication failed"
    error = OperationalError("SELECT 1", {"secret": "value"}, Exception(told), hide_parameters=True)
    with caplog.at_level(logging.ERROR):
        answer = answer_error(Request(scope), error)
    assert answer.status_code == 503
    assert b"10.0.0.7" not in bytes(answer.body)
    assert json.loads(bytes(answer.body))["code"] == "database_unavailable"
    assert told in caplog.text
    assert "value" not in caplog.text


def test_s11_a_start_checks_the_schema_and_synchronises_nothing(
    stage: Stage, serve: Any, module_database: str
) -> None:
    """A second server starts on the same tables, to the number."""
    numbers = "SELECT oid, relname FROM pg_class WHERE relnamespace = 'boxoffice'::regnamespace"
    with stage.engine.connect() as connection:
        before = sorted(map(tuple, connection.exec_driver_sql(numbers)))
    serve(module_database)
    check_serving(stage.engine)
    with stage.engine.connect() as connection:
        assert sorted(map(tuple, connection.exec_driver_sql(numbers))) == before


def test_s15_nothing_is_in_a_developers_mode(stage: Stage) -> None:
    """No debug pages, no reloading, no documentation pages; a fault tells nothing of itself."""
    app = create_application(Mock(is_encrypted=False))
    assert app.debug is False
    assert (app.docs_url, app.redoc_url) == (None, None)
    for path in ("/docs", "/redoc", "/api-docs"):
        assert stage.ask(path).status == 404
    helped = subprocess.run(
        [str(Path(sys.executable).with_name("boxoffice")), "serve", "--help"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    assert "reload" not in helped
    scope = {"type": "http", "method": "GET", "path": "/x", "headers": [], "query_string": b""}
    fault = answer_error(Request(scope), ZeroDivisionError("at secret place"))
    assert fault.status_code == 500
    assert b"secret place" not in bytes(fault.body)
