"""What the former application got wrong, each by its number in boxoffice-defects.md."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from unittest.mock import Mock

import pytest
from sqlalchemy import Engine, event, func, insert, select, text

from boxoffice.accounts.credentials import create_token
from boxoffice.db.engine import create_engine
from boxoffice.db.tables import app_user, metadata, performance, snapshot, user_performance
from boxoffice.db.transactions import SYSTEM, transaction
from boxoffice.http.application import create_application
from boxoffice.planning.performances import list_performances
from boxoffice.testing import add_performance, edge_cases

pytestmark = pytest.mark.process

PERFORMANCES = "/api/v1/performances"
CODE = "DEF1"
CONCERT = {
    "code": CODE,
    "category": "concert",
    "title": "첫 이름",
    "showStartDate": "2025-06-01",
    "showEndDate": "2025-06-30",
    "concertAt": "2025-06-30T18:00:00",
}
PLACES: Mapping[str, str] = {
    "code": CODE,
    "slug": "play_all_shows",
    "year": "2025",
    "month": "6",
    "day": "2025-06-01",
    "part": "daily",
    "week_start": "2025-06-02",
}
"""What stands in a path; numbers are of nothing."""


@dataclass(frozen=True)
class Stage:
    """A server with one concert, and people who may ask it."""

    site: Any
    engine: Engine

    def ask(self, path: str, method: str = "GET", body: Any = None, who: str = "master") -> Any:
        headers = {"Authorization": f"Bearer bxo_{who}", "Content-Type": "application/json"}
        sent = None if body is None else json.dumps(body).encode()
        return self.site.ask(path, method, sent, headers)

    def rows(self, statement: Any) -> list[Any]:
        with transaction(self.engine, actor=SYSTEM, read_only=True) as connection:
            return list(connection.execute(statement).all())


@pytest.fixture(scope="module")
def stage(module_database: str, module_site: Any) -> Iterator[Stage]:
    engine = create_engine(module_database)
    for name, role in (("master", 0), ("reader", 2)):
        flags = ("can_upload", "can_manage", "all_performances")
        row = {"email": f"{name}@example.org", "name": name, "role": role, "is_approved": True}
        row |= dict.fromkeys(flags, name == "master")
        with transaction(engine, actor=SYSTEM) as connection:
            added = connection.execute(insert(app_user).values(row).returning(app_user.c.id))
            user_id: int = added.scalar_one()
        now = datetime.now(UTC)
        create_token(engine, user_id, name, token=f"bxo_{name}", now=now, expires=None)
    made = Stage(module_site, engine)
    assert made.ask(PERFORMANCES, "POST", CONCERT).status == 201
    yield made
    engine.dispose()


def readable_paths() -> list[str]:
    document = create_application(Mock(is_encrypted=False)).openapi()
    return [path for path, operations in document["paths"].items() if "get" in operations]


@pytest.mark.parametrize("path", readable_paths())
def test_a1_reading_changes_nothing(stage: Stage, path: str) -> None:
    counts = [select(func.count()).select_from(t) for t in metadata.tables.values()]
    before = [stage.rows(count) for count in counts]
    numbers = dict.fromkeys(("snapshot_id", "preview_id", "user_id", "batch_id"), "999999")
    stage.ask(path.format(**PLACES, **numbers) + "?asOf=2025-06-18&id=999999&year=2025")
    assert [stage.rows(count) for count in counts] == before


def test_a2_who_acts_is_who_has_signed_in(stage: Stage) -> None:
    [case] = [case for case in edge_cases() if case.name == "good"]
    show = {**case.show, "liveId": "DEF2", "liveName": "둘째"}
    add_performance(stage.engine, show)
    assert case.file.content
    answer = stage.site.upload(
        "20250617_DEF2_둘째.xlsx",
        case.file.content,
        headers={"Authorization": "Bearer bxo_master"},
        userName="somebody else",
        userId="2",
    )
    assert answer.status == 201
    [[master]] = stage.rows(select(app_user.c.id).where(app_user.c.name == "master"))
    [[uploader]] = stage.rows(
        select(snapshot.c.uploaded_by).join(performance).where(performance.c.code == "DEF2")
    )
    assert uploader == f"user:{master}"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("DELETE", "/api/v1/snapshots/999999", None),
        ("DELETE", "/api/v1/users/999999", None),
        ("PUT", f"{PERFORMANCES}/NOT-THERE/targets", {"items": []}),
        ("PUT", f"{PERFORMANCES}/NOT-THERE/marketing-weeks", {"items": []}),
        ("PATCH", f"{PERFORMANCES}/NOT-THERE", {"venue": "x"}),
    ],
)
def test_a3_what_did_not_happen_is_no_success(
    stage: Stage, method: str, path: str, body: Any
) -> None:
    assert stage.ask(path, method, body).status == 404


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/nothing", None, 404),
        ("GET", "/api/v1/metrics/nothing", None, 404),
        ("PATCH", f"{PERFORMANCES}/{CODE}", {"venue": 1}, 422),
        ("POST", PERFORMANCES, CONCERT, 409),
        ("DELETE", "/health", None, 405),
    ],
)
def test_a4_every_refusal_has_one_shape(
    stage: Stage, method: str, path: str, body: Any, status: int
) -> None:
    answer = stage.ask(path, method, body)
    assert answer.status == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert {"type", "title", "status", "code"} <= answer.json.keys()


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", f"{PERFORMANCES}/{CODE}", {"code": "OTHER"}),
        ("PATCH", f"{PERFORMANCES}/{CODE}", {"createdAt": "2020-01-01T00:00:00"}),
        ("POST", "/api/v1/auth/register", {"email": "a@b.kr", "name": "a", "role": 0}),
    ],
)
def test_a5_nothing_is_assigned_because_it_is_in_a_body(
    stage: Stage, method: str, path: str, body: Any
) -> None:
    assert stage.ask(path, method, body).status == 422


def test_a6_a_list_costs_the_same_statements_however_long_it_is(stage: Stage) -> None:
    def statements() -> int:
        sent: list[str] = []
        with transaction(stage.engine, actor=SYSTEM, read_only=True) as connection:
            event.listen(connection, "before_cursor_execute", lambda *a: sent.append(a[2]))
            list_performances(connection, category=None, is_active=None, after=None, limit=100)
        return len(sent)

    before = statements()
    for number in range(5):
        body = {**CONCERT, "code": f"LONG{number}", "title": f"긴 목록 {number}"}
        assert stage.ask(PERFORMANCES, "POST", body).status == 201
    assert statements() == before


def test_a7_the_calendar_keeps_notes(stage: Stage) -> None:
    note = {"noteSales": "판매", "noteMarketing": None, "noteOthers": None}
    path = f"{PERFORMANCES}/{CODE}/calendar-notes/2025-06-05"
    assert stage.ask(path, "PUT", note).status == 200
    [kept] = stage.ask(f"/api/v1/calendar-notes?code={CODE}").json["items"]
    assert (kept["date"], kept["noteSales"]) == ("2025-06-05", "판매")


def test_a8_an_empty_list_looks_like_a_full_one(stage: Stage) -> None:
    full = stage.ask(f"{PERFORMANCES}?active=true").json
    empty = stage.ask(f"{PERFORMANCES}?active=false").json
    assert full["items"]
    assert empty["items"] == []
    assert empty.keys() == full.keys()


def test_a9_only_the_fields_given_are_written(stage: Stage) -> None:
    before = stage.ask(f"{PERFORMANCES}/{CODE}").json
    changed = stage.ask(f"{PERFORMANCES}/{CODE}", "PATCH", {"venue": "소극장"}).json["performance"]
    assert changed == {**before, "venue": "소극장"}
    assert changed["concertAt"] == "2025-06-30T18:00:00+09:00"


def test_a10_a_new_title_leaves_permissions_alone(stage: Stage) -> None:
    with transaction(stage.engine, actor=SYSTEM) as connection:
        same = (app_user.c.name == "reader") & (performance.c.code == CODE)
        reader = select(app_user.c.id, performance.c.id).join_from(app_user, performance, same)
        columns = ["user_id", "performance_id"]
        connection.execute(insert(user_performance).from_select(columns, reader))
    assert stage.ask(f"{PERFORMANCES}/{CODE}", "PATCH", {"title": "새 이름"}).status == 200
    assert stage.ask(f"{PERFORMANCES}/{CODE}", who="reader").json["title"] == "새 이름"
    assert stage.rows(text("SELECT count(*) FROM user_performance")) == [(1,)]


@pytest.mark.parametrize("path", ["/api/v1/metrics/concert_overview", "/concert/overview"])
def test_r3_sums_are_numbers_and_no_text(stage: Stage, path: str) -> None:
    answer = stage.ask(f"{path}?asOf=2025-06-18").json
    [row] = answer if isinstance(answer, list) else answer["items"]
    amounts = [value for name, value in row.items() if not name.lower().startswith("data")]
    assert [type(value) for value in amounts] == [int] * 4
