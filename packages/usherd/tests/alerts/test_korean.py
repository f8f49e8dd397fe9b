"""Korean of what usher says: complete for the catalogue, true for sentences with values."""

import re
from string import Formatter
from typing import get_args

import pytest

from usher.alerts import korean
from usher.alerts.korean import translated
from usher.diagnosis.catalogue import CATALOGUE
from usher.diagnosis.exits import KILLED, KILLED_PERHAPS, NO_MEMORY, SIGNALLED, Ending
from usher.diagnosis.korean import KOREAN
from usher.diagnosis.signatures import measured, observed
from usher.incidents import events
from usher.policy.words import Word
from usher.runtime.history import NOTES

HANGUL = re.compile("[가-힣]")


def test_each_fault_is_told_in_korean() -> None:
    every = (*CATALOGUE.values(), *measured.SIGNATURES, *observed.SIGNATURES)
    known = {each.id: each for each in every}
    assert known.keys() == KOREAN.keys()
    for name, words in KOREAN.items():
        assert translated(known[name].cause) == words.cause, name
        assert HANGUL.search(words.cause), name


@pytest.mark.parametrize("event", [*get_args(Word), *NOTES])
def test_each_event_of_a_service_has_words_in_both_languages(event: str) -> None:
    if event.startswith(("alert", "boot", "message")):
        return  # of usher as a whole: in no incident
    assert HANGUL.search(events.word(event, "ko"))
    assert not HANGUL.search(events.word(event, "en"))


@pytest.mark.parametrize("ending", [NO_MEMORY, KILLED, KILLED_PERHAPS, SIGNALLED])
def test_each_kill_is_told_in_korean(ending: Ending) -> None:
    assert HANGUL.search(translated(ending.meaning))


def test_every_form_uses_only_groups_that_it_has() -> None:
    for form, said in korean.FORMS.items():
        groups = re.compile(form).groups
        fields = [field for _, field, _, _ in Formatter().parse(said) if field]
        assert all(int(field.removeprefix("t")) < groups for field in fields), form


SENTENCES = {
    "exited with code 1 after 0.3 s; never ready in 5 restarts": (
        "종료 코드 1, 시작 0.3초 뒤; 재시작 5번에도 한 번도 준비되지 않음"
    ),
    "3 runs in a row ended within 5 s": "연속 3번의 실행이 5초 안에 종료됨",
    "5 restarts within 10 min did not help, and it was held 3 times": (
        "10분 안의 재시작 5번이 효과가 없었고 3번 보류됨"
    ),
    "exited with code 1; blocked: net.port_in_use (EADDRINUSE): a restart does not help; "
    "127.0.0.1:80 is taken, looked at again every 10 s; what helps: end pid 7": (
        "종료 코드 1; 막힘: net.port_in_use (EADDRINUSE), 재시작은 효과 없음; "
        "127.0.0.1:80 사용 중, 10초마다 다시 확인; 해결 방법: pid 7 종료하기"
    ),
    "it ended with an error of its own": "프로그램 자체의 오류로 종료됨",
    "in trouble for 15 min, after 2 replacements: a person has to look at it": (
        "문제가 15분째 계속됨, 교체 2번 뒤에도 해결되지 않음, 사람의 확인이 필요함"
    ),
    "in trouble for 60 s: a person has to look at it": (
        "문제가 60초째 계속됨, 사람의 확인이 필요함"
    ),
    "page failed 3 times in a row: no answer within 2 s": (
        "page 점검이 3번 연속 실패: 2초 안에 응답 없음"
    ),
    "alive failed 4 times of the last 6: no answer within 2 s": (
        "alive 점검이 최근 6번 중 4번 실패: 2초 안에 응답 없음"
    ),
    "alive failed 1 time in a row: status 500 in 12 ms: expected 200 to 299": (
        "alive 점검이 1번 연속 실패: 상태 코드 500 (12 ms): 기대한 값은 200~299"
    ),
    "db: cannot connect to 127.0.0.1:5432: connection refused": (
        "db 점검: 127.0.0.1:5432에 연결할 수 없음(연결 거부)"
    ),
    "the health endpoint does not cover db: alive says status 200 in 6 ms while db fails: no "
    "answer within 4 s": (
        "상태 확인 주소가 db 점검의 대상을 살피지 않음: alive 점검은 상태 코드 200 (6 ms), "
        "db 점검은 실패(4초 안에 응답 없음)"
    ),
    "probe alive: passes: status 200 in 32 ms": "alive 점검: 통과, 상태 코드 200 (32 ms)",
    "accept queue failed 1 time in a row: clients wait for 20 s, and none is accepted": (
        "접속 요청이 20초째 기다리는데 수락되지 않음"
    ),
    "accept queue passes again 4.07 s after its first failure": "접속을 4.07초 만에 다시 수락함",
    "accept queue fails again 9 s after recovery": "회복 9초 뒤 다시 접속을 수락하지 않음",
    "SIGCONT was sent; accept queue must pass again": "SIGCONT를 보냄, 접속을 다시 수락해야 함",
    "page passes again 7.49 s after its first failure": ("page 점검이 첫 실패 7.49초 뒤 다시 통과"),
    "page passes again; nothing was done": "page 점검이 조치 없이 다시 통과",
    "fs.no_space: cannot write log '/logs/api.log': No space left on device; the app goes on": (
        "로그 /logs/api.log에 기록할 수 없음(디스크 공간 부족), 앱은 계속 실행됨"
    ),
    "fs.no_space: its log is written again": "로그 기록이 재개됨",
    "cert: valid for 4 more days, expected 14": "cert: 유효 기간 4일 남음, 기준은 14일",
    'page failed 2 times in a row: status 200 in 5 ms: expected checks.database == "ok", found '
    '"down"; alive, cert still pass': (
        "page 점검이 2번 연속 실패: 상태 코드 200 (5 ms): "
        '기대한 조건은 checks.database == "ok", 실제 값은 "down"; alive, cert 점검은 계속 통과'
    ),
    "page still fails; done: wake; a person has to look at it": (
        "page 점검이 계속 실패; 한 조치: wake; 사람의 확인이 필요함"
    ),
    "ws: status 404 instead of 101 (wrong path, or the proxy does not know it)": (
        "ws: 업그레이드(101) 대신 상태 코드 404 응답(경로가 틀렸거나 프록시에 없는 경로)"
    ),
    "closed with 1011, expected 1000": "닫기 코드 1011, 기대한 코드 1000",
    "what it depends on is back for 12 s only; it may recover by itself": (
        "의존하는 것이 돌아온 지 12초밖에 지나지 않음; 스스로 회복할 수 있음"
    ),
    "was ended by SIGKILL": "SIGKILL 신호로 종료됨",
    "the host counted 1 kill for lack of memory in the 8 s before; of which process is not told to "
    "us": "직전 8초 동안 서버에서 메모리 부족으로 종료된 프로세스 1개, 어느 것인지는 알 수 없음",
    "the control group /unit counted 2 kills for lack of memory in the 5 s before; of which process"
    " is not told to us": (
        "직전 5초 동안 컨트롤 그룹 /unit에서 메모리 부족으로 종료된 프로세스 2개, "
        "어느 것인지는 알 수 없음"
    ),
    "its control group counts 1 kill for lack of memory": (
        "컨트롤 그룹에서 메모리 부족으로 종료된 프로세스 1개"
    ),
    "was ended by SIGTERM after 47.5 s": "SIGTERM 신호로 종료됨, 시작 47.5초 뒤",
    "exited with code 1 after 15 min": "종료 코드 1, 시작 15분 뒤",
    "at once (attempt 1)": "즉시 (1번째 시도)",
    "it was replaced 19.1 s ago, and is given 60 s": ("19.1초 전에 교체했으므로 60초 동안 지켜봄"),
    "process.waiting (80% sure): waiting on the database 127.0.0.1:5432; "
    "state R, processor 0% of a core; restart useful: yes": (
        "process.waiting (확신도 80%): 데이터베이스 127.0.0.1:5432의 응답을 기다리는 중; "
        "상태 R, CPU 코어 하나의 0%; 재시작 효과 있음"
    ),
    "disk: 40% free, and no line speaks of it": "디스크: 40% 비어 있고 로그에 언급이 없음",
    "memory.rising_fast: 168 MiB, growing by 1.0 MiB a second: it doubles in 3 min": (
        "168 MiB, 1초에 1.0 MiB씩 증가, 3분 뒤 두 배"
    ),
    "drift.foreign: 'api' runs beside usher: pid 7, 'python3 api.py' in '/srv', user 'kim', "
    "started by PM2 (pid 5)": (
        "usher 밖에서 api 실행 중: pid 7, 명령 'python3 api.py', 폴더 /srv, 사용자 kim, "
        "시작한 쪽: PM2 (pid 5)"
    ),
}


@pytest.mark.parametrize("english", SENTENCES)
def test_sentences_with_values(english: str) -> None:
    assert translated(english) == SENTENCES[english]


@pytest.mark.parametrize(
    "text", ["", "Error: timeout exceeded when trying to connect", "alive", "error: failed to open"]
)
def test_what_an_app_said_stays_as_it_is(text: str) -> None:
    assert translated(text) == text
