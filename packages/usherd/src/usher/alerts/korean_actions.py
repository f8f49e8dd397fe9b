"""What usher does, leaves undone and waits for, and how programs end, in Korean."""

from collections.abc import Mapping
from typing import Final

FORMS: Final[Mapping[str, str]] = {
    # how a program ended
    r"ended while nobody watched, its status is unknown": (
        "지켜보지 못한 사이에 종료되어 결과를 알 수 없음"
    ),
    r"was ended by signal (\d+)(?: after (.+))?": "{0}번 신호로 종료됨, 시작 {t1} 뒤",
    r"was ended by signal (\d+) and dumped core(?: after (.+))?": (
        "{0}번 신호로 코어 덤프를 남기고 종료됨, 시작 {t1} 뒤"
    ),
    r"pid (\d+)": "pid {0} 프로세스",
    r"SIGKILL to all that is left of it": "남은 프로세스 모두에 SIGKILL을 보냄",
    r"still there (.+) after SIGKILL": "SIGKILL {t0} 뒤에도 남아 있음",
    # why it is stopped
    r"(.+), as asked": "{0}, 요청대로",
    r"(.+), to be started anew": "{0}, 새로 시작하기 위해",
    r"(.+), not ready in time": "{0}, 제때 준비되지 않음",
    r"(.+), its probe fails": "{0}, 점검이 실패하기 때문",
    r"(.+), its successor is proved": "{0}, 후임이 검증됨",
    r"(.+), its generation is not proved": "{0}, 새 세대가 검증되지 않음",
    r"its generation was rejected": "새 세대가 검증에 실패함",
    r"replaced by a newer definition": "새 정의로 교체됨",
    r"not needed any more": "더 이상 필요하지 않음",
    # why nothing is done
    r"nobody can signal it at the moment": "지금은 신호를 보낼 수 없음",
    r"its generation is on trial": "새 세대를 검증하는 중",
    r"a reload of it is under way": "리로드가 진행 중",
    r"(\S+) is being recovered first": "{0} 인스턴스를 먼저 복구하는 중",
    r"what it depends on was not asked since: (\S+)": ("의존하는 것이 그 뒤로 점검되지 않음: {0}"),
    r"what it depends on is back for (.+) only": "의존하는 것이 돌아온 지 {t0}밖에 지나지 않음",
    r"it may recover by itself": "스스로 회복할 수 있음",
    r"(\S+) fails for (.+), and help begins after (.+)": (
        "{0} 점검이 {t1}째 실패, 조치는 {t2} 뒤부터 시작함"
    ),
    r"(\d+) restarts? within (.+) did not help: left as it is": (
        "{t1} 안의 재시작 {0}번이 효과가 없어 그대로 둠"
    ),
    r"it has no memory limit any more": "메모리 한도가 없어짐",
    r"left alone, looked at again in (.+)": "건드리지 않고 {t0} 뒤 다시 확인함",
    r"(\d+) left as they are": "나머지 {0}개는 그대로 둠",
    r"(\d+) of (\d+) failed within (.+), and (\S+) is helped first": (
        "{t2} 안에 {1}개 가운데 {0}개가 실패, {3}부터 복구하는 중"
    ),
    r"(\d+) of (\d+) failed within (.+): that is the host or the network, so nothing is done for "
    r"each yet": (
        "{t2} 안에 {1}개 가운데 {0}개가 실패: 서버나 네트워크 문제로 보여 하나씩 조치하지는 않음"
    ),
    r"usher is shutting down": "usher가 종료되는 중",
    # what it waits for
    r"waiting for external (\S+) \((.+)\)": "외부 {0}의 응답을 기다리는 중({t1})",
    r"waiting for external (.+)": "외부 {0}의 응답을 기다리는 중",
    r"waiting for (\S+ \((?:started|ready|completed)\).*)": "의존하는 서비스를 기다리는 중: {0}",
    # what is done by itself
    r"its schedule was due": "예약된 시각이 됨",
    r"(.+) changed again after (\d+) restarts? within (.+)": (
        "{0}: {t2} 안에 {1}번 재시작한 뒤 다시 변경됨"
    ),
    r"healthy for (.+)": "{t0} 동안 정상",
    r"it takes over from its predecessor": "이전 인스턴스를 대신함",
    r"generation (\d+) has taken over": "{0}번 세대로 교체됨",
    r"it was stopped": "중지됨",
    r"(\S+) fails": "{0} 점검 실패",
    r"fails": "실패",
    r"(.+) changed": "변경됨: {0}",
    r"(\S+:\d+) is free": "{0} 비어 있음",
    r"(/\S+) exists": "{0} 생김",
    r"files changed since it was started: (.+)": "시작한 뒤 변경된 파일: {0}",
    # remotes
    r"watched no more": "더 이상 지켜보지 않음",
    r"it is watched no more": "더 이상 지켜보지 않음",
    r"(\S+) passes (.+) after it was late": "{0} 점검이 늦은 응답 {t1} 뒤 통과",
    r"(\S+) still fails": "{0} 점검이 계속 실패",
    r"(\S+) still fails after (.+)": "{1} 조치 뒤에도 {0} 점검이 계속 실패",
    r"done: nothing": "한 조치 없음",
    r"done: (.+)": "한 조치: {0}",
    r"nothing was done": "조치 없음",
    r"a person has to look at it": "사람의 확인이 필요함",
    r"it has passed for (.+)": "{t0} 동안 계속 통과",
    r"(\S+): nobody told how it went": "{0}: 결과를 알 수 없음",
    r"(\S+), which it depends on, is not well either": "의존하는 {0} 서비스에도 문제가 있음",
    r"(\S+), which it depends on, has just come back": "의존하는 {0} 서비스가 방금 돌아옴",
}
"""Form in English, as a regular expression -> Korean."""
