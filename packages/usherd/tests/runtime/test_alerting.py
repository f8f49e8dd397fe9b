"""Alerts on their way to people: none is lost over a daemon, a failing channel is told."""

import asyncio
import http.server
import json
import os
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from usher.guard import alerts
from usher.keeper import wire
from usher.model.alert import Channel, Command, Webhook
from usher.model.finding import Finding
from usher.runtime import alerting
from usher.runtime.alerting import Alerting

WRONG = Finding("pid 7 runs", app="o4o-admin", code="drift.wrong_role", hint="end it")


class Helpers:
    """Runs programs for real."""

    def __init__(self) -> None:
        self.runs = 0

    async def run_helper(self, argv: Any, /, **fields: Any) -> wire.Message:
        self.runs += 1
        done = await asyncio.to_thread(
            subprocess.run, argv, env=fields["env"], stdout=subprocess.PIPE, check=False
        )
        return {
            "status": {"code": done.returncode},
            "output": done.stdout.decode(),
            "timed_out": False,
        }


class Desk:
    """One home and its alerts; `clock` is the wall clock."""

    def __init__(self, home: Path) -> None:
        self.home = home
        (home / "state").mkdir()
        self.clock = 1_000_000.0
        self.notes: list[tuple[str, str]] = []
        self.helpers = Helpers()
        self.alerting = self.begin()

    def begin(self) -> Alerting:
        return Alerting(
            self.home,
            self.helpers,
            lambda event, detail: self.notes.append((event, detail)),
            lambda: self.clock,
        )

    def take(self, *findings: Finding, channel: Channel) -> None:
        self.alerting.take(findings, [channel], "host-1", "api")

    def logged(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.home / "alerts.jsonl").read_text().splitlines()]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    await eventually(lambda: not desk.alerting.is_busy)


async def eventually(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not holds():
            await asyncio.sleep(0.01)


def writer(folder: Path) -> Command:
    """Make a channel that fails as long as there is a file `broken`."""
    code = (
        "import os, pathlib, sys\n"
        "folder = pathlib.Path(sys.argv[1])\n"
        "if (folder / 'broken').exists(): print('no route'); sys.exit(1)\n"
        "with open(folder / 'told', 'a') as file: file.write(os.environ['USHER_ALERT'] + '\\n')\n"
    )
    return Command((sys.executable, "-c", code, str(folder)))


async def test_a_command_gets_the_alert_and_the_log_has_it(desk: Desk) -> None:
    desk.take(WRONG, channel=writer(desk.home))
    told = desk.home / "told"
    await eventually(told.exists)
    alert = json.loads(told.read_text())
    assert (alert["rule"], alert["subject"], alert["host"]) == (
        "drift.wrong_role",
        "o4o-admin",
        "host-1",
    )
    assert desk.logged() == [alert]
    assert (desk.home / "alerts.jsonl").stat().st_mode & 0o777 == 0o600
    assert desk.notes == [("alert", "open: drift.wrong_role: pid 7 runs")]


async def test_a1_11_an_alert_is_json_with_every_field(desk: Desk) -> None:
    desk.take(WRONG, channel=writer(desk.home))
    await eventually((desk.home / "told").exists)
    assert desk.logged() == [
        {
            "id": "drift.wrong_role|o4o-admin@1000000.000",
            "rule": "drift.wrong_role",
            "subject": "o4o-admin",
            "severity": "error",
            "evidence": "pid 7 runs",
            "suggested": "end it",
            "first_seen": 1_000_000.0,
            "last_seen": 1_000_000.0,
            "told": 1_000_000.0,
            "count": 1,
            "absent": 0,
            "state": "open",
            "host": "host-1",
            "role": "api",
        }
    ]


async def test_a1_10_the_log_of_alerts_is_rotated_by_size_and_age(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def take(subject: str, evidence: str = "x") -> None:
        finding = Finding(evidence, app=subject, code="drift.absent")
        (alert,) = alerts.fold({}, [finding], desk.clock).news
        alerting.log_alert(desk.home / "alerts.jsonl", alert)

    def subjects(name: str) -> list[str]:
        lines = (desk.home / name).read_text().splitlines()
        return [json.loads(line)["subject"] for line in lines]

    take("a")
    desk.clock += alerting.LOG_AGE - 1
    take("b")
    assert subjects("alerts.jsonl") == ["a", "b"]
    desk.clock += 2
    take("c")
    assert (subjects("alerts.jsonl.1"), subjects("alerts.jsonl")) == (["a", "b"], ["c"])
    monkeypatch.setattr(alerting, "LOG_SIZE", 1000)
    take("d", "y" * 1000)
    assert subjects("alerts.jsonl.1") == ["c", "d"]
    assert not (desk.home / "alerts.jsonl").exists()


async def test_a_failing_channel_is_told_once_and_tried_again_by_the_next_daemon(
    desk: Desk,
) -> None:
    (desk.home / "broken").touch()
    desk.take(WRONG, channel=writer(desk.home))
    await eventually(lambda: len(desk.notes) == 2)
    assert desk.notes[1][0] == "alert-late"
    assert "no route" in desk.notes[1][1]
    await eventually(lambda: b'"tries":1' in (desk.home / "state" / "alerts.json").read_bytes())
    (desk.home / "broken").unlink()
    desk.alerting = desk.begin()
    desk.take(WRONG, channel=writer(desk.home))  # no news, and not due yet
    assert desk.helpers.runs == 1
    desk.clock += alerting.DELAYS[0]
    desk.take(WRONG, channel=writer(desk.home))
    await eventually((desk.home / "told").exists)
    assert len(desk.alerting.open) == 1


async def test_what_cannot_be_delivered_for_a_day_is_given_up(desk: Desk) -> None:
    (desk.home / "broken").touch()
    desk.take(WRONG, channel=writer(desk.home))
    await eventually(lambda: len(desk.notes) == 2)
    desk.clock += alerting.GIVE_UP + 1
    desk.alerting.deliver()
    await eventually(lambda: desk.notes[-1][0] == "alert-lost")


@pytest.fixture
def webhook() -> Iterator[tuple[str, list[bytes]]]:
    got: list[bytes] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(302 if self.path == "/elsewhere" else 204)
            self.send_header("Location", "/")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Keep quiet."""

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", got
    server.shutdown()
    thread.join()
    server.server_close()


async def test_a_webhook_gets_it_and_redirects_are_not_followed(
    desk: Desk, webhook: tuple[str, list[bytes]]
) -> None:
    url, got = webhook
    desk.take(WRONG, channel=Webhook(f"{url}/secret-path"))
    await eventually(lambda: len(got) == 1)
    assert json.loads(got[0])["subject"] == "o4o-admin"
    other = Finding("x", app="b", code="drift.absent")
    desk.take(WRONG, other, channel=Webhook(f"{url}/elsewhere"))
    await eventually(lambda: any(event == "alert-late" for event, _ in desk.notes))
    assert len(got) == 2
    assert all("elsewhere" not in detail for _, detail in desk.notes)


async def test_the_book_survives_the_daemon(desk: Desk) -> None:
    desk.take(WRONG, channel=Command((sys.executable, "-c", "")))
    await eventually(lambda: not desk.alerting.is_busy)
    before = desk.alerting.open
    desk.alerting = desk.begin()
    assert desk.alerting.open == before
    (desk.home / "state" / "alerts.json").write_bytes(b"damaged")
    desk.alerting = desk.begin()
    assert desk.alerting.open == []
    assert os.environ.get("USHER_ALERT") is None
