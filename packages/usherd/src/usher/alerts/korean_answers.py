"""What probes answer, in Korean: forms as in `korean`, which knows how they are used."""

from collections.abc import Mapping
from typing import Final

FORMS: Final[Mapping[str, str]] = {
    # connections and names
    r"cannot find (\S+): no name of a host": "{0}: 호스트 이름이 아님",
    r"cannot find (\S+): (.+)": "{0}의 주소를 찾을 수 없음({t1})",
    r"(\S+) is ([\da-f]*[.:][\d.:a-f]+(?:, [\d.:a-f]+)*)": "{0}의 주소는 {1}",
    r"(\S+) is ([\da-f]*[.:][\d.:a-f]+(?:, [\d.:a-f]+)*), expected (\S+)": (
        "{0}의 주소는 {1}, 기대한 주소는 {2}"
    ),
    r"Name or service not known": "알 수 없는 이름",
    r"No address associated with hostname": "이름에 연결된 주소 없음",
    r"Temporary failure in name resolution": "일시적인 이름 해석 실패",
    r"(?:no route to host|No route to host)": "호스트까지 경로 없음",
    r"(?:network is unreachable|Network is unreachable)": "네트워크에 연결할 수 없음",
    r"connection timed out": "연결 시간 초과",
    r"(its address was found|connected|connected by TLS|the answer began|upgraded|logged in) in "
    r"(\d+) ms, (.+)": "{t0}({1} ms), {t2}",
    r"its address was found": "주소를 찾음",
    r"connected": "연결됨",
    r"connected by TLS": "TLS로 연결됨",
    r"the answer began": "응답이 시작됨",
    r"upgraded": "업그레이드됨",
    r"logged in": "로그인함",
    r"no address of its name within (.+)": "{t0} 안에 주소를 찾지 못함",
    r"no connection within (.+)": "{t0} 안에 연결되지 않음",
    r"no TLS handshake within (.+)": "TLS 연결이 {t0} 안에 끝나지 않음",
    r"no first byte within (.+)": "응답이 {t0} 안에 시작되지 않음",
    r"no end of the answer within (.+)": "응답이 {t0} 안에 끝나지 않음",
    r"no answer to the upgrade within (.+)": "업그레이드 응답이 {t0} 안에 오지 않음",
    r"no answer to the ping within (.+)": "핑 응답이 {t0} 안에 오지 않음",
    r"no answer to the login within (.+)": "로그인 응답이 {t0} 안에 오지 않음",
    r"no expected message within (.+)": "기대한 메시지가 {t0} 안에 오지 않음",
    r"no expected close within (.+)": "기대한 닫기가 {t0} 안에 오지 않음",
    r"it changed to another protocol": "다른 프로토콜로 바뀜",
    r"the connection ended after (\d+) of (\d+) bytes": (
        "{1}바이트 가운데 {0}바이트를 받고 연결이 끊김"
    ),
    r"the connection ended within the answer": "응답을 받는 중에 연결이 끊김",
    r"the connection ended without a close frame \(1006\)": "닫기 프레임 없이 연결이 끊김(1006)",
    r"the connection ended": "연결이 끊김",
    r"a line of the answer is too long": "응답의 한 줄이 너무 김",
    r"listens on (?:port (\d+))": "포트 {0}에서 수신 대기 중",
    r"does not listen on port (\d+)": "포트 {0}에서 수신 대기하지 않음",
    r"listens on any port": "수신 대기 중인 포트가 있음",
    r"does not listen on any port": "수신 대기 중인 포트가 없음",
    r"listens": "수신 대기 중",
    r"not listening, though its port is free": "포트가 비어 있는데도 수신 대기하지 않음",
    r"not listening: (.+)": "수신 대기하지 않음: {t0}",
    # HTTP
    r"status (\d+) to (\S+): correct what is asked, or who may ask": (
        "{1} 점검의 응답이 상태 코드 {0}: 점검할 주소나 접근 권한을 바로잡기"
    ),
    r"header '(.+?)' is missing": "헤더 {0} 없음",
    r"header '(.+?)' is (.+)": "헤더 {0}의 값이 {1}",
    r"the answer does not hold (.+)": "응답에 없는 내용: {0}",
    r"the answer is no JSON": "응답이 JSON이 아님",
    r"the answer is nested too deeply": "응답의 중첩이 너무 깊음",
    r"(\S+): not in the answer": "응답에 {0} 없음",
    r"(.+ (?:==|!=|<=|>=|<|>) .+): not in the answer": "응답에 값이 없음: {0}",
    r"expected (.+), found (.+)": "기대한 조건은 {0}, 실제 값은 {1}",
    r"(\S+) is (false|null|0|0\.0|\"\"|\[\]|\{\})": "{0}의 값이 {1}",
    r"'(.+?)' has no host and no probe socket": "{0}: 호스트도 점검용 소켓도 없음",
    # WebSocket
    r"status (\d+) instead of 101": "업그레이드(101) 대신 상태 코드 {0} 응답",
    r"status (\d+) instead of 101 \((.*)\)": "업그레이드(101) 대신 상태 코드 {0} 응답({t1})",
    r"the path answers plain HTTP": "이 경로는 일반 HTTP로 응답함",
    r"wrong path, or the proxy does not know it": "경로가 틀렸거나 프록시에 없는 경로",
    r"the server wants another protocol version": "서버가 다른 프로토콜 버전을 요구함",
    r"the app behind the proxy is down": "프록시 뒤의 앱이 실행되지 않음",
    r"the app behind the proxy is down or not ready": (
        "프록시 뒤의 앱이 실행되지 않거나 준비되지 않음"
    ),
    r"the app behind the proxy does not answer": "프록시 뒤의 앱에서 응답이 없음",
    r"the upgrade was not answered": "업그레이드 요청에 응답 없음",
    r"subprotocol (.+) was chosen": "다른 하위 프로토콜 선택: {0}",
    r"upgraded and answered a (?:ping|message)(?: in (\d+) ms)?": "업그레이드 뒤 응답함, {0} ms",
    r"closed with (\d+) as expected(?: in (\d+) ms)?": "기대한 대로 닫힘(코드 {0}), {1} ms",
    r"closed with (\d+)(?: '(.*)')?, expected (\d+)": "닫기 코드 {0}, 이유 {1}, 기대한 코드 {2}",
    r"closed with (\d+)(?: '(.*)')? before it answered the ping": (
        "핑에 응답하기 전에 닫힘: 코드 {0}, 이유 {1}"
    ),
    r"closed with (\d+)(?: '(.*)')? before the expected message": (
        "기대한 메시지가 오기 전에 닫힘: 코드 {0}, 이유 {1}"
    ),
    r"closed with (\d+)(?: '(.*)')? before it was asked anything": (
        "아무것도 묻기 전에 닫힘: 코드 {0}, 이유 {1}"
    ),
    r"(\d+) bytes of messages without (.+)": "메시지 {0}바이트를 받았으나 {1} 없음",
    # certificates
    r"valid for (\d+) more days": "유효 기간 {0}일 남음",
    r"valid for (\d+) more days, expected (\S+)": "유효 기간 {0}일 남음, 기준은 {1}일",
    r"expired (\d+) days ago": "{0}일 전에 만료됨",
    r"not trusted: (.+)": "신뢰할 수 없는 인증서({0})",
    r"it shows no certificate that can be read": "읽을 수 있는 인증서를 제시하지 않음",
    # databases
    r"(postgres|mysql|redis|mongo) answers in (\d+) ms": "{0} 응답 ({1} ms)",
    r"no answer: (.+)": "응답 없음: {t0}",
    r"answered (.+) to PING": "PING에 대한 응답이 {0}",
    r"it refused the ping": "핑을 거절함",
    r"it refused the ping: (.+)": "핑을 거절함({0})",
    r"it does not let us in": "로그인을 거절함",
    r"it does not let us in: (.+)": "로그인을 거절함({0})",
    r"it does not say how to log in(?:: (.+))?": "로그인 방식을 알려 주지 않음, {0}",
    r"it does not know the password itself": "서버가 비밀번호를 증명하지 못함",
    r"its answer to the login is no SCRAM": "로그인 응답이 SCRAM 형식이 아님",
    r"its answer to the login is no SCRAM that can be trusted": "로그인 응답을 믿을 수 없음",
    r"cannot log in by (\S+): give the probe a user with (.+)": (
        "{0} 방식으로는 로그인할 수 없음: 점검용으로 {t1} 사용자를 지정하기"
    ),
    r"SCRAM-SHA-256 or SCRAM-SHA-1": "SCRAM-SHA-256 또는 SCRAM-SHA-1",
    r"cannot read a file of its tls: (.+)": "TLS 설정의 파일을 읽을 수 없음({0})",
    r"variable (\S+) holds mongodb\+srv, which is not looked up: write (\S+) with the hosts that "
    r"`(.+)` lists": (
        "환경 변수 {0}의 mongodb+srv 주소는 조회하지 않음: "
        "`{2}`에 나오는 호스트로 {1} 형식의 주소를 쓰기"
    ),
    r"(\S+:\d+) does not answer": "{0} 응답 없음",
    r"(\S+:\d+): (it .+|its .+)": "{0}: {t1}",
    r"it speaks no (Redis|MongoDB)": "{0} 프로토콜로 응답하지 않음",
    r"its URL cannot be read": "URL을 읽을 수 없음",
    r"variable (\S+) is not set": "환경 변수 {0} 없음",
    r"variable (\S+) holds no URL that can be read": "환경 변수 {0}의 값을 URL로 읽을 수 없음",
    r"variable (\S+) holds no URL of (\S+)": "환경 변수 {0}의 값이 {1}의 URL이 아님",
    r"variable (\S+) holds what cannot be sent: a line break, or no ASCII": (
        "환경 변수 {0}에 보낼 수 없는 문자가 있음(줄바꿈 또는 ASCII가 아닌 문자)"
    ),
    # commands, and what an app says of itself
    r"cannot run '(.+?)': (.+)": "{0} 명령을 실행할 수 없음({1})",
    r"ended with (-?\d+)": "종료 코드 {0}",
    r"ended with (-?\d+): (.+)": "종료 코드 {0}: {1}",
    r"'(.+?)' ended with (?:exit code )?(\S+)": "{0} 명령의 종료 코드 {1}",
    r"'(.+?)' ended with signal (\S+)": "{0} 명령이 {1}번 신호로 종료됨",
    r"'(.+?)' did not end within (.+)": "{0} 명령이 {t1} 안에 끝나지 않음",
    r"could not be asked: (.+)": "점검할 수 없음: {t0}",
    r"the program that asks ended with exit code (\S+)": "점검 프로그램의 종료 코드 {0}",
    r"the program that asks ended with signal (\S+)": "점검 프로그램이 {0}번 신호로 종료됨",
    r"cannot ask, or read the answer: (.+)": "점검하거나 응답을 읽을 수 없음: {0}",
    r"only an instance of ours can be asked that": "usher가 실행하는 인스턴스만 점검할 수 있음",
    r"the process said WATCHDOG=trigger": "프로세스가 WATCHDOG=trigger를 보냄",
    r"(.+) came (\d+) s ago": "{t0}: {1}초 전에 옴",
    r"(.+) came (\d+) s ago, expected every (.+)": "{t0}: {1}초 전에 옴, 기대한 간격은 {t2}",
    r"(.+) came never, expected every (.+)": "{t0}: 한 번도 오지 않음, 기대한 간격은 {t1}",
    r"WATCHDOG=1": "WATCHDOG=1 신호",
    r"the last line": "마지막 로그 줄",
    # the other probes of whoever fails
    r"(\S+(?:, \S+)*) still pass(?:es)?": "{0} 점검은 계속 통과",
    r"all of its probes pass": "모든 점검 통과",
    r"(\d+) probes?": "점검 {0}개",
}
"""Form in English, as a regular expression -> Korean."""
