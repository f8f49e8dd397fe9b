"""Every route x role x performance, generated from the routes themselves.

A route that declares no right fails here, and so does one whose right the table below does not
give to exactly these roles. What somebody may not see is answered like what does not exist.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from unittest.mock import Mock
from zipfile import ZipFile

import pytest
from fastapi.routing import APIRoute
from sqlalchemy import Engine, insert, literal, select, text

from boxoffice.accounts.credentials import create_token
from boxoffice.db.engine import create_engine
from boxoffice.db.tables import app_user, performance, user_performance
from boxoffice.db.transactions import SYSTEM, transaction
from boxoffice.http import application
from boxoffice.http.context import Opens
from boxoffice.http.rights import Needs, Public, Right
from boxoffice.metrics.catalogue import METRICS

pytestmark = pytest.mark.process

AS_OF = "2026-03-10"
PERMITTED, OTHER, MISSING = "MUS1001", "MUS1002", "NOT-THERE"
OTHER_TITLE = "마지막 등대"
NO_NUMBER = 999_999
"""Of nothing."""
OPEN = {
    "/health",
    "/ready",
    "/sign-in",
    "/sign-out",
    "/sign-up",
    "/password",
    "/api/v1/auth/register",
    "/api/v1/auth/login",
    "/api/v1/auth/logout",
    "/api/v1/auth/password-choice",
    "/users/create-account",
    "/users/login",
    "/users/delete-user",
}
"""What strangers may ask: how the server is, and who they are. Nothing else, ever."""

ADMINISTRATORS = {"administrator", "master"}
EVERYBODY = {"reader", "uploader", "manager", *ADMINISTRATORS}
HAVE: Mapping[Right, set[str]] = {
    Right.READ: EVERYBODY,
    Right.OWN_ACCOUNT: EVERYBODY,
    Right.UPLOAD: {"uploader", *ADMINISTRATORS},
    Right.PLAN: {"manager", *ADMINISTRATORS},
    Right.MANAGE_PERFORMANCES: ADMINISTRATORS,
    Right.READ_INTERFACE: ADMINISTRATORS,
    Right.LIST_USERS: ADMINISTRATORS,
    Right.MANAGE_USERS: ADMINISTRATORS,
}
"""Section 6.7 of the specification, as roles here."""
STRANGERS = ("nobody", "wrong token", "unapproved")
RESTRICTED = ("reader", "uploader", "manager")

PEOPLE: Mapping[str, Mapping[str, Any]] = {
    "unapproved": {"is_approved": False, "can_upload": True, "can_manage": True},
    "reader": {},
    "uploader": {"can_upload": True},
    "manager": {"can_manage": True},
    "administrator": {"role": 1, "can_upload": True, "can_manage": True, "all_performances": True},
    "master": {"role": 0, "can_upload": True, "can_manage": True, "all_performances": True},
}

# Bodies that are right, so that the answer depends on the performance and not on the body.
BODIES: Mapping[str, Any] = {
    "PATCH /api/v1/performances/{code}": {"venue": "작은 극장"},
    "PUT /api/v1/performances/{code}/targets": {"items": []},
    "POST /api/v1/performances/{code}/targets/spread": {"parts": [{"amount": 1000}]},
    "POST /api/v1/performances/{code}/targets/file": b"date,target\n2026-03-01,1000\n",
    "PUT /api/v1/performances/{code}/marketing-weeks": {"items": []},
    "PUT /api/v1/performances/{code}/calendar-notes/{day}": {},
}
"""JSON, or the bytes of a file in a form."""
ABOUT = ("code", "snapshot_id", "preview_id")
"""Parameters of a path that lead to a performance."""


def declared(route: APIRoute) -> list[Needs | Opens | Public]:
    """What a route says about who may ask, anywhere among its dependencies."""
    found: list[Needs | Opens | Public] = []
    waiting = [route.dependant]
    while waiting:
        dependant = waiting.pop()
        waiting += dependant.dependencies
        if isinstance(dependant.call, Needs | Opens | Public):
            found.append(dependant.call)
    return found


ROUTES: list[APIRoute] = [route for module in application._ROUTES for route in module.router.routes]
PROTECTED = [
    (method, route)
    for route in ROUTES
    for method in sorted(route.methods)
    if any(isinstance(each, Needs | Opens) for each in declared(route))
]


def name(case: tuple[str, APIRoute]) -> str:
    return f"{case[0]} {case[1].path}"


OF_A_PERFORMANCE = [
    case for case in PROTECTED if any(f"{{{each}}}" in case[1].path for each in ABOUT)
]


@dataclass(frozen=True)
class Stage:
    """A server with a season, and who may ask it."""

    site: Any
    engine: Engine
    snapshots: Mapping[str, int]
    """The newest snapshot by the code of its performance."""
    previews: Mapping[str, int]

    def ask(self, role: str, case: tuple[str, APIRoute], code: str) -> Any:
        """One request of somebody in a role, about a performance."""
        method, route = case
        content_type, body = _body(name(case), route)
        headers = {"Accept": "application/json", "Content-Type": content_type}
        if role != "nobody":
            headers["Authorization"] = f"Bearer bxo_{role}"
        path = route.path.format(**self.values(code))
        query = f"asOf={AS_OF}&code={code}&liveName={code}&id={self.values(code)['snapshot_id']}"
        query += "&salesDate=2026-03-01"
        return self.site.ask(f"{path}?{query}", method, body, headers)

    def values(self, code: str) -> Mapping[str, str]:
        """What stands in a path."""
        return {
            "code": code,
            "snapshot_id": str(self.snapshots.get(code, NO_NUMBER)),
            "preview_id": str(self.previews.get(code, NO_NUMBER)),
            "user_id": str(NO_NUMBER),
            "slug": "play_all_shows",
            "part": "daily",
            "year": "2026",
            "month": "3",
            "day": "2026-03-01",
            "week_start": "2026-03-02",
        }

    def told(self, role: str, case: tuple[str, APIRoute], code: str) -> tuple[int, str]:
        """Status and body of the answer, without what was asked for."""
        answer = self.ask(role, case, code)
        body = answer.body.decode(errors="replace")
        for value in (code, *(self.values(code)[each] for each in ABOUT)):
            body = body.replace(value, "?")
        return answer.status, body

    def state(self) -> Any:
        """What would be different after a request that changed something."""
        tables = ("performance", "snapshot", "upload_preview", "daily_target", "marketing_week")
        tables += ("calendar_note", "app_user", "user_performance", "api_token", "audit_event")
        counts = ", ".join(f"(SELECT count(*) FROM {table})" for table in tables)
        query = text(f"SELECT (SELECT counter FROM data_change), {counts}")
        with transaction(self.engine, actor=SYSTEM, read_only=True) as connection:
            return connection.execute(query).one()


def _body(name: str, route: APIRoute) -> tuple[str, bytes | None]:
    """Content type and bytes of a request's body."""
    body = BODIES.get(name, {})
    if isinstance(body, bytes):
        disposition = 'Content-Disposition: form-data; name="file"; filename="targets.csv"'
        part = f"--x\r\n{disposition}\r\nContent-Type: text/csv\r\n\r\n".encode()
        return "multipart/form-data; boundary=x", part + body + b"\r\n--x--\r\n"
    return "application/json", None if route.body_field is None else json.dumps(body).encode()


@pytest.fixture(scope="module")
def stage(module_database: str, module_site: Any) -> Iterator[Stage]:
    """The server runs already: accounts come into force while it does."""
    assert module_site.ask("/live").status == 200
    program = [str(Path(sys.executable).with_name("boxoffice")), "demo", "--as-of", AS_OF]
    environ = {**os.environ, "DATABASE_URL": module_database}
    subprocess.run(program, env=environ, check=True, capture_output=True, timeout=300)
    engine = create_engine(module_database)
    for role, values in PEOPLE.items():
        add_person(engine, role, values)
    with transaction(engine, actor=SYSTEM) as connection:
        newest = text(
            "SELECT code, max(snapshot.id) AS number FROM snapshot"
            " JOIN performance ON performance.id = performance_id GROUP BY code"
        )
        snapshots = {row.code: row.number for row in connection.execute(newest)}
        preview = text(
            "INSERT INTO upload_preview (performance_id, record_date, original_name, sha256,"
            " size_bytes, reading, report, created_by, created_at, expires_at)"
            " SELECT id, '2026-03-09', 'x.xlsx', 'x', 1, '', '{}', 'system', now(),"
            " now() + interval '1 day' FROM performance WHERE code = :code RETURNING id"
        )
        previews = {OTHER: connection.execute(preview, {"code": OTHER}).scalar_one()}
    yield Stage(module_site, engine, snapshots, previews)
    engine.dispose()


def add_person(engine: Engine, role: str, values: Mapping[str, Any]) -> None:
    """Somebody with these flags, permitted to see one performance, with the token `bxo_<role>`."""
    with transaction(engine, actor=SYSTEM) as connection:
        person = {"email": f"{role}@example.org", "name": role, "is_approved": True, **values}
        added = connection.execute(insert(app_user).values(**person).returning(app_user.c.id))
        user_id: int = added.scalar_one()
        one = select(literal(user_id), performance.c.id).where(performance.c.code == PERMITTED)
        columns = ["user_id", "performance_id"]
        connection.execute(insert(user_performance).from_select(columns, one))
    now = datetime.now(UTC)
    create_token(engine, user_id, role, token=f"bxo_{role}", now=now, expires=None)


def needed(case: tuple[str, APIRoute]) -> Right:
    """The right a route asks for: the narrowest, where reading is among them."""
    rights = {each.right for each in declared(case[1]) if isinstance(each, Needs | Opens)}
    more = rights - {Right.READ}
    assert len(more) <= 1, f"{name(case)} asks for several rights: {more}"
    return more.pop() if more else Right.READ


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{sorted(route.methods)} {route.path}")
def test_s2_every_route_says_who_may_ask(route: APIRoute) -> None:
    kinds = {type(each) for each in declared(route)}
    if route.path in OPEN:
        assert kinds == {Public}
    else:
        assert kinds
        assert kinds <= {Needs, Opens}


def test_s2_there_are_no_routes_but_these() -> None:
    app = application.create_application(Mock(is_encrypted=False))
    routers = {id(module.router) for module in application._ROUTES}
    others = [
        each for each in app.routes if id(getattr(each, "original_router", None)) not in routers
    ]
    assert [getattr(each, "path", each) for each in others] == ["/static"]


@pytest.mark.parametrize("case", PROTECTED, ids=name)
def test_s2_a_route_answers_only_who_has_its_right(
    case: tuple[str, APIRoute], stage: Stage
) -> None:
    before = stage.state()
    for role in STRANGERS:
        answer = stage.ask(role, case, PERMITTED)
        assert (answer.status, answer.json["code"]) == (401, "sign_in_required"), role
        assert answer.headers["www-authenticate"] == "Bearer"
    for role in EVERYBODY - HAVE[needed(case)]:
        answer = stage.ask(role, case, PERMITTED)
        assert (answer.status, answer.json["code"]) == (403, "right_missing"), role
    assert stage.state() == before
    for role in HAVE[needed(case)]:
        assert stage.ask(role, case, MISSING).status not in {401, 403, 500, 503}, role


@pytest.mark.parametrize("case", OF_A_PERFORMANCE, ids=name)
def test_another_performance_is_answered_like_none(
    case: tuple[str, APIRoute], stage: Stage
) -> None:
    """Neither that it is there nor anything of it is told, and nothing of it changes."""
    before = stage.state()
    for role in HAVE[needed(case)] & set(RESTRICTED):
        told = stage.told(role, case, OTHER)
        assert told[0] == 404, (role, told)
        assert told == stage.told(role, case, MISSING), role
    assert stage.state() == before


def test_bodies_are_given_where_the_answer_depends_on_the_performance() -> None:
    asked = {name(case) for case in OF_A_PERFORMANCE if case[1].body_field is not None}
    assert set(BODIES) == asked


@pytest.mark.parametrize("case", [case for case in OF_A_PERFORMANCE if case[0] == "GET"], ids=name)
def test_the_permitted_performance_is_shown(case: tuple[str, APIRoute], stage: Stage) -> None:
    if "{preview_id}" not in case[1].path:
        assert stage.ask("reader", case, PERMITTED).status == 200
    if case[1].path.startswith("/api/v1/performances"):
        assert stage.ask("master", case, OTHER).status == 200


@pytest.mark.parametrize("case", [case for case in PROTECTED if case[0] == "GET"], ids=name)
def test_no_answer_names_another_performance(case: tuple[str, APIRoute], stage: Stage) -> None:
    for role in RESTRICTED:
        body = stage.ask(role, case, MISSING).body.decode(errors="replace")
        assert OTHER not in body
        assert OTHER_TITLE not in body


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.slug)
def test_exports_name_no_other_performance(metric: Any, stage: Stage) -> None:
    path = f"/api/v1/metrics/{metric.slug}?asOf={AS_OF}&format="
    for role, may_name in (("reader", False), ("master", True)):
        headers = {"Authorization": f"Bearer bxo_{role}"}
        table = stage.site.ask(f"{path}csv", headers=headers)
        sheet = stage.site.ask(f"{path}xlsx", headers=headers)
        assert (table.status, sheet.status) == (200, 200)
        with ZipFile(BytesIO(sheet.body)) as book:
            cells = b"".join(book.read(part) for part in book.namelist()).decode()
        for written in (table.body.decode(), cells):
            assert may_name or (OTHER not in written and OTHER_TITLE not in written)
        if may_name and metric.slug == "play_all_shows":
            assert OTHER in table.body.decode(), "there is something to hide"
            assert OTHER in cells


def test_a_workbook_of_another_performance_is_refused_like_one_of_none(stage: Stage) -> None:
    headers = {"Authorization": "Bearer bxo_uploader"}
    answers = []
    for code, title in ((OTHER, OTHER_TITLE), (MISSING, OTHER_TITLE)):
        sent = f"20260309_{code}_{title}.xlsx"
        answer = stage.site.upload(sent, b"PK\x03\x04", f"/upload?asOf={AS_OF}", headers=headers)
        told = answer.body.decode().replace(code, "?")
        answers.append((answer.status, told))
    assert answers[0] == answers[1]
    assert answers[0][0] == 404
    with transaction(stage.engine, actor=SYSTEM, read_only=True) as connection:
        audited = text("SELECT performance_id, actor FROM upload_audit ORDER BY id DESC LIMIT 2")
        rows = connection.execute(audited).all()
    assert [row.performance_id for row in rows] == [None, None]
    assert all(row.actor.startswith("user:") for row in rows)
