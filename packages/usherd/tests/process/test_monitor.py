"""Statements of operations.md A.1 and usher.md E3: what runs is held against what should."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
from tests.usher_home import until

pytestmark = pytest.mark.process

GUARD = """
[roles.api.match]
file = "{folder}/role"
[roles.web.match]
file = "{folder}/role"
[files]
"web.toml" = "web"
"usher.toml" = "api"
[apps]
o4o-api = "api"
o4o-admin = "web"
"""

ALERTS = """
[channels.told]
command = ["{python}", "-c", "{tell}", "{folder}/told"]
"""

TELL = "import os, sys; open(sys.argv[1], 'a').write(os.environ['USHER_ALERT'] + chr(10))"

SLEEP = "import time\nwhile True:\n    time.sleep(1)\n"


@pytest.fixture
def api_server(usher: Any) -> Any:
    """A host of role api; the web server's file lies there too, as in the incident."""
    usher.script("role", "api\n").chmod(0o644)
    usher.script("usher.guard.toml", GUARD.format(folder=usher.folder))
    text = ALERTS.format(folder=usher.folder, python=sys.executable, tell=TELL)
    usher.script("usher.alerts.toml", text)
    usher.script("api.py", SLEEP)
    usher.script("admin.py", SLEEP)
    usher.config('[apps.o4o-api]\ncommand = ["python", "api.py"]\n')
    usher.script("web.toml", '[apps.o4o-admin]\ncommand = ["python", "admin.py"]\n')
    return usher


@contextmanager
def by_hand(usher: Any, script: str) -> Iterator[int]:
    process = subprocess.Popen([sys.executable, script], cwd=usher.folder)
    try:
        yield process.pid
    finally:
        process.kill()
        process.wait()


def found(usher: Any, app: str = "", code: int | None = 6) -> list[dict[str, Any]]:
    """Findings about one app; others may be of what runs on this host besides."""
    said = json.loads(usher("monitor", "--once", "--json", code=code).stdout)
    besides = "drift.unmanaged"  # another test's PM2
    return [
        each for each in said["findings"] if each.get("app", "") == app and each["code"] != besides
    ]


def told_as(usher: Any) -> list[dict[str, Any]]:
    return json.loads(usher("incidents", "--json").stdout)["incidents"]


def test_a1_07_a_foreign_process_is_listed_with_all_that_is_known(api_server: Any) -> None:
    api_server("start")
    with by_hand(api_server, "admin.py") as pid:
        (finding,) = found(api_server, "o4o-admin")
        assert finding["code"] == "drift.wrong_role"
        for part in (f"pid {pid}", "admin.py", str(api_server.folder), "'api'", "'web'", "user "):
            assert part in finding["message"]
        began = re.search(r" at (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)", finding["message"])
        assert began is not None
        assert abs(datetime.fromisoformat(began[1]).timestamp() - time.time()) < 120
    until(lambda: found(api_server, "o4o-admin", None) == [])
    assert found(api_server, "o4o-api", None) == []


def test_a1_12_the_daemon_alerts_once_and_tells_the_end(api_server: Any) -> None:
    """Incident: 61,200 s until somebody noticed."""
    api_server("start")
    told = api_server.folder / "told"

    def alerts() -> list[dict[str, Any]]:
        lines = told.read_text().splitlines() if told.exists() else []
        every = [json.loads(line) for line in lines]
        return [each for each in every if each["rule"] == "drift.wrong_role"]

    with by_hand(api_server, "admin.py") as pid:
        began = time.time()
        (alert,) = until(alerts, 60)
        print(f"detected {alert['detected'] - began:.1f} s after the start")
        assert f"pid {pid}" in alert["evidence"]
        assert abs(alert["first_seen"] - began) < 10  # the start of the process, not of the look
        assert (alert["role"], alert["state"], alert["severity"]) == (
            "api",
            "open",
            "major",
        )
        assert {"id", "host", "subject", "first_seen", "last_seen", "suggested"} <= alert.keys()
        assert any(each["event"] == "alert" for each in api_server.events())
    (incident,) = until(lambda: [each for each in told_as(api_server) if each["recovered"]], 120)
    assert (incident["kind"], incident["services"]) == ("foreign", ["o4o-admin"])
    assert [each["state"] for each in alerts()] == ["open"]  # over when that has lasted a minute
    logged = api_server.home / "alerts.jsonl"
    assert logged.stat().st_mode & 0o777 == 0o600
    assert b"\x1b" not in logged.read_bytes()


@pytest.mark.debian
def test_e3_acceptance_3_what_pm2_starts_behind_our_back_is_told_within_60_s(
    api_server: Any, pm2: Any
) -> None:
    api_server("start")
    told = api_server.folder / "told"
    began = time.time()
    pm2("start", "admin.py", "--name", "o4o-admin", "--interpreter", sys.executable)

    def alerts() -> list[dict[str, Any]]:
        lines = told.read_text().splitlines() if told.exists() else []
        every = map(json.loads, lines)
        return [each for each in every if each["subject"] == "o4o-admin"]

    (alert,) = until(alerts, 60)
    print(f"detected {alert['detected'] - began:.1f} s after the start")
    (process,) = json.loads(pm2("jlist").splitlines()[-1])
    assert alert["rule"] == "drift.wrong_role"
    for part in (f"pid {process['pid']}", "admin.py", f"started by PM2 (pid {pm2.pid})", "'web'"):
        assert part in alert["evidence"]
    # Nothing is ended for it, and who asks is told the same.
    assert process["pm2_env"]["status"] == "online"
    assert f"PM2 (pid {pm2.pid})" in api_server("monitor", "--once", code=6).stdout


def test_a1_10_restarts_count_in_a_window_and_no_colour_reaches_a_file(api_server: Any) -> None:
    api_server("start")
    api_server("restart", "o4o-api")
    assert found(api_server, "o4o-api", None) == []
    api_server.env["FORCE_COLOR"] = "1"
    shown = api_server("monitor", "--once", code=None).stdout
    assert "\x1b" not in shown
    for path in api_server.home.rglob("*"):
        if path.is_file() and path.suffix in (".jsonl", ".log"):
            assert b"\x1b" not in path.read_bytes(), path


def test_a1_08_that_nothing_runs_is_an_error(api_server: Any) -> None:
    (finding,) = found(api_server)
    assert finding["code"] == "drift.nothing_runs"
    assert "o4o-api" in finding["message"]
    api_server("start")
    api_server("stop", "o4o-api")
    assert [each["code"] for each in found(api_server, code=None)] == []  # a person wants it down


@pytest.mark.parametrize("interval", ["abc", "0", "-1", "1e9"])
def test_a1_09_a_wrong_interval_is_refused(usher: Any, interval: str) -> None:
    assert "cannot run" in usher("monitor", f"--interval={interval}", code=1).stderr


def test_a1_09_the_interval_is_kept(api_server: Any) -> None:
    """Counted by the daemon's answers, not by a clock of ours: 3 looks fit into 2 intervals."""
    with subprocess.Popen(
        [sys.executable, "-m", "usher.main", "monitor", "--json", "--interval", "1"],
        cwd=api_server.cwd,
        env=api_server.env,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        told = map(json.loads, process.stdout)
        ours = (each for each in told if each["rule"] == "drift.nothing_runs")
        first = next(ours)
        api_server("start")
        last = next(each for each in ours if each.get("state") == "resolved")
        assert last["id"] == first["id"]
        process.send_signal(signal.SIGINT)
        process.wait(20)
    assert last["last_seen"] - first["first_seen"] >= 2


def test_a_changed_file_is_told_until_it_is_started(api_server: Any) -> None:
    api_server("start")
    assert found(api_server, "o4o-api", None) == []
    path = api_server.config('[apps.o4o-api]\ncommand = ["python", "api.py", "more"]\n')
    later = time.time() + 5
    os.utime(path, (later, later))
    (finding,) = found(api_server, "o4o-api")
    assert finding["code"] == "drift.config"
    assert re.search(r"changed since 'o4o-api' was started", finding["message"])


def test_without_a_guard_nothing_wakes_up_for_it(usher: Any) -> None:
    usher.config('[apps.one]\ncommand = ["sleep", "1000"]\n')
    usher("start")
    assert not (usher.home / "alerts.jsonl").exists()
    assert found(usher, "one", None) == []
