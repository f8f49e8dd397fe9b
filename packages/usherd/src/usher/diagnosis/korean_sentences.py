"""Sentences of a diagnosis beside the catalogue, in Korean.

What would disprove a cause (next_step.py), how a process ended (exits.py), and what closed a
WebSocket (close_codes.py).
"""

from collections.abc import Mapping
from typing import Final

SAID: Final[Mapping[str, str]] = {
    "the same happens where nothing of this kind can be seen": (
        "이런 징후가 없는 곳에서도 같은 일이 일어남"
    ),
    "it answers the same question from this host now": "지금 이 서버에서 같은 질문에 응답함",
    "the server has connections left for this role": "이 계정이 쓸 수 있는 연결이 서버에 남아 있음",
    "its connections are idle while requests wait": "요청이 기다리는 동안에도 연결이 놀고 있음",
    "the app's own connection succeeds from this host now": "지금 이 서버에서 앱의 연결이 성공함",
    "the first query after a fresh start succeeds": "새로 시작한 뒤 첫 쿼리가 성공함",
    "`redis-cli ping` answers from this host": "이 서버에서 `redis-cli ping`에 응답함",
    "nothing listens on the port": "그 포트에서 수신 중인 프로세스가 없음",
    "it listens where it is asked": "요청하는 주소에서 수신하고 있음",
    "a connection to the same address succeeds from this host": (
        "이 서버에서 같은 주소로 연결이 성공함"
    ),
    "the name is found from this host (`getent hosts`)": (
        "이 서버에서 이름이 조회됨(`getent hosts`)"
    ),
    "`openssl s_client` verifies the certificate from this host": (
        "이 서버에서 `openssl s_client`로 인증서가 검증됨"
    ),
    "the variable is set in what runs": "실행 중인 프로세스에 그 변수가 설정되어 있음",
    "the user of the app can write there, and room is left": (
        "앱의 사용자가 그곳에 쓸 수 있고 공간이 남아 있음"
    ),
    "memory falls again when the load does": "부하가 줄면 메모리도 다시 줄어듦",
    "memory was far from the limit when it ended": "종료될 때 메모리가 한도에 한참 못 미쳤음",
    "the kernel has counted no kill": "커널에 강제 종료 기록이 없음",
    "other apps of the host do not feel it": "이 서버의 다른 앱에는 영향이 없음",
    "the process is none of this app": "그 프로세스는 이 앱의 것이 아님",
    "the number of descriptors falls again": "열린 디스크립터 수가 다시 줄어듦",
    "the same question is answered well by hand": "직접 같은 질문을 하면 제대로 응답함",
    "it answers others while the probe fails": "점검이 실패하는 동안에도 다른 요청에는 응답함",
    "it goes on while what it waits for stays as it is": ("기다리던 것이 그대로인데도 다시 진행됨"),
    "its processor time stays low while it does not answer": (
        "응답하지 않는 동안 CPU 사용이 낮게 유지됨"
    ),
    "the endpoint fails when a dependency does": "의존하는 것이 실패하면 상태 확인 주소도 실패함",
    "the same command succeeds in a fresh checkout": "새로 내려받은 소스에서 같은 명령이 성공함",
    "the same request succeeds with the same values": "같은 값으로 같은 요청을 하면 성공함",
    "the app did not end at that time": "그 시각에 앱이 종료되지 않았음",
    "the app answers without the proxy at that time": "그 시각에 프록시 없이는 앱이 응답함",
    "it goes on when it is started by hand": "직접 시작하면 계속 실행됨",
    # ends
    "it ended by itself without an error, although it should run: nothing was left to wait for": (
        "실행되어야 하는데 오류 없이 스스로 종료됨: 더 기다릴 일이 없었음"
    ),
    "it ended with an error of its own": "프로그램 자체의 오류로 종료됨",
    "usher had stopped it": "usher가 중지함",
    "usher killed it: it did not end in time": "제때 종료되지 않아 usher가 강제 종료함",
    "V8's heap was full and Node aborted": "V8 힙이 가득 차서 Node가 중단됨",
    "it aborted itself": "스스로 중단함(abort)",
    "it touched memory that is not its own: often a native module": (
        "자기 것이 아닌 메모리에 접근함(네이티브 모듈이 원인인 경우가 많음)"
    ),
    "somebody other than usher asked it to end (SIGTERM)": (
        "usher가 아닌 누군가가 종료를 요청함(SIGTERM)"
    ),
    '3: of its own meaning; Gunicorn\'s "no worker"': (
        "종료 코드 3: 앱이 정한 의미, Gunicorn에서는 “작업자 없음”"
    ),
    "9: Node knows an option of the command not": "종료 코드 9: Node가 모르는 명령 옵션",
    "13: a module of Node never finished loading": (
        "종료 코드 13: Node 모듈을 끝까지 불러오지 못함"
    ),
    "126: the command may not be executed": "종료 코드 126: 명령을 실행할 권한이 없음",
    "127: the command was not found": "종료 코드 127: 명령을 찾을 수 없음",
    # close codes
    "normal end": "정상 종료",
    "the server goes away, or the page is left": "서버가 내려가거나 페이지를 떠남",
    "protocol error": "프로토콜 오류",
    "data of a kind that is not accepted": "받아들이지 않는 종류의 데이터",
    "closed without a code": "코드 없이 닫힘",
    "cut without a close frame": "종료 프레임 없이 끊김",
    "invalid data": "잘못된 데이터",
    "refused: unknown session, or not allowed": "거부됨: 알 수 없는 세션이거나 허용되지 않음",
    "message too big": "메시지가 너무 큼",
    "an extension is missing": "확장이 없음",
    "error in the server": "서버 내부 오류",
    "the server restarts": "서버 재시작",
    "the server is overloaded: try again later": "서버 과부하, 나중에 다시 시도하기",
    "bad answer behind a gateway": "게이트웨이 뒤의 잘못된 응답",
    "TLS failed": "TLS 실패",
    "a code of the app's own": "앱이 정한 코드",
}
"""English -> Korean; a test compares it with what can be said."""
