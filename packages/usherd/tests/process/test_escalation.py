"""Statement A.3.15 of operations.md with a real app that stops answering, and short timers."""

import json
import sys
from typing import Any

import pytest
from tests.sample_app.sample import free_port
from tests.usher_home import until

pytestmark = pytest.mark.process

ANSWERS_UNTIL = """
import http.server, os, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(500 if os.path.exists(sys.argv[1]) else 200)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[2])), Handler).serve_forever()
"""


def test_a3_15_help_variables_and_a_person_come_at_their_times(usher: Any) -> None:
    port = free_port()
    script = usher.script("app.py", ANSWERS_UNTIL)
    env = usher.script(".env", "COLOUR=red\n")
    usher.config(
        f'[apps.web]\ncommand = ["{sys.executable}", "{script}", "sick", "{port}"]\n'
        f'env_file = "{env}"\n'
        'restart = { replace_after = "1h", check_env_after = "3s", escalate_after = "5s" }\n'
        f'[apps.web.probes]\nup = {{ http = "http://127.0.0.1:{port}/", interval = "1s" }}\n'
    )
    usher("start")
    until(lambda: usher.services()["web"]["instances"][0]["probes"][0]["passed_ever"], 60)
    env.write_text("COLOUR=blue\n")
    (usher.folder / "sick").touch()

    def told() -> dict[str, str]:
        return {each["event"]: each["detail"] for each in usher.events("web")}

    until(lambda: "escalated" in told(), 90)
    found = told()
    assert "help begins after 60 min" in found["withheld"]
    assert found["env-checked"] == "not as in the definition and its files: COLOUR"
    assert "a person has to look at it" in found["escalated"]
    assert "replaced" not in found
    until(lambda: incident(usher)["severity"] == "critical", 60)


def incident(usher: Any) -> Any:
    return json.loads(usher("incidents", "--json").stdout)["incidents"][0]


def test_a3_15_a_person_is_called_for_what_crashes_though_nothing_happens_any_more(
    usher: Any,
) -> None:
    script = usher.script("dies.py", "raise SystemExit(3)")
    usher.config(
        f'[apps.web]\ncommand = ["{sys.executable}", "{script}"]\n'
        'restart = { delays = ["0s"], start_limit = 2, escalate_after = "3s" }\n'
    )
    usher("start", code=4)

    def told() -> list[str]:
        return [each["event"] for each in usher.events("web")]

    until(lambda: "escalated" in told(), 60)
    assert told().index("start-limit-hit") < told().index("escalated")
    assert incident(usher)["kind"] == "crash"
