"""People are told of a real trouble once, and once that it is over: what they get is true."""

import base64
import hashlib
import hmac
import http.server
import json
import os
import signal
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from tests.usher_home import until

pytestmark = pytest.mark.process

SECRET = "hunter2-hunter2"
PATH = "/hooks/T0-4711"

SERVES = """
import http.server
http.server.ThreadingHTTPServer(("127.0.0.1", int(__import__("sys").argv[1])),
    http.server.SimpleHTTPRequestHandler).serve_forever()
"""


class Hook:
    """A web service that people read; takes only what is signed with the secret."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        hook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                signed = f"{self.headers['webhook-id']}.{self.headers['webhook-timestamp']}."
                digest = hmac.digest(SECRET.encode(), signed.encode() + body, hashlib.sha256)
                wanted = f"v1,{base64.b64encode(digest).decode()}"
                good = self.path == PATH and self.headers["webhook-signature"] == wanted
                if good:
                    hook.got.append(json.loads(body))
                self.send_response(204 if good else 401)
                self.end_headers()

            def log_message(self, *args: object) -> None:
                """Keep quiet."""

        self.server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.server.server_port}{PATH}"

    def of(self, service: str) -> list[str]:
        return [each["event"] for each in self.got if each.get("subject") == service]


@pytest.fixture
def hook() -> Iterator[Hook]:
    hook = Hook()
    yield hook
    hook.server.shutdown()
    hook.thread.join()
    hook.server.server_close()


def test_e19_a_hang_is_one_message_and_its_verified_recovery_another(
    usher: Any, hook: Hook
) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    usher.script("secret", SECRET).chmod(0o600)
    usher.script(
        "usher.alerts.toml",
        f"language = 'ko'\n[channels.hook]\nwebhook = '{hook.url}'\n"
        "secret = { file = 'secret' }\n"
        "[channels.lost]\nwebhook = 'http://127.0.0.1:9/T0-4711'\nseverity = 'critical'\n",
    ).chmod(0o600)
    script = usher.script("serves.py", SERVES)
    usher.config(
        f'[apps.api]\ncommand = ["python3", "{script}", "{port}"]\n'
        f'[apps.api.probes.alive]\nhttp = "http://127.0.0.1:{port}/"\n'
        "interval = '300ms'\nconfirm_interval = '200ms'\ntimeout = '1s'\nfail = 2\n"
    )
    usher("start")
    tried = json.loads(usher("alert", "test", "--json", code=3).stdout)["channels"]
    assert [(each["channel"], bool(each["failure"])) for each in tried] == [
        ("hook", False),
        ("lost", True),
    ]
    until(lambda: "status 200" in usher("describe", "api").stdout, 60)
    (pid,) = usher.pids().values()
    os.kill(pid, signal.SIGSTOP)
    until(lambda: hook.of("api") == ["detected"], 60)
    until(lambda: hook.of("api") == ["detected", "resolved"], 180)
    _, detected, resolved = hook.got
    assert "장애 감지: api, 실행 중이지만 응답 없음" in detected["title"]
    assert "다음 명령: usher incident show INC-1" in detected["text"]
    assert resolved["verified"] is True
    assert "continued" in resolved["actions"]
    assert "검증: 완료" in resolved["text"]
    text = usher("metrics").stdout
    assert 'usher_alert_messages_waiting{channel="hook"} 0' in text
    assert 'usher_alert_messages_given_up_total{channel="lost"} 0' in text
    until(lambda: 'messages_sent_total{channel="hook"} 2' in usher("metrics").stdout, 60)
    listed = usher("alert", "list", code=None).stdout
    assert "no trouble is open" in listed
    state = [path for path in usher.home.rglob("*") if path.is_file()]
    for said in (
        listed,
        json.dumps(tried),
        *(path.read_bytes().decode("latin-1") for path in state),
    ):
        assert "T0-4711" not in said
        assert SECRET not in said


def test_what_is_muted_is_told_when_it_no_longer_is(usher: Any, hook: Hook) -> None:
    usher.script(
        "usher.alerts.toml", f"[channels.hook]\nwebhook = '{hook.url}'\nsecret = '{SECRET}'\n"
    ).chmod(0o600)
    script = usher.script("dies.py", "import sys; sys.exit(3)")
    usher.config(
        f'[apps.job]\ncommand = ["python3", "{script}"]\nautostart = false\n'
        'restart = { delays = ["0s"], start_limit = 2 }\n'
        '[apps.calm]\ncommand = ["sleep", "1000"]\n'
    )
    usher("start")
    assert usher("alert", "mute", "jobs", code=1).stderr.startswith("usher: cannot mute 'jobs'")
    usher("alert", "mute", "--for", "2h")
    usher("start", "job", "--no-wait")
    (alert,) = until(lambda: json.loads(usher("alert", "--json").stdout)["alerts"], 60)
    assert alert["subject"] == "job"
    assert "muted: all until" in usher("alert").stdout
    assert hook.got == []
    usher("alert", "ack", "job")
    assert "(looked after)" in usher("alert", "list").stdout
    usher("alert", "unmute")
    until(lambda: any(each["gave_up"] for each in hook.got), 60)
    assert hook.of("job") in (["detected"], ["detected", "worse"])
    asked = map(json.loads, usher("audit", "--json").stdout.splitlines())
    assert {"alert mute", "alert ack job", "alert unmute"} <= {each["request"] for each in asked}
