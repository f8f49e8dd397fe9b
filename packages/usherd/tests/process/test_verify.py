"""`usher verify`: every proof on a real app with a real PostgreSQL, and each of them failing."""

import json
import sys
from typing import Any

import pytest

pytestmark = pytest.mark.process

APP = """
import http.server, os, sys
import psycopg

connection = psycopg.connect(os.environ["DATABASE_URL"])

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        good = self.path == "/health"
        if self.path == "/full":
            print("error: sorry, too many clients already", file=sys.stderr, flush=True)
        self.send_response(200 if good else 500)
        self.end_headers()
    def log_message(self, *args):
        pass

http.server.HTTPServer(("127.0.0.1", int(os.environ["LISTEN"])), Handler).serve_forever()
"""

FILE = """
[apps.api]
command = ["{python}", "{script}"]
env = {{ DATABASE_URL = "{url}", PORT = "{port}", LISTEN = "{listen}", PYTHONPATH = "/nowhere" }}
pool = {{ max = 1 }}
ready = {{ http = "http://127.0.0.1:{listen}/health", interval = "200ms" }}
probes.web = {{ http = "http://127.0.0.1:{listen}{path}", scope = "edge" }}
"""


@pytest.fixture
def start(usher: Any, postgresql: Any, unused_tcp_port_factory: Any) -> Any:
    def begin(path: str = "/health", *, elsewhere: bool = False) -> None:
        listen = unused_tcp_port_factory()
        usher.config(
            FILE.format(
                python=sys.executable,
                script=usher.script("app.py", APP),
                url=postgresql.url,
                port=unused_tcp_port_factory() if elsewhere else listen,
                listen=listen,
                path=path,
            )
        )
        usher("start")

    return begin


def proofs(usher: Any, code: int) -> dict[str, tuple[str, str]]:
    done = usher("verify", "--json", code=code)
    answer = json.loads(done.stdout)
    assert answer["exit_code"] == code
    assert "correct-horse" not in done.stdout
    (instance,) = answer["instances"]
    return {each["what"]: (each["result"], each["detail"]) for each in instance["proofs"]}


def test_a0_12_verify_proves_everything_and_prints_lines_and_json(
    usher: Any, start: Any, postgresql: Any
) -> None:
    start()
    found = proofs(usher, 0)
    assert list(found) == ["alive", "port", "http", "database", "log"]
    assert {result for result, _ in found.values()} == {"ok"}
    assert "takes role 'app'" in found["database"][1]
    lines = usher("verify", "api").stdout.splitlines()
    assert [line.split()[1:3] for line in lines] == [[what, "ok"] for what in found]
    assert postgresql.sessions() == 1, "verify keeps no connection"


def test_a0_12_verify_sees_another_port_and_a_failing_probe(usher: Any, start: Any) -> None:
    start("/broken", elsewhere=True)
    found = proofs(usher, 3)
    assert found["port"][0] == "failed"
    assert found["http"] == ("failed", found["http"][1])
    assert "web: status 500" in found["http"][1]
    assert found["alive"][0] == "ok"


def test_a0_12_verify_sees_refused_credentials_and_a_signature(
    usher: Any, start: Any, postgresql: Any, until: Any
) -> None:
    start("/full")
    postgresql.sql("ALTER ROLE app PASSWORD 'changed'")
    try:
        until(lambda: proofs(usher, 3)["log"][0] == "failed", 30)
        found = proofs(usher, 3)
        assert "db.too_many_connections" in found["log"][1]
        assert found["database"][0] == "failed"
        assert "authentication failed" in found["database"][1]
    finally:
        postgresql.sql("ALTER ROLE app PASSWORD 'correct-horse'")


def test_a0_12_verify_of_what_is_down(usher: Any, start: Any) -> None:
    start()
    usher("stop", "api")
    assert proofs(usher, 3) == {"alive": ("failed", "it has no process")}


def test_a0_09_an_app_that_never_says_ready_is_never_called_so(usher: Any) -> None:
    """A line in its log is no proof; the team's file waited 3 s and took that for one."""
    usher.config(
        "[apps.api]\n"
        'command = ["sh", "-c", "echo ready; echo listening on 4000; exec sleep 1000"]\n'
        'ready = { notify = true, timeout = "2s" }\nrestart = "never"\n'
    )
    said = usher("start", code=3)
    assert "ready in time" in said.stdout + said.stderr
    events = [each["event"] for each in usher.events("api")]
    assert "starting" in events
    assert not {"ready", "running"} & {*events}
    service = usher.services()["api"]
    assert (service["status"], service["ready"]) == ("failed", 0)
    assert usher("verify", "api", code=3).returncode == 3
