"""The catalogue of faults in Korean: cause, remedy, what to look at; a test compares the ids.

Names of programs, settings and commands stay as they are typed.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple


class Korean(NamedTuple):
    """What `Signature` says in English."""

    cause: str
    remedy: str
    collect: str


_DATABASES: Final = {
    "db.connection_refused": Korean(
        "데이터베이스가 실행 중이 아니거나, 호스트나 포트가 틀렸거나, 방화벽이 거부함",
        "데이터베이스를 시작하거나 호스트와 포트를 바로잡기",
        "데이터베이스 host:port로 TCP 연결, 환경 변수의 출처, pg_isready, 컨테이너 상태",
    ),
    "db.auth_failed": Korean(
        "비밀번호가 틀렸거나 바뀌었음, 또는 잘못된 env 파일",
        "비밀번호를 바로잡기, 계정이 잠기므로 연속 재시도는 금물",
        "어느 env 파일이나 변수에서 온 값인지(이름만), 마지막 변경 시각, 계정이 있는지",
    ),
    "db.password_not_string": Korean(
        "비밀번호 환경 변수가 없거나(undefined) YAML/JSON이 숫자로 읽음",
        "변수를 설정하고 따옴표로 감싸고 env 파일을 읽게 하기",
        "환경 변수가 있는지와 그 형식, env 파일을 읽었는지",
    ),
    "db.database_missing": Korean(
        "데이터베이스 이름이 틀렸거나 생성 또는 복원되지 않음",
        "데이터베이스를 생성하거나 복원하기, 또는 이름을 바로잡기",
        "데이터베이스 목록, 환경 변수의 출처",
    ),
    "db.access_denied": Korean(
        "허용되지 않은 호스트나 계정",
        "권한을 주거나 pg_hba 규칙을 추가하기",
        "서버가 본 클라이언트 주소, 계정의 권한",
    ),
    "db.tls_unsupported": Korean(
        "클라이언트는 TLS를 강제하는데(ssl:true) 서버는 꺼져 있음",
        "양쪽 설정을 맞추기",
        "sslmode 또는 ssl 옵션, 서버의 ssl 설정",
    ),
    "db.tls_required": Korean(
        "서버는 TLS를 요구하는데 클라이언트는 평문으로 연결함",
        "sslmode=require 추가하기",
        "sslmode",
    ),
    "db.too_many_connections": Korean(
        "인스턴스 수 x 풀 크기가 한도를 넘음, 풀이 새고 있음, 또는 다른 클라이언트가 사용함",
        "풀이나 인스턴스를 줄이고, 새는 세션을 종료하거나 풀러를 두기",
        "pg_stat_activity(사용자, 앱, 주소별), pid별 소켓 수, `usher budget`",
    ),
    "db.pool_timeout": Korean(
        "연결 풀 고갈: 반환되지 않은 연결, 느린 쿼리, 또는 너무 작은 풀",
        "반환되지 않는 연결이나 느린 쿼리를 고치기, 재시작 한 번은 연결을 풀어 줌",
        "active와 idle in transaction 세션, 가장 긴 쿼리, 처리 중인 요청",
    ),
    "db.connect_timeout": Korean(
        "네트워크 차단, 데이터베이스 과부하, 또는 보안 그룹",
        "네트워크나 데이터베이스를 고치기",
        "TCP 연결 시간, 데이터베이스 부하",
    ),
    "db.connection_lost": Korean(
        "데이터베이스 재시작, 유휴 시간 초과, 관리자에 의한 종료, 또는 장애 조치",
        "재연결과 keepalive를 넣기, 앱이 스스로 회복하지 못할 때만 재시작",
        "데이터베이스 가동 시간, 유휴 시간 설정, 마지막 쿼리 이후 시간",
    ),
    "db.not_ready": Korean(
        "데이터베이스가 시작 중이거나 복구 중",
        "간격을 늘려 가며 기다리기",
        "데이터베이스 로그의 끝",
    ),
    "db.relation_missing": Korean(
        "마이그레이션을 실행하지 않음, 다른 데이터베이스나 스키마, 또는 테이블 없이 복원됨",
        "마이그레이션을 실행하거나 복원하기",
        "테이블 목록, 마이그레이션 테이블의 마지막 행, search_path",
    ),
    "db.column_missing": Korean(
        "코드가 스키마보다 새로움(배포 순서)",
        "마이그레이션하거나 코드를 되돌리기",
        "마이그레이션 위치와 코드 버전",
    ),
    "db.statement_timeout": Korean(
        "느린 쿼리 또는 잠금 대기",
        "인덱스나 잠금을 고치기",
        "pg_stat_activity, pg_locks, 쿼리 id",
    ),
    "db.deadlock": Korean("잠금 순서 충돌", "앱에서 다시 시도하기", "데이터베이스 로그의 DETAIL"),
    "db.unique_violation": Korean(
        "앱의 데이터 충돌, 또는 비어 있지 않은 데이터베이스에 복원함",
        "앱을 고치기",
        "제약 조건 이름",
    ),
    "db.client_misuse": Korean(
        "종료한 클라이언트를 다시 쓰거나 두 번 연결함",
        "코드를 고치기, 종료 순서의 증상인 경우가 많음",
        "스택의 위치",
    ),
    "db.bad_url": Korean(
        "URL의 비밀번호에 이스케이프되지 않은 문자, 빠진 부분, 또는 남은 따옴표",
        "퍼센트 인코딩을 하고 따옴표를 고치기",
        "비밀을 가린 URL의 모양(scheme, user, host, port, db)",
    ),
    "db.server_crash": Korean(
        "데이터베이스 프로세스가 강제 종료되어(OOM 또는 kill -9) 복구 중",
        "종료한 쪽을 찾고 복구를 기다리기",
        "데이터베이스 로그, 커널 로그",
    ),
    "orm.double_initialize": Korean(
        "DataSource를 모듈을 읽을 때와 main에서 두 번 초기화함",
        "초기화를 한 번만 하기, isInitialized와 공유 promise로 지키기",
        "두 호출의 스택, initialize( 호출 위치, pid별 소켓 수",
    ),
    "orm.not_connected": Korean(
        "데이터베이스 초기화 전이나 초기화 없이 요청을 처리함(초기화 오류가 삼켜짐)",
        "시작을 실패로 처리하거나 데이터베이스가 준비된 뒤에만 준비 완료로 하기",
        "초기화 전후의 시작 로그, 준비 시각과 listen 시각",
    ),
    "orm.entity_missing": Korean(
        "엔티티가 등록되지 않았거나 dist 경로 패턴이 틀림",
        "코드나 빌드를 고치기",
        "엔티티 목록, 빌드 결과 경로",
    ),
    "orm.prisma_init": Korean(
        "Prisma 클라이언트를 생성하지 않았거나 다른 시스템용으로 생성함",
        "빌드할 때 실행될 시스템용으로 `prisma generate` 실행하기",
        "node_modules/.prisma/client, 빌드가 `prisma generate`를 실행하는지",
    ),
    "orm.invalid_arguments": Korean(
        "스키마가 허용하지 않는 값(대개 undefined)으로 쿼리를 만듦",
        "쿼리 전에 값을 확인하기",
        "메시지 아래의 호출, 그 값의 출처",
    ),
    "orm.stub_object": Korean(
        "설정이 없어 대체 객체가 쓰임",
        "설정을 고치기",
        "어떤 설정이나 환경 변수가 데이터베이스를 껐는지",
    ),
    "redis.connection_refused": Korean("Redis가 꺼져 있음", "Redis를 시작하기", "redis-cli ping"),
    "redis.auth": Korean("비밀번호가 없거나 틀림", "비밀번호를 바로잡기", "환경 변수가 있는지"),
    "redis.memory_full": Korean(
        "maxmemory에 도달했고 noeviction 정책임", "한도나 정책을 바꾸기", "INFO memory"
    ),
    "redis.max_clients": Korean(
        "연결 누수 또는 작은 maxclients",
        "누수를 고치기, 새는 앱을 한 번 재시작하기",
        "CLIENT LIST(주소별)",
    ),
    "redis.max_retries": Korean(
        "재시도 한도보다 오래 Redis에 연결할 수 없음",
        "Redis를 기다리기",
        "redis.connection_refused 항목",
    ),
    "redis.loading": Korean("Redis가 시작 중", "기다리기", "INFO persistence"),
    "redis.readonly": Korean("장애 조치 뒤 복제본에 쓰고 있음", "주 서버를 가리키게 하기", "ROLE"),
    "redis.misconf": Korean(
        "저장할 수 없음(디스크 가득 참 또는 overcommit)", "디스크 비우기", "df, Redis 로그"
    ),
}

_NETWORK: Final = {
    "net.port_in_use": Korean(
        "이전 인스턴스가 아직 실행 중이거나, 둘째 사본이 있거나, 포트가 틀림",
        "우리 것이면 그 프로세스를 중지하고 아니면 포트를 바꾸기, 모르는 pid는 종료하지 않기",
        "포트를 쥔 프로세스의 pid, 명령, 폴더, 시작 시각, usher의 인스턴스인지",
    ),
    "net.port_privileged": Korean(
        "root가 아닌데 ip_unprivileged_port_start보다 낮은 포트를 씀",
        "더 높은 포트, 프록시, 또는 capability 쓰기",
        "ip_unprivileged_port_start 값, uid",
    ),
    "net.address_not_available": Korean(
        "이 호스트에 없는 주소에 bind하거나 임시 포트가 고갈됨",
        "HOST를 바로잡기",
        "ip addr, 소켓 수",
    ),
    "dns.not_found": Korean(
        "호스트 이름 오타, 사설 DNS, 또는 네트워크 없음", "이름을 바로잡기", "resolver 설정, 이름"
    ),
    "dns.temporary": Korean("resolver에 연결할 수 없음", "기다리기", "/etc/resolv.conf, UDP 53"),
    "net.connection_refused": Korean(
        "의존하는 다른 서비스가 꺼져 있음", "그 서비스를 시작하기", "host:port가 어느 서비스인지"
    ),
    "net.reset": Korean(
        "상대가 연결을 닫음, keepalive 불일치", "다시 시도하고 상대를 살펴보기", "상대, 빈도"
    ),
    "net.timeout": Korean(
        "의존하는 서비스가 느림",
        "시간 제한을 조정하고 서킷 브레이커를 두기",
        "호스트, 걸린 시간, 동시 요청 수",
    ),
    "net.unreachable": Korean("경로 없음", "네트워크를 고치기", "ip route"),
    "net.broken_pipe": Korean("클라이언트가 떠났거나 파이프가 닫힘", "드물면 무시하기", "빈도"),
    "net.bind_mismatch": Korean(
        "정의와 다른 포트나 주소에서 listen하여 클라이언트가 연결할 수 없음",
        "코드가 PORT와 HOST대로 listen하게 하거나 정의를 바로잡기",
        "`ss -ltnp`, `usher env NAME`의 PORT와 HOST 가운데 코드가 읽는 것",
    ),
    "tls.self_signed": Korean("신뢰하지 않는 CA", "CA 추가하기", "issuer와 subject"),
    "tls.untrusted_chain": Korean("중간 인증서나 CA가 없음", "인증서 체인을 고치기", "체인"),
    "tls.expired": Korean("인증서 갱신 실패", "갱신하기", "notAfter"),
    "tls.hostname": Korean("호스트 이름 불일치", "호스트나 인증서를 바로잡기", "SAN 목록"),
    "tls.wrong_protocol": Korean(
        "TLS 클라이언트가 평문 포트에 연결하거나 wss를 ws에 연결함",
        "scheme을 바로잡기",
        "scheme과 포트",
    ),
    "upstream.refused_502": Korean(
        "앱이 listen하지 않음(꺼짐, 틀린 포트, 아직 시작 중)",
        "앱을 시작하거나 포트를 바로잡기",
        "upstream 주소, 그곳에 listener가 있는지, 앱 상태",
    ),
    "upstream.host_not_found": Korean(
        "설정에 있는 이름을 알 수 없어 프록시가 시작되지 않음",
        "이름을 바로잡거나 그 이름을 가진 것을 먼저 시작하기",
        "`nginx -t`, 프록시에서 앱의 이름이 풀리는지",
    ),
    "upstream.closed_502": Korean(
        "요청 중에 앱이 죽거나 재시작됨, keepalive 경합",
        "앱의 종료 시각과 맞춰 보기",
        "1초 안에 앱이 종료됐는지",
    ),
    "upstream.timeout_504": Korean(
        "멈춘 앱 또는 느린 데이터베이스",
        "스택을 남기고, 점검도 실패하면 재시작하기",
        "점검 결과, 이벤트 루프 지연, 데이터베이스 활동",
    ),
    "upstream.none_live": Korean("모든 상대가 실패로 표시됨", "하나라도 살리기", "상대 목록"),
    "upstream.body_too_large": Korean("요청 본문이 한도를 넘음(413)", "한도를 올리기", "크기"),
    "upstream.header_too_big": Korean("큰 쿠키로 인한 502", "버퍼를 올리기", "헤더 크기"),
    "upstream.status": Korean("같은 시각의 error.log 항목 참조", "시각을 맞춰 보기", "빈도, 경로"),
    "ws.abnormal_1006": Korean(
        "close 프레임 없음: 프로세스가 죽었거나 프록시나 네트워크가 끊음",
        "keepalive, 재시작할 때 1001/1012로 닫기",
        "같은 시각의 서버 종료, 프록시 유휴 시간, ping 간격",
    ),
    "ws.policy_1008": Korean(
        "서버가 거부함: 세션이 없거나 모르는 세션, 인증",
        "클라이언트가 세션을 새로 만들기",
        "이유 문구, 재시작으로 세션 저장소를 잃었는지",
    ),
    "ws.too_big_1009": Korean("maxPayload보다 큰 프레임", "한도를 올리거나 나눠 보내기", "크기"),
    "ws.server_error_1011": Korean("처리기가 예외를 던짐", "코드를 고치기", "스택"),
    "ws.restart_1012": Korean(
        "계획된 재시작 또는 과부하", "간격을 늘려 가며 재연결하기", "배포 중인지"
    ),
    "ws.bad_frame_1007": Korean("프로토콜 오류", "클라이언트를 고치기", "클라이언트 버전"),
    "ws.handshake_status": Korean(
        "Upgrade가 프록시되지 않음, 틀린 경로, 또는 프록시 뒤 앱이 꺼짐",
        "프록시나 경로를 고치기",
        "상태 코드, 프록시의 Upgrade 헤더, 경로",
    ),
    "ws.heartbeat_lost": Korean(
        "클라이언트가 떠났거나 루프가 막힘",
        "한꺼번에 끊기면 루프가 막힌 것",
        "클라이언트별 빈도, 루프 지연",
    ),
    "ws.send_closed": Korean(
        "클라이언트가 떠난 뒤에 결과가 준비됨", "keepalive를 쓰거나 결과를 저장하기", "작업 시간"
    ),
}

_HOST: Final = {
    "fs.no_space": Korean(
        "디스크나 할당량이 가득 참",
        "로그를 정리하거나 디스크를 늘리기",
        "df -h, df -i, 가장 빨리 커지는 파일, 로그 폴더 크기",
    ),
    "fs.watch_limit": Korean(
        "inotify max_user_watches 한도에 도달함", "한도를 올리거나 감시를 끄기", "sysctl 값"
    ),
    "fs.too_many_open": Korean(
        "파일 디스크립터 누수 또는 낮은 ulimit",
        "한도를 올리거나 누수를 고치기, 재시작 한 번은 잠시 도움이 됨",
        "pid의 디스크립터 수와 종류, 한도",
    ),
    "fs.permission": Korean(
        "로그, 업로드, 소켓 폴더의 소유자나 권한",
        "소유자를 바로잡기",
        "경로의 stat, uid/gid, umask",
    ),
    "fs.read_only": Korean(
        "오류 뒤 파일 시스템이 읽기 전용으로 바뀜", "디스크를 복구하기", "마운트, 커널 로그"
    ),
    "fs.not_found": Korean(
        "파일이 없음: env, 빌드 결과, 업로드 폴더",
        "만들거나 복원하거나 빌드하기",
        "경로, 상위 폴더가 있는지, 빌드 시각",
    ),
    "os.oom_kill": Korean(
        "호스트나 cgroup의 메모리 고갈",
        "한도를 낮추고 누수를 고치고 메모리를 늘리기",
        "종료된 pid, 이름, anon-rss, cgroup인지 호스트인지, usher 밖을 포함한 메모리 상위, 추세",
    ),
    "os.cannot_fork": Korean(
        "프로세스나 스레드 한도", "한도를 올리거나 누수를 고치기", "ulimit -u, pids.max, 스레드 수"
    ),
    "os.cannot_allocate": Korean(
        "주소 공간이나 overcommit 한도", "메모리를 늘리거나 프로세스를 줄이기", "rlimit, free -m"
    ),
    "os.segfault": Korean(
        "네이티브 모듈의 버그 또는 ABI 불일치",
        "네이티브 모듈을 다시 빌드하기",
        "네이티브 모듈, 버전, 커널 로그",
    ),
    "exec.command_missing": Korean(
        "PATH에 인터프리터가 없음(cron에서 nvm을 읽지 않음)",
        "절대 경로나 환경을 설정하기",
        "PATH, which",
    ),
    "memory.rising_fast": Korean(
        "메모리가 꾸준히 늘어 15분 안에 한도를 넘을 수 있음: 부하, 캐시, 또는 누수",
        "아직 없음: 가비지 컬렉터의 긴 톱니 모양도 똑같이 보임",
        "`usher graph NAME`: 부하가 줄면 다시 내려가는지",
    ),
    "memory.leak_suspected": Korean(
        "가비지 컬렉션 뒤에 남는 메모리가 꾸준히 늘어남: 아무도 쓰지 않는 것이 남아 있음",
        "누수를 고치기, 그때까지는 `memory = { limit = ... }`로 호스트가 나빠지기 전에 교체하기",
        "`usher graph NAME`, 지금과 한 시간 뒤의 heap snapshot 비교",
    ),
    "memory.masked_leak": Korean(
        "예약 재시작이 누수를 가림: 실행할 때마다 또는 재시작할수록 메모리가 늘어남",
        "누수를 고치기: 매일 밤의 재시작은 하루가 길어질 때까지만 가려 줌",
        "`usher graph NAME`, 한 번의 실행 중 몇 시간 간격의 heap snapshot 비교",
    ),
    "cert.expiry": Korean(
        "인증서가 곧 만료되거나(3일 이내면 심각) 신뢰할 수 없음",
        "갱신하고(`certbot renew`) 서버가 새 인증서를 읽게 하기, 저절로 갱신되지 않은 이유를 찾기",
        "`usher probe tls://HOST:PORT`, 전체 체인은 `openssl s_client -connect HOST:PORT`",
    ),
    "fd.growth": Korean(
        "파일이나 소켓을 열고 닫지 않음: 한도에 도달하면 모든 것이 실패함(EMFILE)",
        "연 것을 닫기, 그만큼 필요하면 `nofile`을 올리기",
        "`ls -l /proc/PID/fd`: 대부분이 무엇인지",
    ),
    "probe.slow": Korean(
        "응답하지만 한 시간 전보다 훨씬 느림",
        "느려진 것을 찾기, 재시작하면 가려질 뿐임",
        "`usher graph NAME`: 같은 시각의 메모리와 CPU, 데이터베이스의 느린 쿼리 로그",
    ),
    "host.memory_pressure": Korean(
        "호스트에 남은 메모리가 거의 없음: 모든 것이 느려지고 커널이 프로세스를 종료함",
        "필요 없는 것을 종료하고, 앱에 한도를 두고, 메모리를 늘리기",
        "`ps aux --sort=-rss | head`, `usher list`",
    ),
    "host.memory_hog_foreign": Korean(
        "usher가 실행하지 않은 프로세스가 호스트 메모리를 많이 차지함",
        "실행되면 안 되는 것이면 종료하기, 앱을 재시작해도 도움이 되지 않음",
        "누가 시작했고 무엇인지: `ls -l /proc/PID/exe`, `cat /proc/PID/cgroup`",
    ),
    "host.disk": Korean(
        "디스크가 거의 찼거나 하루 안에 가득 참",
        "필요 없는 것을 지우거나 디스크를 늘리기",
        "`df -h`, `df -i`, `du -xh / | sort -h | tail`",
    ),
    "clock.jump": Korean(
        "시계가 바뀜: 토큰과 인증서가 거부될 수 있고 로그의 시각을 믿을 수 없음",
        "시계를 서서히 맞추는 시간 서버를 쓰기",
        "`timedatectl`, chrony 또는 systemd-timesyncd의 로그",
    ),
    "shutdown.slow": Korean(
        "중지 신호를 받고도 클라이언트가 열어 둔 연결(WebSocket)을 기다림",
        "중지 신호를 받으면 연결을 닫기(WebSocket은 1001 또는 1012)",
        "`usher events NAME`: `stopping`과 `killing`, 연결된 채로 남은 클라이언트",
    ),
    "host.kill_unexplained": Korean(
        "usher 밖에서 9번 신호가 왔고 메모리 부족의 흔적은 없음",
        "누가 종료했는지 찾기",
        "`usher audit`, 셸 기록, 호스트의 다른 관리 프로그램과 에이전트",
    ),
    "health.endpoint_static": Korean(
        "필요한 것이 응답하지 않는데도 상태 확인 주소는 정상이라고 함",
        "상태 확인이 의존하는 것을 함께 묻게 하거나 scope `dependency` 점검을 두기",
        "상태 확인이 무엇을 보는지, `usher describe NAME`에 두 응답이 있음",
    ),
    "dependency.down": Korean(
        "앱이 의존하는 것이 응답하지 않음",
        "의존하는 것을 고치기, 그 때문에 앱을 재시작하지는 않음",
        "다른 호스트에서 같은 질문, 의존하는 것의 로그",
    ),
    "probe.never_succeeded": Korean(
        "점검이 한 번도 통과하지 않음: 포트, 경로, 프로토콜이 틀림",
        "점검을 바로잡거나 앱이 listen하는 곳을 바로잡기",
        "프로세스가 어디에서 listen하는지(`usher describe`), 그 경로를 직접 물었을 때의 응답",
    ),
    "probe.unresponsive": Korean(
        "전에는 응답했으나 이제 응답하지 않음: 막힘, 교착, 또는 과부하",
        "무엇을 기다리는지 찾기, 그동안 usher가 교체함",
        "프로세스와 스레드의 상태, CPU 시간, 연결(`usher events`)",
    ),
    "remote.unanswered": Korean(
        "다른 곳에서 실행되는 서비스가 제대로 응답하지 않음: 서비스나 그곳까지의 경로가 끊김",
        "usher가 `recover`의 조치를 실행하고 확인함, 조치가 없으면 실행되는 곳에서 고치기",
        "다른 네트워크에서 같은 질문, 플랫폼의 상태 페이지와 로그",
    ),
    "memory.limit": Korean(
        "허용된 것보다 많은 메모리를 씀: 누수, 캐시, 또는 필요한 양보다 낮은 한도",
        "무엇을 붙들고 있는지 찾거나 한도를 올리기, 그동안 usher가 교체함",
        "`usher graph NAME`으로 실행할 때마다 늘어나는지, 힙 스냅샷 두 개의 비교",
    ),
    "probe.error_answer": Korean(
        "응답은 하지만 자체 오류를 돌려주거나, 점검이 기대하는 응답이 아님",
        "로그에서 오류를 찾기, 그동안 usher가 교체함",
        "같은 질문을 직접 했을 때의 응답, 그 시각의 로그",
    ),
}

_NODE: Final = {
    "node.heap_oom": Korean(
        "V8 힙 한도: 누수 또는 너무 작은 한도",
        "누수를 고치기, RAM보다 낮은 선에서 한도를 올리기",
        "--max-old-space-size, RSS와 힙의 추세, 마지막 GC 로그, 켜져 있으면 heap snapshot",
    ),
    "node.module_missing": Korean(
        "의존성이 설치되지 않았거나, 진입 파일이 빌드되지 않았거나, --production 설치에 빠져 있음",
        "설치하거나 빌드하기",
        "진입 파일이 있는지, node_modules와 lock 파일의 시각, 빌드 버전",
    ),
    "node.esm_mismatch": Korean(
        ".js와 .cjs/.mjs 또는 package type의 불일치",
        "이름을 바꾸거나 변환하기",
        "package.json의 type, 확장자",
    ),
    "node.syntax_error": Korean(
        "잘못된 빌드 또는 너무 오래된 node", "되돌리기", "파일:행, node 버전"
    ),
    "node.bad_json": Korean(
        "잘린 설정 파일 또는 upstream의 HTML 오류 페이지",
        "파일을 고치기",
        "파일 크기와 시각, upstream 상태",
    ),
    "node.uncaught_type_error": Korean(
        "요청이나 백그라운드 경로의 코드 결함",
        "코드를 고치거나 되돌리기, 재시작은 다음에 같은 일이 생길 때까지만 도움이 됨",
        "전체 스택, 앱 코드의 첫 위치, 종료 전 마지막 요청, 버전",
    ),
    "node.unhandled_rejection": Korean("처리되지 않은 비동기 오류", "코드를 고치기", "이유, 스택"),
    "node.exception_swallowed": Korean(
        "처리기가 로그만 남기고 프로세스를 알 수 없는 상태로 둠",
        "비정상으로 보고, listen과 점검을 확인한 뒤 재시작하기",
        "포트에서 계속 listen했는지, 그 뒤의 상태",
    ),
    "node.stack_overflow": Korean("무한 재귀 또는 순환 데이터", "코드를 고치기", "스택"),
    "node.headers_sent": Korean("응답을 두 번 보냄", "코드를 고치기", "스택"),
    "node.invalid_header": Korean(
        "잘못된 헤더 값, x-action-redirect라면 server action을 노린 스캐너나 공격",
        "프레임워크를 패치하고 보안 징후로 다루기",
        "헤더 이름, 출발지 IP, 프레임워크 버전과 보안 권고",
    ),
    "node.listener_leak": Korean(
        "요청이나 연결마다 listener를 추가함", "코드를 고치기", "이벤트 이름, 증가 추세"
    ),
    "node.bad_option": Korean("이 버전이 모르는 node_args", "args를 고치기", "node -v, args"),
    "node.native_abi": Korean(
        "다시 빌드하지 않고 node를 올림", "npm rebuild", "node ABI, 모듈 경로"
    ),
    "node.unsettled_await": Korean("모듈 로딩이 끝나지 않음", "코드를 고치기", "종료 코드 13"),
    "npm.missing_script": Korean(
        "시작 명령이나 폴더가 틀림", "명령을 고치기", "package.json의 scripts, cwd"
    ),
    "npm.lock_mismatch": Korean(
        "lock 파일이 없거나 맞지 않음", "lock 파일을 커밋하기", "lock 파일의 시각"
    ),
    "npm.dependency_conflict": Korean("peer 의존성 충돌", "버전을 고정하기", "로그"),
    "build.failed": Korean("컴파일 오류", "되돌리고 이전 빌드를 유지하기", "첫 오류 행, 버전"),
}

_PYTHON: Final = {
    "py.uncaught_exception": Korean(
        "예상하지 못한 값을 만난 코드 결함",
        "그곳의 코드를 고치기, 그때까지는 같은 요청이 다시 실패함",
        "traceback에서 앱 코드의 마지막 위치, 그 전의 요청이나 작업",
    ),
    "py.module_missing": Korean(
        "venv가 활성화되지 않았거나 의존성이 없음", "설치하기", "인터프리터 경로, sys.prefix"
    ),
    "py.syntax_error": Korean("잘못된 배포 또는 너무 오래된 python", "되돌리기", "파일:행"),
    "py.missing_env": Korean("필수 환경 변수가 없음", "설정하기", "이름, 찾아본 env 파일"),
    "py.recursion": Korean("무한 재귀", "코드를 고치기", "스택"),
    "py.worker_timeout": Korean(
        "막힌 worker",
        "시간 제한을 올리거나 고치기, worker는 master가 이미 교체함",
        "느린 endpoint, 파이썬 스택",
    ),
    "py.worker_boot": Korean("앱의 import 또는 시작 오류", "고치기", "앞의 traceback"),
    "py.worker_oom": Korean(
        "worker가 밖에서 종료됨, 대개 메모리 부족 때문", "메모리를 확보하기", "커널 로그"
    ),
    "py.startup_failed": Korean("시작 훅이 예외를 던짐", "의존하는 것을 고치기", "위의 traceback"),
    "py.asgi_load": Korean("틀린 모듈 경로", "고치기", "명령줄"),
    "py.loop_blocked": Korean("루프에서 동기 작업을 함", "코드를 고치기", "시간, 코루틴"),
    "py.task_lost": Korean("백그라운드 작업이 조용히 실패함", "코드를 고치기", "예외"),
}

_PLATFORMS: Final = {
    "pm2.unstable_restarts": Korean(
        "반복 종료", "근본 원인을 고치기", "시도마다의 종료 코드와 stderr의 끝"
    ),
    "pm2.memory_restart": Korean(
        "누수 또는 한도(30초마다 검사함)", "누수를 고치기", "현재 메모리, 한도, 증가 속도"
    ),
    "pm2.kill_forced": Korean("종료 처리가 멈춤", "종료 처리를 고치기", "열린 소켓, 처리기"),
    "pm2.config_missing": Korean("틀린 폴더나 파일", "경로를 바로잡기", "경로"),
    "pm2.exit": Korean(
        "종료 기록(표시된 신호는 믿을 수 없음: 코드 1이 SIGINT로 표시됨)",
        "exit.* 항목을 보기",
        "앱의 stderr와 맞춰 보기",
    ),
    "env.missing": Korean(
        "변수가 없거나 비어 있음",
        "변수를 설정하기",
        "선언된 이름, 있는 이름, 빈 이름(값은 보지 않음)",
    ),
    "render.no_port": Korean(
        "앱이 0.0.0.0:$PORT에서 listen하지 않거나 죽음", "그 주소에 bind하기", "bind 주소, PORT"
    ),
    "render.health_check": Korean(
        "2xx/3xx가 아니거나 5초를 넘김", "경로나 처리기를 고치기", "경로의 상태 코드, 지연"
    ),
    "render.exited": Korean("프로세스가 죽음", "고치기", "위의 스택"),
    "render.memory": Korean("요금제의 메모리 한도", "고치거나 요금제를 올리기", "RSS 추세"),
    "heroku.boot_timeout": Korean(
        "60초 안에 $PORT에 bind하지 않음", "시작을 빠르게 하기", "시작 시간"
    ),
    "heroku.memory": Korean("메모리 할당량", "누수를 고치기", "RSS"),
    "heroku.app_crashed": Korean("프로세스 종료", "고치기", "종료 상태"),
    "heroku.request_timeout": Korean(
        "30초를 넘기거나 연결이 닫힘", "작업을 백그라운드로 옮기기", "경로, 처리 ms"
    ),
    "heroku.exit_timeout": Korean(
        "SIGTERM 뒤 30초 안에 종료되지 않음", "종료 처리를 고치기", "종료 로그"
    ),
}

KOREAN: Final[Mapping[str, Korean]] = {
    **_DATABASES,
    **_NETWORK,
    **_HOST,
    **_NODE,
    **_PYTHON,
    **_PLATFORMS,
}
"""Id of a signature -> its words."""
