"""usher diagnose for Korean readers: what usher says is Korean, what others said stays."""

import json
import re
from typing import Any

import pytest

from usher.api.incidents import IncidentList
from usher.api.types import Frame, LogLine, ProbeStatus, ServiceList
from usher.model.incident import Cause, Incident, Occurred

LOG = """\
2026-11-21T10:00:00.400Z heroku[web.1]: Process exited with status 1
2026-11-21T10:00:00.900Z gateway: WebSocket /ws/voice closed with code 1006
2026-11-21T10:00:01.100Z UnhandledPromiseRejection: This error originated either by throwing
2026-11-21T10:00:01.200Z Error: connect ECONNREFUSED 127.0.0.1:5432
"""

INCIDENT = Incident(
    number=7,
    service="shop",
    kind="hang",
    severity="major",
    occurred=Occurred(1.0),
    detected=5.0,
    rule="unhealthy",
    services=("shop",),
    causes=(Cause("process.waiting", "waiting on 127.0.0.1:5432", 0.8, ("state S",)),),
    excluded=("disk: 40% free, and no line speaks of it",),
)

INSTANCE = (
    "   인스턴스 0: 실행 중; pid 1234, 가동 시간 2h 5m; 메모리 45.0M; CPU 1%; "
    "마지막 결과: exit-code, 종료 코드 1"
)


@pytest.fixture
def shop(daemon: Any, make_service: Any, make_instance: Any, make_event: Any) -> None:
    """An app that does not answer, and what usher knows of it."""
    probe = ProbeStatus(
        name="alive", scope="self", ok=False, in_row=3, failing=True, passed_ever=True,
        last="no answer within 2 s",
    )  # fmt: skip
    one = make_instance(ready=False, detail="", probes=[probe], result="exit-code", exit_code=1)
    service = make_service(
        "shop", status="degraded", ready=0, detail="", instances=[one],
        depends_on={"cache": "ready"}, env_drift=["COLOUR"],
    )  # fmt: skip
    daemon.answers |= {
        "GET /v1/services": ServiceList(services=[service]),
        "GET /v1/incidents": IncidentList(incidents=[INCIDENT]),
        "GET /v1/logs": [
            Frame(log=LogLine(service="shop", slot=0, stream="out", line="ready", replayed=True))
        ],
        "GET /v1/events": [
            make_event(service="shop", event="exited", detail="exited with code 1 after 4 s")
        ],
    }


def test_a_log_is_diagnosed_in_korean(tmp_path: Any, usher: Any) -> None:
    log = tmp_path / "platform.log"
    log.write_text(LOG)
    text = usher("diagnose", "--log", str(log), "--lang", "ko").out
    assert text.startswith("1. db.connection_refused  치명적, 확신도 ")
    assert "   4번째 줄, 2026-11-21T10:00:01.200Z: " in text
    assert "connect ECONNREFUSED 127.0.0.1:5432" in text
    assert "   확실히 하려면 볼 것: " in text
    assert "; 재시작은 효과 없음(의존하는 것이 돌아와야 함)\n" in text
    assert "뒤따른 오류: ws.abnormal_1006 (2번째 줄), node.unhandled_rejection (3번째 줄)\n" in text
    assert "다음이 사실이면 첫 번째 원인이 아님: 지금 이 서버에서 앱의 연결이 성공함\n" in text
    assert (
        "1006      1 x  분당 1회        종료 프레임 없이 끊김; 모두 프로세스(종료 코드 1)" in text
    )
    assert "로그에 언급이 없는 것: redis, 환경 변수, 포트, " in text
    markdown = usher("diagnose", "--log", str(log), "--lang", "ko", "--md").out
    assert markdown.startswith("## 실패 원인\n\n서버 근거 없음: ")
    assert "| 코드 | 횟수 | 빈도 | 의미 |\n" in markdown
    empty = tmp_path / "empty.log"
    empty.write_text("listening\n")
    assert usher("diagnose", "--log", str(empty), "--lang", "ko").out.startswith(
        "1줄에서 알려진 오류를 찾지 못함\n"
    )


def test_an_app_is_diagnosed_in_korean(shop: None, usher: Any) -> None:
    text = usher("diagnose", "shop", "--lang", "ko").out
    assert text.startswith("shop: 일부 이상\n")
    for line in (
        "   현재 관측: alive 점검: 2초 안에 응답 없음",
        "   장애: INC-7, 진행 중: shop, 실행 중이지만 응답 없음",
        INSTANCE,
        "   alive 점검: 3번 연속 실패 (self): 2초 안에 응답 없음",
        "   종료: 2025-03-05T10:00:00+09:00, 인스턴스 0: 종료 코드 1, 시작 4초 뒤",
        "   의존: cache: ready; usher가 실행하지 않음",
        "   환경 변수: 원본과 다름: COLOUR",
        "다음에 할 일: usher events shop; usher incident show INC-7",
    ):
        assert f"{line}\n" in text, text
    ours = re.sub(r"`[^`]*`|usher \w+( show)?", "", text)
    assert not re.search(r"\b(?:the|is|of|what|which|its|looked|seen)\b", ours), ours


def test_what_programs_read_is_in_no_language(shop: None, usher: Any) -> None:
    korean, plain = (
        json.loads(usher("diagnose", "shop", "--json", *more).out)
        for more in (("--lang", "ko"), ())
    )
    assert korean == plain
    facts = {each["about"]: each["said"] for each in plain["cases"][0]["facts"]}
    assert facts["probe alive"] == "failed 3 times in a row (self): no answer within 2 s"


def test_that_every_app_is_well_is_said_in_korean(
    daemon: Any, make_service: Any, usher: Any
) -> None:
    daemon.answers["GET /v1/services"] = ServiceList(services=[make_service("api")])
    assert usher("diagnose", "--lang", "ko").out == "모든 앱이 정상입니다\n"
