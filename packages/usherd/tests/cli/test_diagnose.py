"""usher diagnose --log: the cause from a pasted log, without any process (A.3.11)."""

import json
import subprocess
import sys
from pathlib import Path

LOG = """\
2026-11-21 10:00:01 UnhandledPromiseRejection: This error originated either by throwing
2026-11-21 10:00:01 Error: connect ECONNREFUSED 127.0.0.1:5432
2026-11-21 10:00:02 retrying postgres://app:Tr0ub4dor-3xyz@db.internal/shop
"""


def diagnose(*words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "usher.main", *words],
        input=given,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a3_11_a_piped_log_gives_the_cause_as_json() -> None:
    done = diagnose("diagnose", "--log", "-", "--json", given=LOG)
    assert done.returncode == 0
    (answer,) = json.loads(done.stdout)["cases"]
    first, second = answer["causes"]
    assert first["id"] == "db.connection_refused"
    assert first["restart"] == "wait"
    assert first["evidence"] == [
        {
            "line": 2,
            "time": "2026-11-21 10:00:01",
            "text": "Error: connect ECONNREFUSED 127.0.0.1:5432",
        }
    ]
    assert second["id"] == "node.unhandled_rejection"
    assert "memory" in answer["excluded"]


def test_a3_11_the_same_for_people_and_as_markdown(tmp_path: Path) -> None:
    log = tmp_path / "platform.log"
    log.write_text(LOG)
    text = diagnose("diagnose", "--log", str(log)).stdout
    assert text.startswith("1. db.connection_refused")
    assert "what followed: node.unhandled_rejection (line 1)" in text
    markdown = diagnose("diagnose", "--log", str(log), "--md").stdout
    assert markdown.startswith("## Why it failed\n")
    assert "`Error: connect ECONNREFUSED 127.0.0.1:5432`" in markdown


def test_a3_11_an_unknown_fault_needs_a_person() -> None:
    done = diagnose("diagnose", "--log", "-", given="listening on 3000\nGET / 200\n")
    assert done.returncode == 10
    assert done.stdout.startswith("no known fault in 2 lines")


def test_a_declared_port_is_a_databases() -> None:
    line = "Error: connect ECONNREFUSED 10.0.0.5:15432\n"
    words = ("diagnose", "--log", "-", "--json", "--port", "15432")
    (case,) = json.loads(diagnose(*words, given=line).stdout)["cases"]
    (cause,) = case["causes"]
    assert cause["id"] == "db.connection_refused"


def test_no_secret_of_the_log_is_shown() -> None:
    line = (
        "FATAL: password authentication failed for user app: postgres://app:Tr0ub4dor-3xyz@db/s\n"
    )
    for form in ((), ("--json",), ("--md",)):
        done = diagnose("diagnose", "--log", "-", *form, given=line)
        assert "auth_failed" in done.stdout
        assert "Tr0ub4dor" not in done.stdout + done.stderr


def test_a_line_without_end_is_looked_at_once() -> None:
    done = diagnose("diagnose", "--log", "-", "--json", given="EADDRINUSE " + "x" * 200_000)
    (answer,) = json.loads(done.stdout)["cases"]
    assert answer["lines"] == 1
    assert answer["causes"][0]["id"] == "net.port_in_use"


def test_a_log_that_cannot_be_read_is_named() -> None:
    done = diagnose("diagnose", "--log", "/nonexistent/app.log")
    assert done.returncode == 1
    assert "cannot read the log '/nonexistent/app.log'" in done.stderr


def test_apps_and_a_log_at_once_are_refused() -> None:
    done = diagnose("diagnose", "api", "--log", "x")
    assert done.returncode == 1
    assert "cannot diagnose apps and a log at once" in done.stderr
