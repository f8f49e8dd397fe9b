"""usher incidents: the list, in the language of its reader, in line in both."""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from usher.api.incidents import IncidentList
from usher.api.text import width
from usher.model.incident import Incident, Occurred

BEGIN = 1_755_490_000.0

HANG = Incident(
    number=12,
    service="api",
    kind="hang",
    severity="major",
    occurred=Occurred(BEGIN, BEGIN - 8),
    detected=BEGIN + 10,
    rule="unhealthy",
    state="recovered",
    services=("api", "웹"),
    recovered=BEGIN + 95,
)
CRASH = Incident(
    number=7,
    service="mail",
    kind="crash",
    severity="critical",
    occurred=Occurred(BEGIN - 9000, BEGIN - 9000),
    detected=BEGIN - 9000,
    rule="start-limit-hit",
    services=("mail",),
)


@pytest.fixture
def two(daemon: Any) -> None:
    """A daemon that tells of two."""
    daemon.answers["GET /v1/incidents"] = IncidentList(incidents=[HANG, CRASH])


def begins(lines: list[str], column: str, cells: tuple[str, ...]) -> list[int]:
    """Where, in columns of a terminal, a column's head and its cells begin."""
    return [
        width(line[: line.index(text)]) for line, text in zip(lines, (column, *cells), strict=False)
    ]


def test_each_incident_is_a_row_below_its_head(two: None, usher: Any) -> None:
    lines = usher("incidents").out.splitlines()
    assert lines[0].split() == ["ID", "STATE", "BEGAN", "LASTED", "SERVICES", "KIND"]
    assert lines[1].split()[:2] == ["INC-12", "recovered"]
    assert lines[1].endswith("1 min 35 s  api, 웹   runs and does not answer")
    assert lines[2].endswith("goes on     mail      ended by itself")
    assert lines[4] == (
        "2 in all, 1 open; on average noticed after 5 s, over 1 min 25 s later; "
        "1 ended without a person"
    )
    assert lines[5] == "The report of one: usher incident show INC-12"


def test_in_korean_the_columns_are_in_line_too(two: None, usher: Any) -> None:
    lines = usher("incidents", "--lang", "ko").out.splitlines()
    assert lines[0].split() == ["번호", "상태", "발생", "지속", "시간", "서비스", "종류"]
    assert lines[1].endswith("1분 35초   api, 웹  실행 중이지만 응답 없음")
    for column, cells in (
        ("상태", ("회복됨", "진행 중")),
        ("서비스", ("api, 웹", "mail")),
        ("종류", ("실행 중이지만", "예기치 않게")),
    ):
        assert len(set(begins(lines, column, cells))) == 1, column
    assert lines[4] == (
        "모두 2건, 진행 중 1건, 감지까지 평균 5초, 감지부터 회복까지 평균 1분 25초. "
        "사람 없이 끝난 장애는 1건입니다."
    )
    assert lines[5] == "보고서 보기: usher incident show INC-12"


@pytest.mark.parametrize(
    ("variables", "korean"),
    [
        ({"LC_ALL": "ko_KR.UTF-8"}, True),
        ({"LC_ALL": "", "LC_MESSAGES": "ko_KR.UTF-8", "LANG": "C"}, True),
        ({"LC_ALL": "C.UTF-8", "LANG": "ko_KR.UTF-8"}, False),
        ({"LC_ALL": "", "LC_MESSAGES": "", "LANG": ""}, False),
    ],
)
def test_without_lang_the_locale_counts(
    daemon: Any,
    usher: Any,
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str],
    korean: bool,
) -> None:
    daemon.answers["GET /v1/incidents"] = IncidentList(incidents=[HANG])
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert ("회복됨" in usher("incidents").out) is korean
    assert "recovered" in usher("incidents", "--lang", "en").out


def test_before_the_first_one_it_says_when_one_begins_and_where_to_look(
    daemon: Any, usher: Any
) -> None:
    daemon.answers["GET /v1/incidents"] = IncidentList(incidents=[])
    told = usher("incidents")
    assert told.code == 0
    assert told.out.startswith("No incident so far: one begins by itself when ")
    assert "usher list" in told.out
    assert usher("incidents", "--lang", "ko").out.startswith("아직 장애가 없습니다.")


def test_what_programs_read_is_in_no_language(two: None, usher: Any) -> None:
    plain, korean = (usher("incidents", "--json", *more).out for more in ((), ("--lang", "ko")))
    assert plain == korean
    answer = json.loads(plain)
    assert [each["id"] for each in answer["incidents"]] == ["INC-12", "INC-7"]
    assert answer["totals"]["open"] == 1


def test_a_long_list_of_services_does_not_push_the_rest_away(daemon: Any, usher: Any) -> None:
    many = replace(CRASH, services=tuple(f"service-{number}" for number in range(30)))
    daemon.answers["GET /v1/incidents"] = IncidentList(incidents=[HANG, many])
    lines = usher("incidents").out.splitlines()
    assert lines[2].endswith("service-0, service-1, service-2…  ended by itself")
