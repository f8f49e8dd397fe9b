"""Planning over HTTP: performances, targets, marketing weeks and notes."""

import json
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest

from boxoffice.planning.drafts import PerformanceChange, PerformanceDraft

pytestmark = pytest.mark.process

SALE = {"saleStartDate": "2025-03-05", "saleEndDate": "2025-03-20"}
"""Wednesday to Thursday: weeks of 5, 7 and 4 days."""


@pytest.fixture
def send(module_site: Any) -> Callable[..., Any]:
    """`send(method, path, body)`: one JSON request under /api/v1."""

    def ask(method: str, path: str, body: object = None, **headers: str) -> Any:
        content = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", "Accept-Language": "en"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        return module_site.ask(f"/api/v1{path}", method, content, headers)

    return ask


@pytest.fixture
def play(send: Callable[..., Any]) -> Iterator[str]:
    """Path of a play of this test's own, on sale in March."""
    code = f"P-{uuid4().hex[:10]}"
    body = {"code": code, "category": "연극", "title": f"제목 {code}", **SALE}
    dates = {"showStartDate": "2025-03-10", "showEndDate": "2025-03-20"}
    assert send("POST", "/performances", body | dates).status == 201
    yield f"/performances/{code}"
    send("DELETE", f"/performances/{code}")


def targets(send: Callable[..., Any], play: str) -> dict[str, int]:
    return {item["date"]: item["amount"] for item in send("GET", f"{play}/targets").json["items"]}


def test_a_change_may_name_every_field_but_the_code() -> None:
    fields = PerformanceDraft.model_fields.keys() - {"code"}
    assert PerformanceChange.model_fields.keys() == fields


def test_a_concert_with_all_its_fields(send: Any) -> None:
    concert = {
        "code": "CON-1",
        "category": "concert",
        "title": "파도 소리",
        "isActive": True,
        "venue": "야외무대",
        "showStartDate": "2025-03-29",
        "showEndDate": "2025-03-29",
        **SALE,
        "runningMinutes": 120,
        "targetOccupancyPct": 62.5,
        "breakEvenAmount": 3_000_000_000,
        "seatsPerShow": None,
        "previewEndDate": None,
        "concertAt": "2025-03-29T18:00:00+09:00",
        "seatClasses": {"vip": 300, "r": 420, "restricted_a": 4},
        "quarantineUploads": True,
    }
    created = send("POST", "/performances", concert)
    assert created.status == 201
    assert created.headers["location"] == "/api/v1/performances/CON-1"
    read = send("GET", "/performances/CON-1")
    assert read.json == {**concert, "categoryLabel": "콘서트"}
    assert read.headers["etag"] == created.headers["etag"]


def test_lists_go_on_by_cursor_and_filter(send: Any, play: str) -> None:
    for number in range(3):
        code = f"L-{number}"
        body = {"code": code, "category": "musical", "title": code, "isActive": number > 0}
        dates = {"showStartDate": "2025-03-10", "showEndDate": "2025-03-20"}
        send("POST", "/performances", body | dates)
    seen: list[str] = []
    cursor = ""
    while cursor is not None:
        after = f"&cursor={cursor}" if cursor else ""
        page = send("GET", f"/performances?category=musical&limit=2{after}").json
        seen += [item["code"] for item in page["items"]]
        cursor = page["nextCursor"]
    assert seen == ["L-0", "L-1", "L-2"]
    finished = send("GET", "/performances?category=musical&active=false").json["items"]
    assert [item["code"] for item in finished] == ["L-0"]


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"title": " "}, 422, "parameters_invalid"),
        ({"title": "a\u0000b"}, 422, "parameters_invalid"),
        ({"showEndDate": "2025-01-01"}, 422, "parameters_invalid"),
        ({"showEndDate": None}, 422, "parameters_invalid"),
        ({"saleEndDate": "2025-03-01"}, 422, "parameters_invalid"),
        ({"runningMinutes": -1}, 422, "parameters_invalid"),
        ({"breakEvenAmount": 1.5}, 422, "parameters_invalid"),
        ({"concertAt": 1741132800}, 422, "parameters_invalid"),
        ({"seatClasses": {"z": 1}}, 422, "parameters_invalid"),
        ({"code": "NEW"}, 422, "parameters_invalid"),
    ],
)
def test_wrong_fields_are_named_and_change_nothing(
    send: Any, play: str, change: dict[str, object], status: int, code: str
) -> None:
    before = send("GET", play).json
    refused = send("PATCH", play, change)
    assert (refused.status, refused.json["code"]) == (status, code)
    assert refused.json["details"][0]["message"]
    assert send("GET", play).json == before


def test_codes_and_titles_are_given_once(send: Any, play: str) -> None:
    there = send("GET", play).json
    twin = {name: there[name] for name in ("code", "category", "title")} | {
        "showStartDate": "2025-03-10",
        "showEndDate": "2025-03-10",
    }
    assert send("POST", "/performances", twin).json["code"] == "performance_exists"
    other = twin | {"code": "TWIN"}
    assert send("POST", "/performances", other).json["code"] == "title_taken"
    assert send("POST", "/performances", other | {"isActive": False}).status == 201
    assert send("PATCH", "/performances/TWIN", {"isActive": True}).json["code"] == "title_taken"


def test_two_people_edit_at_once_and_the_second_is_told(send: Any, play: str) -> None:
    tag = send("GET", play).headers["etag"]
    first = send("PATCH", play, {"venue": "큰 극장"}, If_Match=tag)
    assert first.status == 200
    second = send("PATCH", play, {"venue": "작은 극장"}, If_Match=tag)
    assert (second.status, second.json["code"]) == (412, "changed_meanwhile")
    assert send("PATCH", play, {"venue": "작은 극장"}, If_Match=first.headers["etag"]).status == 200
    for path, body in (
        ("/targets", {"items": []}),
        ("/marketing-weeks", {"items": []}),
    ):
        tag = send("GET", play + path).headers["etag"]
        assert send("PUT", play + path, body, If_Match='"other"').status == 412
        assert send("PUT", play + path, body, If_Match=tag).status == 200


def test_a_deleted_performance_is_gone_everywhere_and_comes_back_whole(
    send: Any, play: str, module_site: Any
) -> None:
    code = play.rpartition("/")[2]
    whole = send("GET", f"{play}/targets").json

    def is_seen() -> bool:
        live = module_site.ask("/live").json["items"]
        return any(item["liveId"] == code for item in live)

    assert is_seen()
    assert send("DELETE", play).status == 204
    assert not is_seen()
    for gone in (play, f"{play}/targets", f"{play}/marketing-weeks"):
        assert send("GET", gone).json["code"] == "performance_unknown"
    name = f"20250306_{code}_x.xlsx"
    assert module_site.upload(name, b"x").json["code"] == "performance_unknown"
    assert send("POST", f"{play}/restore").status == 200
    assert is_seen()
    assert send("GET", f"{play}/targets").json == whole


def test_a_new_sale_has_targets_of_0_and_empty_weeks(send: Any, play: str) -> None:
    read = send("GET", f"{play}/targets").json
    assert len(read["items"]) == 16
    assert read["totalAmount"] == 0
    weeks = send("GET", f"{play}/marketing-weeks").json["items"]
    assert [(week["weekStart"], week["weekEnd"]) for week in weeks] == [
        ("2025-03-05", "2025-03-09"),
        ("2025-03-10", "2025-03-16"),
        ("2025-03-17", "2025-03-20"),
    ]


def test_targets_by_list_with_sums_and_preview(send: Any, play: str) -> None:
    items = [{"date": "2025-03-09", "amount": 5}, {"date": "2025-03-10", "amount": 7}]
    preview = send("PUT", f"{play}/targets?preview=true", {"items": items}).json
    assert preview["preview"] is True
    assert len(preview["items"]) == 16
    assert sum(targets(send, play).values()) == 0
    assert send("PUT", f"{play}/targets", {"items": items}).json["totalAfter"] == 12
    read = send("GET", f"{play}/targets").json
    assert read["weeks"] == [
        {"weekStart": "2025-03-03", "amount": 5},
        {"weekStart": "2025-03-10", "amount": 7},
    ]
    assert read["months"] == [{"month": "2025-03", "amount": 12}]


@pytest.mark.parametrize(
    ("items", "code"),
    [
        ([{"date": "2025-03-04", "amount": 1}], "targets_outside_sale"),
        ([{"date": "2025-03-21", "amount": 1}], "targets_outside_sale"),
        ([{"date": "2025-03-06", "amount": -1}], "parameters_invalid"),
        ([{"date": "2025-03-06", "amount": "1"}], "parameters_invalid"),
        ([{"date": "2025-03-06", "amount": 1}] * 2, "parameters_invalid"),
    ],
)
def test_targets_that_cannot_be(send: Any, play: str, items: list[Any], code: str) -> None:
    refused = send("PUT", f"{play}/targets", {"items": items})
    assert (refused.status, refused.json["code"]) == (422, code)
    assert sum(targets(send, play).values()) == 0


def test_targets_spread_by_week_month_range_and_whole_sale(send: Any, play: str) -> None:
    def spread(*parts: object, shape: object = None) -> dict[str, int]:
        body = {"parts": parts} | ({"shape": shape} if shape else {})
        answer = send("POST", f"{play}/targets/spread", body)
        assert answer.status == 200, answer.body
        return targets(send, play)

    whole = spread({"amount": 161})
    assert list(whole.values()) == [11] + [10] * 15
    week = spread({"weekOf": "2025-03-12", "amount": 72})
    assert [week[f"2025-03-{day}"] for day in range(10, 17)] == [11, 11, 10, 10, 10, 10, 10]
    assert week["2025-03-05"] == 11
    assert sum(spread({"month": "2025-03", "amount": 1000}).values()) == 1000
    ranged = spread(
        {"from": "2025-03-08", "to": "2025-03-11", "amount": 60},
        shape={"kind": "weekdays", "weights": [1, 1, 0, 0, 0, 2, 2]},
    )
    assert [ranged[f"2025-03-{day:02}"] for day in range(8, 12)] == [20, 20, 10, 10]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"parts": [{"month": "2025-05", "amount": 5}]}, "nothing_to_spread_over"),
        (
            {
                "parts": [{"amount": 5}],
                "shape": {"kind": "weekdays", "weights": [0] * 7},
            },
            "nothing_to_spread_over",
        ),
        (
            {"parts": [{"amount": 5}], "shape": {"kind": "like", "code": "UNSOLD"}},
            "nothing_to_spread_over",
        ),
        ({"parts": []}, "parameters_invalid"),
        ({"parts": [{"amount": 5}], "shape": {"kind": "bell"}}, "parameters_invalid"),
        (
            {"parts": [{"month": "2025-03", "weekOf": "2025-03-12", "amount": 5}]},
            "parameters_invalid",
        ),
    ],
)
def test_spreads_that_cannot_be(send: Any, play: str, body: object, code: str) -> None:
    refused = send("POST", f"{play}/targets/spread", body)
    assert (refused.status, refused.json["code"]) == (422, code)


def test_targets_from_a_file(send: Any, play: str, module_site: Any) -> None:
    path = f"/api/v1{play}/targets/file"
    content = '날짜,목표\n2025-03-06,1000\n2025-03-07,"2,000"\n'.encode("cp949")
    preview = module_site.upload("목표.csv", content, path=f"{path}?preview=true").json
    assert preview["items"] == [
        {"date": "2025-03-06", "before": 0, "after": 1000},
        {"date": "2025-03-07", "before": 0, "after": 2000},
    ]
    assert sum(targets(send, play).values()) == 0
    assert module_site.upload("목표.csv", content, path=path).json["totalAfter"] == 3000
    wrong = module_site.upload("목표.csv", b"2025-03-06,1\n2025-03-07,?", path=path)
    assert (wrong.status, wrong.json["code"]) == (422, "number_invalid")
    assert [detail["cell"] for detail in wrong.json["details"]] == ["line 2"]
    assert targets(send, play)["2025-03-06"] == 1000


def test_marketing_weeks_are_written_by_their_first_day(send: Any, play: str) -> None:
    path = f"{play}/marketing-weeks"
    text = {"salesMarketing": "SNS 광고\n뉴스레터", "promotion": "", "otherNotes": None}
    written = send("PUT", path, {"items": [{"weekStart": "2025-03-10", **text}]}).json
    [first, second, third] = written["items"]
    assert second == {"weekNumber": 2, "weekStart": "2025-03-10", "weekEnd": "2025-03-16", **text}
    assert first["salesMarketing"] is third["salesMarketing"] is None
    refused = send("PUT", path, {"items": [{"weekStart": "2025-03-11"}]})
    assert (refused.status, refused.json["code"]) == (422, "week_outside_sale")


def test_a_sale_that_moves_archives_targets_and_keeps_texts_until_confirmed(
    send: Any, play: str
) -> None:
    items = [{"date": "2025-03-05", "amount": 50}, {"date": "2025-03-12", "amount": 70}]
    send("PUT", f"{play}/targets", {"items": items})
    weeks = [{"weekStart": "2025-03-05", "promotion": "조기 예매"}]
    send("PUT", f"{play}/marketing-weeks", {"items": weeks})
    moved = send("PATCH", play, {"saleStartDate": "2025-03-12"}).json
    texts = {"salesMarketing": None, "promotion": "조기 예매", "otherNotes": None}
    assert moved["cutOff"] == {
        "targets": [{"date": "2025-03-05", "amount": 50}],
        "marketingWeeks": [{"weekStart": "2025-03-03", **texts}],
    }
    after = targets(send, play)
    assert (min(after), after["2025-03-12"]) == ("2025-03-12", 70)
    path = f"{play}/marketing-weeks"
    assert send("GET", path).json["orphaned"] == moved["cutOff"]["marketingWeeks"]
    assert send("DELETE", f"{path}/orphaned/2025-03-03").status == 204
    assert send("GET", path).json["orphaned"] == []
    assert send("DELETE", f"{path}/orphaned/2025-03-03").json["code"] == "week_not_orphaned"


def test_an_edit_that_leaves_the_sale_leaves_the_plans(send: Any, play: str) -> None:
    send("PUT", f"{play}/targets", {"items": [{"date": "2025-03-05", "amount": 50}]})
    send("PATCH", play, {"venue": "x"})
    assert targets(send, play) == {"2025-03-05": 50}


def test_notes_on_months(send: Any) -> None:
    empty = send("GET", "/month-notes/2031").json["items"]
    assert [item["month"] for item in empty] == list(range(1, 13))
    assert {item["note"] for item in empty} == {None}
    assert send("PUT", "/month-notes/2031/2", {"note": "관객과의 대화"}).status == 200
    assert send("GET", "/month-notes/2031/2").json["note"] == "관객과의 대화"
    assert send("PUT", "/month-notes/2031/13", {"note": "x"}).status == 422
    assert send("PUT", "/month-notes/2031/2", {"note": None}).json["note"] is None


def test_notes_in_the_calendar(send: Any, play: str) -> None:
    code = play.rpartition("/")[2]
    for day in ("2025-03-07", "2025-03-05", "2025-03-06"):
        note = {"noteSales": day, "noteMarketing": None}
        assert send("PUT", f"{play}/calendar-notes/{day}", note).status == 200
    first = send("GET", f"/calendar-notes?code={code}&limit=2").json
    assert [item["date"] for item in first["items"]] == ["2025-03-05", "2025-03-06"]
    rest = send("GET", f"/calendar-notes?code={code}&cursor={first['nextCursor']}").json
    assert [item["date"] for item in rest["items"]] == ["2025-03-07"]
    between = send("GET", f"/calendar-notes?code={code}&from=2025-03-06&to=2025-03-06").json
    assert len(between["items"]) == 1
    assert send("DELETE", f"{play}/calendar-notes/2025-03-06").status == 204
    assert send("DELETE", f"{play}/calendar-notes/2025-03-06").json["code"] == "note_unknown"
