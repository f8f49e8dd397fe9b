"""Words of the event stream as people read them in a report, in Korean and English."""

from collections.abc import Mapping
from typing import Final

from usher.incidents.impact import BEGAN, FIRST_SIGN
from usher.model.language import Language

_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    FIRST_SIGN: ("first sign", "첫 징후"),
    BEGAN: ("process started", "프로세스 시작"),
    "waiting": ("waits for others", "다른 서비스를 기다림"),
    "starting": ("start asked for", "시작 요청"),
    "started": ("started", "시작됨"),
    "ready": ("ready", "준비 완료"),
    "completed": ("completed", "완료됨"),
    "exited": ("ended", "종료됨"),
    "restarting": ("restart", "재시작 예정"),
    "probe-failing": ("probe fails", "점검 실패 시작"),
    "probe-passed": ("probe passes", "점검 통과"),
    "probe-never-passed": ("probe never passed", "점검이 한 번도 통과하지 못함"),
    "unhealthy": ("does not answer", "응답 이상"),
    "withheld": ("nothing done for now", "조치 보류"),
    "evidence": ("looked at", "상태 확인"),
    "diagnosed": ("diagnosed", "원인 진단"),
    "traced": ("held by a debugger", "디버거가 붙잡고 있음"),
    "continued": ("continued", "멈춘 프로세스 재개"),
    "replaced": ("replaced", "인스턴스 교체"),
    "exhausted": ("nothing more is done", "복구 중단"),
    "env-check": ("variables compared", "환경 변수 비교"),
    "env-checked": ("variables", "환경 변수"),
    "escalated": ("a person is needed", "사람의 확인 필요"),
    "recovered": ("answers again", "응답 회복"),
    "relapsed": ("came back", "재발"),
    "confirmed": ("lasting", "회복 확인"),
    "degraded": ("lacks something", "의존 대상 이상"),
    "restored": ("has it again", "의존 대상 회복"),
    "held": ("held back", "재시작 중단"),
    "unblocked": ("unblocked", "장애물 해소"),
    "failed": ("given up", "복구 포기"),
    "start-limit-hit": ("given up: never ready", "시작 포기"),
    "refused": ("start refused", "시작 거부"),
    "timeout": ("not ready in time", "준비 시간 초과"),
    "draining": ("draining", "연결 정리 중"),
    "stopping": ("stop signal", "중지 신호"),
    "killing": ("killed", "강제 종료"),
    "kill-timeout": ("cannot be killed", "강제 종료 실패"),
    "stopped": ("stopped", "중지됨"),
    "retired": ("another has its place", "다른 인스턴스가 대신함"),
    "deleted": ("deleted", "삭제됨"),
    "rolling-stopped": ("rolling stopped", "순차 교체 중단"),
    "proved": ("proved", "검증됨"),
    "reloaded": ("reloaded", "리로드 완료"),
    "reload-rejected": ("reload rejected", "리로드 거부"),
    "scheduled": ("scheduled", "예약 실행"),
    "files-changed": ("files changed", "파일 변경"),
    "watch-paused": ("watch paused", "파일 감시 중단"),
    "memory-exceeded": ("too much memory", "메모리 한도 초과"),
    "over-limit": ("still too much memory, left as it is", "메모리 초과 지속, 조치 중단"),
    "within-limit": ("memory within its limit", "메모리 한도 이내"),
    "adopted": ("adopted", "다시 맡음"),
    "lost": ("lost", "프로세스를 찾을 수 없음"),
    "watching": ("watching", "감시 시작"),
    "unreachable": ("does not answer", "응답 없음"),
    "asleep": ("may be asleep", "대기 상태일 수 있음"),
    "woke": ("woke", "깨어남"),
    "acting": ("action", "조치 실행"),
    "acted": ("action done", "조치 완료"),
    "in-vain": ("in vain", "효과 없음"),
    "finding": ("found", "발견"),
    "finding-over": ("not seen any more", "더 이상 보이지 않음"),
    "stray": ("a process is left", "남은 프로세스"),
    "log-lost": ("output lost", "출력 유실"),
    "log-trouble": ("log cannot be written", "로그 기록 불가"),
    "log-works": ("log works again", "로그 기록 재개"),
    "daemon-hung": ("usher's daemon hung", "usher 데몬 멈춤"),
    "forced": ("forced start", "강제 시작"),
    "in-place": ("replaced in place", "제자리 교체"),
    "env-revealed": ("variable revealed", "환경 변수 열람"),
}
"""Event -> English, Korean. Others are shown as they are."""


def word(event: str, language: Language) -> str:
    """Say an event in a few words."""
    english, korean = _WORDS.get(event, (event, event))
    return korean if language == "ko" else english
