"""Whoever changes what sums are made of leaves them kept: a figure is read fast right after it."""

import json
from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from boxoffice.db.engine import create_engine
from boxoffice.db.tables import performance, performance_summary
from boxoffice.db.transactions import SYSTEM, transaction
from boxoffice.testing import EDGE_AS_OF, edge_cases

pytestmark = pytest.mark.process

GOOD = next(case for case in edge_cases() if case.name == "good")
CSV = b"date,target\n2025-06-02,7\n"
BOUNDARY = "b0undary"
FORM = (
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="t.csv"\r\n\r\n'
).encode()

Send = Callable[..., Any]


@pytest.fixture
def send(module_site: Any) -> Send:
    """`send(method, path, body)`: one JSON request under /api/v1."""

    def ask(method: str, path: str, body: object = None) -> Any:
        content = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", "Accept-Language": "en"}
        return module_site.ask(f"/api/v1{path}?asOf={EDGE_AS_OF}", method, content, headers)

    return ask


@pytest.fixture
def is_kept(module_database: str) -> Callable[[str], bool]:
    """Whether the sums of a performance are kept, so that no figure has to read its rows."""

    def ask(code: str) -> bool:
        engine = create_engine(module_database)
        columns = performance_summary.c
        statement = select(columns.snapshot_id).join(performance).where(performance.c.code == code)
        with transaction(engine, actor=SYSTEM) as connection:
            snapshot_id = connection.execute(statement).scalar_one_or_none()
        engine.dispose()
        return snapshot_id is not None

    return ask


@pytest.fixture
def play(send: Send, module_site: Any) -> str:
    """Code of a play on sale with one workbook."""
    code = f"P-{uuid4().hex[:10]}"
    body = {
        "code": code,
        "category": "play",
        "title": f"연극 {code}",
        "showStartDate": "2025-06-01",
        "showEndDate": "2025-06-30",
        "saleStartDate": "2025-06-01",
        "saleEndDate": "2025-06-20",
    }
    assert send("POST", "/performances", body).status == 201
    path = f"/upload?asOf={EDGE_AS_OF}"
    assert module_site.upload(f"20250617_{code}_x.xlsx", GOOD.file.content, path).status == 201
    return code


CHANGES: Mapping[str, tuple[str, str, object]] = {
    "all targets": ("PUT", "/targets", {"items": [{"date": "2025-06-02", "amount": 5}]}),
    "targets spread": ("POST", "/targets/spread", {"parts": [{"amount": 1000}]}),
    "the sale moves": ("PATCH", "", {"saleStartDate": "2025-06-03"}),
    "a play becomes a musical": ("PATCH", "", {"category": "musical"}),
    "it is renamed": ("PATCH", "", {"title": "새 제목"}),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_plan_that_changes(send: Send, play: str, is_kept: Any, change: str) -> None:
    method, path, body = CHANGES[change]
    assert is_kept(play)
    assert send(method, f"/performances/{play}{path}", body).status == 200
    assert is_kept(play)
    send("DELETE", f"/performances/{play}")


def test_targets_from_a_file(module_site: Any, play: str, is_kept: Any) -> None:
    path = f"/api/v1/performances/{play}/targets/file"
    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    body = FORM + CSV + f"\r\n--{BOUNDARY}--\r\n".encode()
    answer = module_site.ask(path, "POST", body, headers)
    assert answer.json["totalAfter"] == 7
    assert is_kept(play)


def test_a_performance_that_comes_back(send: Send, play: str, is_kept: Any) -> None:
    assert send("DELETE", f"/performances/{play}").status == 204
    assert not is_kept(play)
    assert send("POST", f"/performances/{play}/restore").status == 200
    assert is_kept(play)


def test_a_category_stays_when_there_are_workbooks_of_its_layout(send: Send, play: str) -> None:
    """A concert's figures would not read a play's rows; without uploads it may still be a slip."""
    refused = send("PATCH", f"/performances/{play}", {"category": "concert"})
    assert (refused.status, refused.json["code"]) == (409, "category_fixed")
    assert send("GET", f"/performances/{play}").json["category"] == "play"
    listed = send("GET", f"/performances/{play}/snapshots").json["items"]
    for each in listed:
        assert send("DELETE", f"/snapshots/{each['id']}").status == 204
    again = send("PATCH", f"/performances/{play}", {"category": "concert"})
    assert again.json["code"] == "category_fixed", "what is deleted can come back"
    for each in listed:
        send("POST", f"/snapshots/{each['id']}/purge")
    changed = send("PATCH", f"/performances/{play}", {"category": "concert"})
    assert changed.json["performance"]["category"] == "concert"
