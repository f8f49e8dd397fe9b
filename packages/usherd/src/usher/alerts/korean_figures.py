"""What figures and sockets of the host say, in Korean."""

from collections.abc import Mapping
from typing import Final

FORMS: Final[Mapping[str, str]] = {
    r"state (\w+), processor unknown": "상태 {0}, CPU 사용량 알 수 없음",
    # memory
    r"([\d.]+ [MG]iB) of ([\d.]+ [MG]iB) are left": "{1} 가운데 {0} 남음",
    r"all work waits (\d+) % of time": "모든 작업이 메모리를 기다리는 시간이 {0}%",
    r"larger at each of the last scheduled restarts: (.+), after (.+) each": (
        "최근 예약 재시작마다 메모리가 늘어 있었음: {0} (매번 시작 {t1} 뒤)"
    ),
    r"grew in each of the last runs until the scheduled restart: by (.+), after (.+) each": (
        "최근 실행마다 예약 재시작까지 메모리가 늘어남: {t0} (매번 시작 {t1} 뒤)"
    ),
    r"([\d.]+ MiB a (?:second|minute)), (.+ MiB a (?:second|minute))": "{t0}, {t1}",
    r"(pid \d+) \((.+)\) of (\S+) holds (\S+ [MG]iB), (\d+%) of memory, since (.+)": (
        "{0} ({t1}), 사용자 {2}: 메모리 {3}({4}) 사용, 시작 시각 {5}"
    ),
    r"unknown program": "알 수 없는 프로그램",
    r"its program file was deleted, as malware does": (
        "실행 파일이 삭제되어 있음(악성 코드에서 보이는 모습)"
    ),
    r"its program lies in a folder for temporary files, as malware does": (
        "실행 파일이 임시 폴더에 있음(악성 코드에서 보이는 모습)"
    ),
    # descriptors, answers, disks, clocks
    r"(\d+%) of its limit are open \((\d+)\)": "파일 디스크립터 한도의 {0} 사용 중({1}개)",
    r"(\d+) are open, (\d+) more than (.+) ago, and never fewer in between": (
        "파일 디스크립터 {0}개가 열려 있음: {t2} 전보다 {1}개 많고 그동안 줄지 않음"
    ),
    r"95 % of answers take up to (.+)": "응답의 95%가 최대 {t0} 걸림",
    r"(\S+ s) is usual in the hour before": "직전 한 시간에는 보통 {t0}",
    r"(\d+) inodes are left at (.+)": "{1}: 아이노드 {0}개 남음",
    r"at (.+) it is full in (.+)": "{t0} 늘면 {t1} 뒤 가득 참",
    r"the wall clock was set forward by (.+)": "시스템 시각이 {t0} 앞당겨짐",
    r"the wall clock was set back by (.+)": "시스템 시각이 {t0} 늦춰짐",
    # ports
    r"port (\d+) is taken by (.+)": "다른 프로세스가 포트 {0} 사용 중({t1})",
    r"a process of another user, which usher cannot see": (
        "usher가 볼 수 없는 다른 사용자의 프로세스"
    ),
    r"(pid \d+) does not listen": "{0}: 수신 대기하지 않음",
    r"(pid \d+) listens on (.+)": "{0}: {1}에서 수신 대기 중",
    r"(pid \d+) of user '(.+?)'(?:, service '(.+?)' of usher)?: (.+)": (
        "{0}, 사용자 {1}, usher의 서비스 {2}, 명령 {3}"
    ),
    r"declared is (.+)": "선언된 주소는 {0}",
    # stops
    r"(\d+) open connections? after (.+) of stopping": (
        "중지를 시작한 지 {t1} 뒤에도 열린 연결 {0}개"
    ),
    r"the app goes on": "앱은 계속 실행됨",
}
"""Form in English, as a regular expression -> Korean."""
