"""What usher says in English, in Korean: whole sentences of the catalogue, and forms with values.

Events and evidence are sentences (`policy.words` and its users), for a log is read as it is. A
report and an alert are read by people, so they are put into their language when they are written.
What is not known here stays as it is: names, lines of logs, words of programs.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Final

from usher.alerts import korean_actions, korean_answers, korean_figures

_FORMS: Final[Mapping[str, str]] = {
    # lengths of time
    r"([\d.e+-]+) s": "{0}초",
    r"([\d.e+-]+) min": "{0}분",
    # answers of probes
    r"(\S+) failed (\d+) times? of the last (\d+): (.+)": (
        "{0} 점검이 최근 {2}번 중 {1}번 실패: {t3}"
    ),
    r"(\S+) failed (\d+) times? in a row: (.+)": "{0} 점검이 {1}번 연속 실패: {t2}",
    r"accept queue failed \d+ times? in a row: clients wait for (\d+) s, and none is accepted": (
        "접속 요청이 {0}초째 기다리는데 수락되지 않음"
    ),
    r"accept queue passes again (.+) after its first failure": "접속을 {t0} 만에 다시 수락함",
    r"accept queue passes again; nothing was done": "조치 없이 접속을 다시 수락함",
    r"accept queue fails again (.+) after recovery": "회복 {t0} 뒤 다시 접속을 수락하지 않음",
    r"SIGCONT was sent; accept queue must pass again": "SIGCONT를 보냄, 접속을 다시 수락해야 함",
    r"(\S+) has never passed: (.+)": "{0} 점검이 한 번도 통과하지 못함: {t1}",
    r"failed (\d+) times? in a row(?:: (.+))?": "{0}번 연속 실패, {t1}",
    r"no answer within (.+)": "{t0} 안에 응답 없음",
    r"no (HTTP|WebSocket) answer: (.+)": "{0} 응답 없음: {t1}",
    r"status (\d+) in (\d+) ms": "상태 코드 {0} ({1} ms)",
    r"status (\d+) in (\d+) ms: (.+)": "상태 코드 {0} ({1} ms): {t2}",
    r"expected (\d+)": "기대한 값은 {0}",
    r"expected (\d+) to (\d+)": "기대한 값은 {0}~{1}",
    r"slower than (.+)": "{t0}보다 느림",
    r"cannot connect to (\S+): (.+)": "{0}에 연결할 수 없음({t1})",
    r"connection refused": "연결 거부",
    r"connection reset by peer": "상대가 연결을 끊음",
    r"the health endpoint does not cover (\S+): (\S+) says (.+) while (\S+) fails: (.+)": (
        "상태 확인 주소가 {0} 점검의 대상을 살피지 않음: {1} 점검은 {t2}, {3} 점검은 실패({t4})"
    ),
    r"(\S+) accepts connections": "{0} 연결을 받음",
    r"(\S+) passes again (.+) after its first failure": "{0} 점검이 첫 실패 {t1} 뒤 다시 통과",
    r"(\S+) passes again; nothing was done": "{0} 점검이 조치 없이 다시 통과",
    r"(\S+) fails again (.+) after recovery": "{0} 점검이 회복 {t1} 뒤 다시 실패",
    r"(\S+) has passed for (.+)": "{0} 점검이 {t1} 동안 계속 통과",
    r"(\S+) fails \(the process is (.+)\)": "{0} 점검 실패 (프로세스: {t1})",
    r"probe (\S+): (.+)": "{0} 점검: {t1}",
    r"passes(?:: (.+))?": "통과, {t0}",
    r"(\S+): (no answer within .+|no HTTP answer: .+|status \d+ in .+|cannot connect to .+)": (
        "{0} 점검: {t1}"
    ),
    r"not asked yet": "아직 묻지 않음",
    # a process that was looked at
    r"the process is (.+)": "프로세스: {t0}",
    r"(running|stopped|traced|gone): (.+)": "{t0}, {t1}",
    r"running": "실행 중",
    r"stopped": "멈춤",
    r"traced": "디버거가 붙잡음",
    r"stopped by a signal \(state T\)": "신호로 멈춰 있음(상태 T)",
    r"held by a debugger": "디버거가 붙잡고 있음",
    r"busy: it computes without end and answers nobody": "끝없이 계산하며 아무에게도 응답하지 않음",
    r"waiting for a disk or a network file system \(state D\)": (
        "디스크나 네트워크 파일 시스템을 기다리는 중(상태 D)"
    ),
    r"idle: nothing can be seen that it waits for \(.+\)": (
        "유휴 상태이며 무엇을 기다리는지 보이지 않음(교착 또는 응답하지 않는 처리기)"
    ),
    r"waiting on (?:the )?database (\S+)": "데이터베이스 {0}의 응답을 기다리는 중",
    r"connecting to (?:the )?database (\S+)": "데이터베이스 {0}에 연결하는 중",
    r"waiting on (.+)": "{0}의 응답을 기다리는 중",
    r"connecting to (.+)": "{0}에 연결하는 중",
    r"it answers, but with an error of its own: status (\d+)": (
        "응답은 하지만 자체 오류를 돌려줌(상태 코드 {0})"
    ),
    r"it answers, but not as the probe asks for: status (\d+)": (
        "응답은 하지만 점검이 기대하는 응답이 아님(상태 코드 {0})"
    ),
    r"SIGCONT continues it": "SIGCONT로 재개하기",
    r"let the debugger go on; usher leaves it alone": "디버거를 진행시키기, usher는 건드리지 않음",
    r"find the loop in its stacks; usher replaces it meanwhile": (
        "스택에서 반복문을 찾기, 그동안 usher가 교체함"
    ),
    r"find in its stacks what it waits for; usher replaces it meanwhile": (
        "스택에서 무엇을 기다리는지 찾기, 그동안 usher가 교체함"
    ),
    r"it uses more memory than it may": "허용된 것보다 많은 메모리를 씀",
    r"find what it keeps, or raise the limit; usher replaces it meanwhile": (
        "무엇을 붙들고 있는지 찾거나 한도를 올리기, 그동안 usher가 교체함"
    ),
    r"find the error in its log; usher replaces it meanwhile": (
        "로그에서 오류를 찾기, 그동안 usher가 교체함"
    ),
    r"look at the disk: no signal ends such a wait": (
        "디스크를 살펴보기, 이런 대기는 어떤 신호로도 끝나지 않음"
    ),
    r"look why (?:the database )?(\S+) does not answer; usher replaces the process meanwhile": (
        "{0}에서 응답이 없는 이유를 살펴보기, 그동안 usher가 프로세스를 교체함"
    ),
    r"whether (?:the database )?(\S+) answers others: if it does, connections .+": (
        "{0}에서 다른 클라이언트에는 응답하는지 (응답한다면 연결이 고갈되었거나 반환되지 않은 것)"
    ),
    r"its stacks \(`stack_signal`\), and what the last request before it did": (
        "스택(`stack_signal`)과 그 직전 요청이 한 일"
    ),
    r"whether its threads still compute when nobody asks it anything": (
        "아무도 요청하지 않을 때도 스레드가 계산하는지"
    ),
    r"who sent SIGSTOP: shell histories, `usher audit`, other supervisors": (
        "누가 SIGSTOP을 보냈는지: 셸 기록, `usher audit`, 다른 관리 프로그램"
    ),
    r"TracerPid in /proc/PID/status": "/proc/PID/status의 TracerPid",
    r"the kernel's log; `iostat -x 1`": "커널 로그, `iostat -x 1`",
    r"memory (\d+) MiB": "메모리 {0} MiB",
    r"state (\w+), processor (\d+%) of a core": "상태 {0}, CPU 코어 하나의 {1}",
    r"(\d+) threads?, the first in state (\w+)": "스레드 {0}개, 첫 스레드의 상태 {1}",
    r"(\d+) threads?, the first in state (\w+) in (\S+)": (
        "스레드 {0}개, 첫 스레드의 상태 {1} ({2})"
    ),
    r"(\d+) x (\S+) to (\S+)": "{2} 연결 {0}개 ({1})",
    r"definitions changed (.+) ago by (.+?): (.+)": "{t0} 전에 {1}의 설정 변경: {2}",
    r"variables that differ from the file or the process: (.+)": (
        "파일이나 프로세스와 다른 변수: {0}"
    ),
    # what `usher diagnose` knows of an app
    r"(\w+), (\d+) of (\d+) ready": "{t0}, {2}개 가운데 {1}개 준비됨",
    r"(backoff|held|failed|starting|waiting|checking|draining|stopping|inactive|exited|running"
    r"|active|degraded|activating|deactivating), (.+)": "{t0}, {t1}",
    r"backoff": "다시 시작하기 전 대기",
    r"held": "보류됨",
    r"failed": "실패",
    r"starting": "시작 중",
    r"waiting": "대기 중",
    r"checking": "시작 전 확인 중",
    r"draining": "연결 정리 중",
    r"stopping": "중지 중",
    r"inactive": "중지됨",
    r"exited": "종료됨",
    r"active": "정상",
    r"degraded": "일부 이상",
    r"activating": "시작 중",
    r"deactivating": "중지 중",
    r"pid (\d+), up (.+)": "pid {0}, 가동 시간 {1}",
    r"memory ([\d.]+[BKMG])": "메모리 {0}",
    r"memory ([\d.]+[BKMG]) of ([\d.]+[BKMG])": "메모리 {1} 가운데 {0}",
    r"processor (\d+%)": "CPU {0}",
    r"(\d+) connections to its database": "데이터베이스 연결 {0}개",
    r"(\d+) of (\d+) connections to its database": "데이터베이스 연결 {1}개 가운데 {0}개",
    r"restarts within the window of its budget: (\d+)": "재시작 한도 기간 안의 재시작 {0}번",
    r"last result: (\S+?)(?:, exit code (\d+))?": "마지막 결과: {0}, 종료 코드 {1}",
    r"(passes|failed \d+ times? in a row) \((self|dependency|edge)\)": "{t0} ({1})",
    r"(passes|failed \d+ times? in a row) \((self|dependency|edge)\): (.+)": "{t0} ({1}): {t2}",
    r"(\d{4}-\S+): instance (\d+) (.+)": "{0}, 인스턴스 {1}: {t2}",
    r"(\d{4}-\S+): (.+)": "{0}: {t1}",
    r"it is not run by usher": "usher가 실행하지 않음",
    r"it is (\w+), (\d+) of (\d+) ready": "현재 {t0}, {2}개 가운데 {1}개 준비됨",
    r"(\S+), which it needs: (.+)": "의존하는 {0}: {t1}",
    r"differ from their sources: (.+)": "원본과 다름: {0}",
    r"memory limit: (\S+) of (\S+) are used": "메모리 한도: {1} 가운데 {0} 사용",
    r"(.+) \(when the incident was looked at\)": "{t0} (장애를 확인할 때)",
    r"within ([\d.]+) s of the end of (.+)": "{t1} 종료 전후 {0}초 안에 끊김",
    r"sessions were lost with the end of (.+)": "{t0} 종료로 세션을 잃음",
    r"a process \((.+)\)": "프로세스({t0})",
    r"exit code (\d+)": "종료 코드 {0}",
    # what happened to an instance
    r"at once \(attempt (\d+)\)": "즉시 ({0}번째 시도)",
    r"in (.+) \(attempt (\d+)\)": "{t0} 뒤 ({1}번째 시도)",
    r"restart (\d+)": "{0}번째 재시작",
    r"(.+), (.+) after its start": "{t0}, 시작 {t1} 뒤",
    r"was ended by (\S+)(?: after (.+))?": "{0} 신호로 종료됨, 시작 {t1} 뒤",
    r"was ended by (\S+) and dumped core(?: after (.+))?": (
        "{0} 신호로 코어 덤프를 남기고 종료됨, 시작 {t1} 뒤"
    ),
    r"exited with code (\d+)(?: after (.+))?": "종료 코드 {0}, 시작 {t1} 뒤",
    r"(SIG\w+|message shutdown), (.+)": "{0}, {t1}",
    r"its probe fails": "점검이 실패하기 때문",
    r"as asked": "요청대로",
    r"to be started anew": "새로 시작하기 위해",
    r"not ready in time": "제때 준비되지 않음",
    r"its successor is proved": "후임이 검증됨",
    r"its generation is not proved": "새 세대가 검증되지 않음",
    r"it was replaced (.+) ago, and is given (.+)": "{t0} 전에 교체했으므로 {t1} 동안 지켜봄",
    r"(\d+) replacements? within (.+) did not help: find out why it fails, or restart it by hand": (
        "{t1} 안의 교체 {0}번이 효과가 없음: 실패하는 이유를 찾거나 직접 재시작하기"
    ),
    r"(\d+) restarts? within (.+) did not help": "{t1} 안의 재시작 {0}번이 효과가 없음",
    r"never ready in (\d+) restarts?": "재시작 {0}번에도 한 번도 준비되지 않음",
    r"(\d+) runs? in a row ended within (.+)": "연속 {0}번의 실행이 {t1} 안에 종료됨",
    r"(\d+) restarts? within (.+) did not help, and it was held (\d+) times?": (
        "{t1} 안의 재시작 {0}번이 효과가 없었고 {2}번 보류됨"
    ),
    r"its restart policy is never": "재시작하지 않도록 설정됨",
    r"could not be executed \((\w+)\): (.+)": "실행할 수 없음({0}): {1}",
    r"blocked: (\S+) \((.+)\): a restart does not help": "막힘: {0} ({1}), 재시작은 효과 없음",
    r"(.+), looked at again every (.+)": "{t0}, {t1}마다 다시 확인",
    r"what helps: (.+)": "해결 방법: {t0}",
    r"(.+), then start it": "{t0}, 그 뒤 시작하기",
    r"(\S*:\d+) is taken": "{0} 사용 중",
    r"(\S*:\d+) accepts no connection": "{0}에서 연결을 받지 않음",
    r"(/.+) does not exist": "{0} 없음",
    r"nothing has changed in (.+)": "변경된 파일 없음: {0}",
    r"not ready after (.+?)": "{t0} 안에 준비되지 않음",
    r"not ready after (.+?): (.+)": "{t0} 안에 준비되지 않음: {t1}",
    r"tried again in (.+)": "{t0} 뒤 다시 시도함",
    r"again in (.+)": "{t0} 뒤 다시 시도함",
    r"(\S+) is not there": "{0} 서비스가 없음",
    r"(\S+) is there again": "{0} 서비스가 돌아옴",
    r"what it depends on fails: (.+)": "의존하는 것이 실패함: {t0}",
    r"what it needs does not answer: (.+)": "의존하는 것이 응답하지 않음: {t0}",
    r"bring that back; the service is left alone until then": (
        "그것을 되살리기, 그때까지 서비스는 그대로 둠"
    ),
    r"(\d+) MiB of (\d+) MiB": "{1} MiB 가운데 {0} MiB",
    r"SIGCONT was sent; (\S+) must pass again": "SIGCONT를 보냄, {0} 점검이 다시 통과해야 함",
    r"last request: (.+)": "마지막 요청: {0}",
    r"in trouble for (.+): its variables are compared with their sources": (
        "문제가 {t0}째 계속되어 환경 변수를 원본과 비교함"
    ),
    r"in trouble for ([^,]+)(?:, after (.+))?: a person has to look at it": (
        "문제가 {t0}째 계속됨, {t1} 뒤에도 해결되지 않음, 사람의 확인이 필요함"
    ),
    r"(\d+) replacements?": "교체 {0}번",
    r"(\d+) restarts?": "재시작 {0}번",
    # diagnoses
    r"(\S+) \((\d+%) sure\): (.+)": "{0} (확신도 {1}): {t2}",
    r"restart useful: yes": "재시작 효과 있음",
    r"restart useful: no": "재시작 효과 없음",
    r"restart useful: until it happens again": "재시작 효과는 다시 발생할 때까지만 있음",
    r"restart useful: no, what it depends on has to come back": (
        "재시작 효과 없음(의존하는 것이 돌아와야 함)"
    ),
    r"(database|redis|environment|port|network|certificate|memory|disk|limits of the "
    r"system|build and modules|code): (.+)": ("{t0}: {t1}"),
    r"database": "데이터베이스",
    r"environment": "환경 변수",
    r"port": "포트",
    r"network": "네트워크",
    r"certificate": "인증서",
    r"memory": "메모리",
    r"disk": "디스크",
    r"limits of the system": "시스템 한도",
    r"build and modules": "빌드와 모듈",
    r"code": "코드",
    r"no line speaks of it": "로그에 언급이 없음",
    r"(\d+%) free, and no line speaks of it": "{0} 비어 있고 로그에 언급이 없음",
    r"no kill of it for lack of memory is known, and no line speaks of one": (
        "메모리 부족으로 종료된 기록이 없고 로그에 언급이 없음"
    ),
    # kills
    r"the kernel killed it: host or control group was out of memory": (
        "커널이 종료함: 서버 또는 컨트롤 그룹의 메모리 부족"
    ),
    r"killed by signal 9 from outside usher, no OOM evidence": (
        "usher 밖에서 보낸 9번 신호로 종료됨, 메모리 부족(OOM) 흔적 없음"
    ),
    r"killed by signal 9 from outside usher, perhaps by the kernel for lack of memory": (
        "usher 밖에서 보낸 9번 신호로 종료됨, 메모리 부족으로 커널이 종료했을 수 있음"
    ),
    r"a person had usher send it a signal \(`usher signal`\)": (
        "사람이 usher로 신호를 보냄 (`usher signal`)"
    ),
    r"its control group counts no kill for lack of memory": (
        "컨트롤 그룹에 메모리 부족으로 종료된 기록이 없음"
    ),
    r"its control group counts (\d+) kills? for lack of memory": (
        "컨트롤 그룹에서 메모리 부족으로 종료된 프로세스 {0}개"
    ),
    r"the kernel's log names no kill of it": "커널 로그에 이 프로세스를 종료한 기록이 없음",
    r"the host counted (\d+) kills? for lack of memory in the (\d+ s) before; of which process is "
    r"not told to us": (
        "직전 {t1} 동안 서버에서 메모리 부족으로 종료된 프로세스 {0}개, 어느 것인지는 알 수 없음"
    ),
    r"the control group (\S+) counted (\d+) kills? for lack of memory in the (\d+ s) before; of "
    r"which process is not told to us": (
        "직전 {t2} 동안 컨트롤 그룹 {0}에서 메모리 부족으로 종료된 프로세스 {1}개, "
        "어느 것인지는 알 수 없음"
    ),
    # figures
    r"(\S+ [MG]iB), growing by (.+?): (.+)": "{0}, {t1} 증가, {t2}",
    r"(\S+ MiB) a (second|minute)": "{t1} {0}씩",
    r"second": "1초에",
    r"minute": "1분에",
    r"it doubles in (.+)": "{t0} 뒤 두 배",
    r"the limit of (\S+ [MG]iB) is reached in (.+)": "{t1} 뒤 한도 {0} 도달",
    r"([\d.]+) h": "{0}시간",
    r"(\S+ [MG]iB) of (\S+ [MG]iB) are left": "{1} 가운데 {0} 남음",
    r"(\S+ [MG]iB) of (\S+ [MG]iB) are left at (\S+)": "{2}: {1} 가운데 {0} 남음",
    # what should not run
    r"(\S+) was started on this host by (.+)": "이 서버에서 {0} 시작됨 (시작한 쪽: {t1})",
    r"(?:drift|host|memory|fs|fd|probe|health|clock|shutdown)\.[a-z_]+: (.+)": "{t0}",
    r"it is not seen any more": "더 이상 보이지 않음",
    r"the process has ended": "프로세스가 종료됨",
    r"its process was not found any more": "프로세스를 더 이상 찾을 수 없음",
    r"cannot write log '(.+?)': (.+); the app goes on": (
        "로그 {0}에 기록할 수 없음({t1}), 앱은 계속 실행됨"
    ),
    r"cannot write log '(.+?)': (.+)": "로그 {0}에 기록할 수 없음({t1})",
    r"No space left on device": "디스크 공간 부족",
    r"its log is written again": "로그 기록이 재개됨",
    r"who wrote its log has ended": "로그를 기록하던 쪽이 종료됨",
    r"'(.+?)' runs on this host, which has role '(.+?)'; it needs '(.+?)': (.+)": (
        "역할이 {1}인 이 서버에서 {2} 역할의 앱 {0} 실행 중: {t3}"
    ),
    r"'(.+?)' runs beside usher: (.+)": "usher 밖에서 {0} 실행 중: {t1}",
    r"(pid \d+), (.+?) in '(.+?)', user '(.+?)', started by (.+?)(?: at (.+))?": (
        "{0}, 명령 {1}, 폴더 {2}, 사용자 {3}, 시작한 쪽: {t4}, 시작 시각 {5}"
    ),
    r"nobody declared what (.+?) runs: (.+)": "{0}에서 선언되지 않은 앱 실행 중: {t1}",
    r"usher adopt, or declare it under \[apps\] of the guard file": (
        "usher adopt (또는 가드 파일의 [apps]에 선언)"
    ),
    r"'(.+?)' should run (\d+) times?, (\d+) are ready": (
        "{0}: 인스턴스 {1}개가 실행되어야 하지만 {2}개만 준비됨"
    ),
    r"none of the declared apps runs: (.+)": "선언된 앱이 하나도 실행되지 않음: {0}",
    r"env drift: (\d+) variables? of '(.+?)' differs?: (.+)": (
        "{1}: 실행 중인 환경 변수 {0}개가 정의와 다름: {2}"
    ),
    r"'(.+?)' was changed since '(.+?)' was started from it": (
        "{1}: 시작한 뒤 설정 파일 {0} 변경됨"
    ),
    r"'(.+?)' was restarted (\d+) times in (.+)": "{0}: {t2} 동안 {1}번 재시작됨",
    r"'(.+?)' uses (\d+) of (\d+) MiB": "{0}: 메모리 {2} MiB 가운데 {1} MiB 사용",
    r"hand, or something that has ended": "사람이 직접, 또는 이미 종료된 프로세스",
    r"Somebody started it here, with usher or around it: by hand, by cron, by another manager\.": (
        "누군가 이 서버에서 시작함: usher로, 직접, cron으로, 또는 다른 관리 프로그램으로"
    ),
    r"The same program was started by hand or by another manager: .+": (
        "같은 프로그램을 직접 또는 다른 관리 프로그램으로 시작함: usher가 멈춤을 감지하거나 "
        "재시작할 수 없고, 둘이 같은 데이터를 쓸 수 있음"
    ),
    r"end it: (.+)": "시작한 곳에서 종료하기: {0}",
    r"end (pid \d+)": "{0} 종료하기",
}
"""Form in English, as a regular expression -> Korean; `{0}` is a group, `{t0}` the same in Korean.

A group that is missing leaves out what stands before it up to the comma.
"""

FORMS: Final[Mapping[str, str]] = {
    **korean_answers.FORMS,
    **korean_actions.FORMS,
    **korean_figures.FORMS,
    **_FORMS,
}
"""All of them; the first that fits says it."""

_PROBE: Final = re.compile(r"([a-z0-9][\w.-]*): (\S+ .+)", re.DOTALL)
"""What a probe answered: its name stands before."""

_MISSING: Final = "\0"


def translated(text: str) -> str:
    """A sentence of usher's in Korean; of several with "; " between them, each that is known."""
    whole = _translated(text)
    if whole is not None or "; " not in text:
        return text if whole is None else whole
    return "; ".join(map(translated, text.split("; ")))


def _translated(text: str) -> str | None:
    known = _catalogue().get(text)
    if known is not None:
        return known
    several = "; " in text
    for form, korean in _forms():
        if several and "; " not in form.pattern and not form.pattern.endswith(": (.+)"):
            continue  # a form of one sentence says nothing of several, but for what stands before
        if (found := form.fullmatch(text)) is not None:
            return _filled(korean, found)
    named = _PROBE.fullmatch(text)
    said = None if named is None else _translated(named[2])
    return None if named is None or said is None else f"{named[1]}: {said}"


def _filled(korean: str, found: re.Match[str]) -> str:
    groups = [_MISSING if group is None else group for group in found.groups()]
    inner = {f"t{number}": translated(group) for number, group in enumerate(groups)}
    said = korean.format(*groups, **inner)
    return re.sub(rf"(, [^,{_MISSING}]*)?{_MISSING}[^,]*", "", said)


@cache
def _forms() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(form, re.DOTALL), korean) for form, korean in FORMS.items())


@cache
def _catalogue() -> Mapping[str, str]:
    """English of each fault -> Korean; loaded for the first Korean reader."""
    from usher.diagnosis.catalogue import CATALOGUE
    from usher.diagnosis.korean import KOREAN
    from usher.diagnosis.korean_sentences import SAID
    from usher.diagnosis.signatures import measured, observed

    told = dict(SAID)
    for known in (*CATALOGUE.values(), *measured.SIGNATURES, *observed.SIGNATURES):
        words = KOREAN.get(known.id)
        if words is not None:
            pairs = zip((known.cause, known.remedy, known.collect), words, strict=True)
            told |= {english: korean for english, korean in pairs if english}
    return told
