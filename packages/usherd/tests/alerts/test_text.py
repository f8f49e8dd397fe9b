"""Words of alerts: everything a person has to know, in both languages."""

from datetime import UTC, datetime
from typing import get_args

import pytest
from msgspec.structs import replace

from usher.alerts import text
from usher.alerts.wording import OWN, WORDS
from usher.incidents.fold import ACTIONS, GAVE_UP
from usher.model.alert import Alert, Message, Standing
from usher.model.incident import Kind
from usher.model.language import Language

EN, KO = OWN

HANG = Alert(
    id="INC-7",
    rule="unhealthy",
    subject="api",
    kind="hang",
    severity="major",
    evidence="probe 'alive' failed 3 times: no answer within 3 s",
    suggested="usher incident show INC-7",
    first_seen=1_700_000_000.0,
    last_seen=1_700_000_012.0,
    detected=1_700_000_009.0,
    impact=("api", "web"),
    cause="the event loop is blocked (90%)",
    cause_evidence=("state R, 100% CPU", "a", "b", "c"),
    actions=("continued", "replaced"),
)
OVER = replace(HANG, state="resolved", verified=True, last_seen=1_700_000_100.0)
FINDING = replace(
    HANG, kind="finding", rule="drift.unmanaged", evidence="pid 7 runs", suggested="end it",
    detected=HANG.first_seen,
)  # fmt: skip


def clock(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M:%S")


def written(message: Message, language: Language = "en") -> text.Letter:
    return text.write(message, "host-1", language, clock)


def test_both_languages_say_the_same_things() -> None:
    assert EN.keys() == KO.keys()
    for key, words in EN.items():
        fields = {part.split("}")[0] for part in words.split("{")[1:]}
        assert fields == {part.split("}")[0] for part in KO[key].split("{")[1:]}, key


def test_there_are_words_for_every_event_and_action() -> None:
    events = get_args(Message.__annotations__["event"])
    for words in WORDS.values():
        assert {f"{what}.{kind}" for kind in get_args(Kind) for what in ("kind", "told")} <= {
            *words
        }
        assert {f"title.{event}" for event in events} <= words.keys()
        assert {f"action.{action}" for action in ACTIONS - GAVE_UP} <= words.keys()


def test_what_is_told_on_detection() -> None:
    letter = written(Message("m", "detected", 0.0, HANG))
    assert letter.title == "[host-1] Trouble: api, runs and does not answer"
    assert letter.text.splitlines() == [
        "api was running and did not answer as it should.",
        "Since: 22:13:20 (noticed 9 s later)",
        "Severity: major",
        "Impact: api; web",
        "Seen: probe 'alive' failed 3 times: no answer within 3 s",
        "Cause: the event loop is blocked (90%)",
        "Evidence: state R, 100% CPU",
        "Evidence: a",
        "Evidence: b",
        "Done: continued the stopped process, replaced the instance",
        "Verified: not yet",
        "Next: usher incident show INC-7",
    ]


def test_the_impact_says_how_much_works() -> None:
    standing = (Standing("api", 0, 2, 14), Standing("web", 1, 1))
    alert = replace(HANG, standing=standing, impact=("api", "web", "old"))
    english = written(Message("m", "detected", 0.0, alert)).text.splitlines()
    assert (
        "Impact: api: 0 of 2 instances ready, 14 answers failed; web: 1 of 1 instance ready; old"
        in english
    )
    korean = written(Message("m", "detected", 0.0, alert), "ko").text.splitlines()
    assert (
        "영향: api: 인스턴스 2개 가운데 0개 준비됨, 점검 14번 실패; "
        "web: 인스턴스 1개 가운데 1개 준비됨; old"
    ) in korean


def test_what_is_told_on_recovery_in_korean() -> None:
    letter = written(Message("m", "resolved", 0.0, OVER, openings=3), "ko")
    assert letter.title == "[host-1] 장애 해소: api, 실행 중이지만 응답 없음"
    lines = letter.text.splitlines()
    assert "지속 시간: 1분 40초" in lines
    assert "재발: 지금까지 2번" in lines
    assert "조치: 멈춘 프로세스를 재개함, 인스턴스를 교체함" in lines
    assert "검증: 완료: 실패했던 점검이 1분 동안 계속 통과함" in lines


@pytest.mark.parametrize(
    ("alert", "line"),
    [
        (OVER, "Verified: yes: what failed passes again, and has for a minute"),
        (replace(OVER, verified=False, by_person=True),
         "Verified: nothing to verify: somebody stopped it"),
        (replace(FINDING, state="resolved"), "Verified: it is not seen any more"),
        (replace(HANG, gave_up=True), "usher gave up: a person is needed"),
        (replace(HANG, cause="", cause_evidence=()), "Cause: not found so far"),
        (replace(HANG, actions=()), "Done: nothing so far"),
    ],
)  # fmt: skip
def test_what_is_not_known_or_not_so_is_said(alert: Alert, line: str) -> None:
    assert line in written(Message("m", "reminder", 0.0, alert)).text.splitlines()


def test_a_finding_is_told_in_its_own_words() -> None:
    letter = written(Message("m", "detected", 0.0, FINDING))
    assert letter.title == "[host-1] Trouble: api, an app that nobody declared"
    assert letter.text.splitlines() == [
        "pid 7 runs",
        "Since: 22:13:20",
        "Severity: major",
        "Verified: not yet",
        "Next: end it",
    ]


def test_korean_is_korean_in_what_was_seen_too() -> None:
    alert = replace(
        HANG,
        evidence="alive failed 3 times in a row: no answer within 3 s",
        cause="waiting on the database 127.0.0.1:5432 (80%)",
        cause_evidence=("state S, processor 0% of a core",),
    )
    lines = written(Message("m", "detected", 0.0, alert), "ko").text.splitlines()
    assert "감지한 사실: alive 점검이 3번 연속 실패: 3초 안에 응답 없음" in lines
    assert "원인: 데이터베이스 127.0.0.1:5432의 응답을 기다리는 중 (80%)" in lines
    assert "근거: 상태 S, CPU 코어 하나의 0%" in lines


def test_what_should_not_run_was_not_mended_but_has_gone() -> None:
    gone = replace(OVER, kind="foreign", actions=())
    lines = written(Message("m", "resolved", 0.0, gone)).text.splitlines()
    assert "Verified: it is not seen any more" in lines
    assert "Done: nothing: usher ends nothing that it did not start" in lines


def test_a_digest_names_what_goes_on_and_what_is_over() -> None:
    letter = written(Message("m", "digest", 0.0, past=(OVER,), present=(HANG,)))
    assert letter.title == "[host-1] Summary: 1 open, 1 over"
    assert letter.text.splitlines() == [
        "Going on:",
        "- 22:13:20 api, runs and does not answer (12 s)",
        "Over since the last summary:",
        "- 22:13:20 api, runs and does not answer (1 min 40 s)",
    ]
    assert written(Message("m", "digest", 0.0)).text == "There was no trouble."


def test_a_line_is_bounded_and_one_line() -> None:
    alert = replace(HANG, evidence="a\nb\x1b" + "y" * 5000)
    lines = written(Message("m", "detected", 0.0, alert)).text.splitlines()
    assert all(len(line) <= text.LINE for line in lines)
    assert len(lines) == 12


def test_programs_get_the_alert_with_every_field_and_how_it_is_told() -> None:
    message = Message("INC-7/detected/1", "detected", 5.0, HANG)
    record = text.record(message, written(message), "host-1")
    assert record.keys() >= {"id", "time", "host", "role", "severity", "rule", "subject",
                             "evidence", "first_seen", "last_seen", "count", "suggested", "state",
                             "title", "text", "event"}  # fmt: skip
    assert (record["id"], record["time"], record["message"]) == ("INC-7", 5.0, "INC-7/detected/1")
