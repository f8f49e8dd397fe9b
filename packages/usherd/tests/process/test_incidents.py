"""Incidents of real services: opened, closed and told by usher itself, whatever daemon runs."""

import json
import os
import signal
import socket
from typing import Any

import pytest
from tests.usher_home import until

pytestmark = pytest.mark.process

HANGS = """
import http.server
http.server.ThreadingHTTPServer(("127.0.0.1", int(__import__("sys").argv[1])),
    http.server.SimpleHTTPRequestHandler).serve_forever()
"""


@pytest.fixture
def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def incidents(usher: Any) -> list[dict[str, Any]]:
    return json.loads(usher("incidents", "--json").stdout)["incidents"]


def test_e17_a_hang_is_told_from_its_first_sign_to_its_end(usher: Any, free_port: int) -> None:
    script = usher.script("hangs.py", HANGS)
    usher.config(
        f'[apps.api]\ncommand = ["python3", "{script}", "{free_port}"]\n'
        f'[apps.api.probes.alive]\nhttp = "http://127.0.0.1:{free_port}/"\n'
        "interval = '300ms'\nconfirm_interval = '200ms'\ntimeout = '1s'\nfail = 2\n"
    )
    usher("start")
    assert usher("incidents", "--lang", "en").stdout.startswith("No incident so far: ")
    assert usher("incident", "show", "latest", code=1).stderr.startswith("usher: cannot show")
    until(lambda: "status 200" in usher("describe", "api").stdout, 30)
    (pid,) = usher.pids().values()
    os.kill(pid, signal.SIGSTOP)
    (found,) = until(lambda: [each for each in incidents(usher) if each["recovered"]], 60)
    assert found["id"] == "INC-1"
    assert found["kind"] == "hang"
    assert found["state"] == "recovered"
    assert found["services"] == ["api"]
    assert found["durations"]["whole"] > found["durations"]["detect"] > 0
    events = {each["event"] for each in usher.events("api")}
    report = json.loads(usher("incident", "show", "1", "--json").stdout)
    assert report["schema"] == "usher.incident/1"
    assert {each["event"] for each in report["timeline"]} <= events | {"first-sign"}
    (impact,) = report["impact"]["services"]
    assert (impact["name"], impact["kind"]) == ("api", "hang")
    assert 0 < impact["seconds"] <= found["durations"]["whole"] + 0.001
    assert "continued" in {each["kind"] for each in report["actions"]}
    korean = usher("incident", "show", "latest", "--md", "--lang", "ko").stdout
    assert korean.startswith("# 장애 INC-1: api, 실행 중이지만 응답 없음\n")
    shown = usher("incident", "show", "latest", "--lang", "en").stdout
    assert shown.startswith("Incident INC-1: api, runs and does not answer\nAll times are ")
    assert "<h1>Incident INC-1" in usher("incident", "show", "1", "--html", "--lang", "en").stdout


def test_the_next_daemon_goes_on_with_the_book(usher: Any) -> None:
    script = usher.script("dies.py", "raise SystemExit(3)")
    usher.config(
        f'[apps.job]\ncommand = ["python3", "{script}"]\n'
        'restart = { delays = ["0s"], start_limit = 2 }\n'
    )
    usher("start", code=4)
    (first,) = until(lambda: incidents(usher), 30)
    os.kill(usher.ping()["daemon"]["pid"], signal.SIGKILL)
    (again,) = until(lambda: incidents(usher), 30)
    assert (again["id"], again["detected"]) == (first["id"], first["detected"])
    database = usher.home / "state" / "incidents.db"
    assert database.stat().st_mode & 0o777 == 0o600
