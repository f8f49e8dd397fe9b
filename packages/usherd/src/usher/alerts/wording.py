"""Words of alerts, in Korean and English; a key that one of them lacks fails a test.

What incidents and alerts have in common stands in `usher.incidents.wording`.
"""

from collections.abc import Mapping
from typing import Final

from usher.incidents import wording
from usher.model.language import Language

_EN: Final[Mapping[str, str]] = {
    "title.detected": "Trouble: {what}",
    "title.again": "Trouble again: {what}",
    "title.worse": "Worse: {what}",
    "title.reminder": "Still: {what}",
    "title.resolved": "Over: {what}",
    "title.digest": "Summary: {present} open, {past} over",
    "title.test": "Test: usher can reach you here",
    "text.test": "If you read this, alerts of this host arrive on this channel.",
    "calm": "There was no trouble.",
    "past": "Over since the last summary:",
    "present": "Going on:",
    "since": "Since",
    "noticed": "noticed {duration} later",
    "lasted": "Lasted",
    "severity": "Severity",
    "openings": "Came back",
    "times": "{count} times so far",
    "impact": "Impact",
    "seen": "Seen",
    "cause": "Cause",
    "unknown_cause": "not found so far",
    "evidence": "Evidence",
    "done": "Done",
    "nothing_done": "nothing so far",
    "not_ours": "nothing: usher ends nothing that it did not start",
    "verified": "Verified",
    "yes": "yes: what failed passes again, and has for a minute",
    "by_person": "nothing to verify: somebody stopped it",
    "gone": "it is not seen any more",
    "not_yet": "not yet",
    "gave_up": "usher gave up: a person is needed",
    "next": "Next",
    "finding.drift.absent": "does not run",
    "finding.drift.nothing_runs": "nothing runs",
    "finding.drift.unmanaged": "an app that nobody declared",
    "finding.drift.env": "runs with other variables",
    "finding.drift.config": "its configuration was changed",
    "finding.drift.restarts": "was restarted often",
    "finding.drift.memory": "uses most of its memory",
    "action.continued": "continued the stopped process",
    "action.replaced": "replaced the instance",
    "action.restarting": "restarted it",
    "action.killing": "killed what did not end",
    "action.starting": "started it",
    "action.acting": "took the declared action",
}

_KO: Final[Mapping[str, str]] = {
    "title.detected": "장애 감지: {what}",
    "title.again": "장애 재발: {what}",
    "title.worse": "장애 악화: {what}",
    "title.reminder": "장애 지속: {what}",
    "title.resolved": "장애 해소: {what}",
    "title.digest": "요약: 진행 중 {present}건, 해소 {past}건",
    "title.test": "시험: usher 알림이 여기로 도착합니다",
    "text.test": "이 글이 보이면 이 서버의 알림이 이 채널로 도착하는 것입니다.",
    "calm": "장애가 없었습니다.",
    "past": "지난 요약 이후 해소된 것:",
    "present": "진행 중인 것:",
    "since": "발생",
    "noticed": "{duration} 뒤 감지",
    "lasted": "지속 시간",
    "severity": "심각도",
    "openings": "재발",
    "times": "지금까지 {count}번",
    "impact": "영향",
    "seen": "감지한 사실",
    "cause": "원인",
    "unknown_cause": "아직 찾지 못함",
    "evidence": "근거",
    "done": "조치",
    "nothing_done": "아직 없음",
    "not_ours": "없음 (usher는 자신이 시작하지 않은 것을 종료하지 않음)",
    "verified": "검증",
    "yes": "완료: 실패했던 점검이 1분 동안 계속 통과함",
    "by_person": "해당 없음: 사람이 중지함",
    "gone": "더 이상 보이지 않음",
    "not_yet": "아직 아님",
    "gave_up": "usher가 복구를 멈췄습니다. 사람이 확인해야 합니다.",
    "next": "다음 명령",
    "finding.drift.absent": "실행되지 않음",
    "finding.drift.nothing_runs": "아무것도 실행되지 않음",
    "finding.drift.unmanaged": "선언되지 않은 앱",
    "finding.drift.env": "환경 변수가 정의와 다름",
    "finding.drift.config": "설정이 변경됨",
    "finding.drift.restarts": "자주 재시작됨",
    "finding.drift.memory": "메모리를 거의 다 씀",
    "action.continued": "멈춘 프로세스를 재개함",
    "action.replaced": "인스턴스를 교체함",
    "action.restarting": "다시 시작함",
    "action.killing": "끝나지 않는 프로세스를 강제 종료함",
    "action.starting": "시작함",
    "action.acting": "선언된 조치를 실행함",
}

WORDS: Final[Mapping[Language, Mapping[str, str]]] = {
    "en": {**wording.WORDS["en"], **_EN},
    "ko": {**wording.WORDS["ko"], **_KO},
}

OWN: Final = (_EN, _KO)
"""Only what is said here, for the test that both say the same."""
