"""Alerts on their way to people: none is lost over a daemon, a failing channel is told."""

import asyncio
import base64
import hashlib
import hmac
import http.server
import json
import os
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from usher.incidents import fold
from usher.keeper import wire
from usher.model.alert import Mute
from usher.model.events import Now, PlanChanged
from usher.model.finding import Finding
from usher.model.incident import Book, Happening, Incident
from usher.model.spec import ServiceSpec
from usher.model.world import World
from usher.policy.step import step
from usher.redaction.redactor import Redactor
from usher.redaction.values import spelled
from usher.runtime import alert_log, alert_queue, alerting
from usher.runtime.alert_queue import Counted
from usher.runtime.alerting import Alerting

WRONG = Finding("pid 7 runs", app="o4o-admin", code="drift.unmanaged", hint="end it")


class Helpers:
    """Runs programs for real."""

    def __init__(self) -> None:
        self.argvs: list[list[str]] = []

    async def run_helper(self, argv: Any, /, **fields: Any) -> wire.Message:
        self.argvs.append(list(argv))
        done = await asyncio.to_thread(
            subprocess.run, argv, env=fields["env"], stdout=subprocess.PIPE, check=False
        )
        return {
            "status": {"code": done.returncode},
            "output": done.stdout.decode(),
            "timed_out": False,
        }


class Redacting:
    """Knows what it was told."""

    def __init__(self) -> None:
        self.known: frozenset[str] = frozenset()

    def text(self, text: str) -> str:
        return Redactor(self.known).line(text)

    def tree(self, value: object) -> object:
        return Redactor(self.known).tree(value)

    def learn(self, values: Iterable[str]) -> None:
        self.known |= spelled(values)


class Desk:
    """One home and its alerts; `clock` is the wall clock."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.world = World()
        self.redacting = Redacting()
        (home / "state").mkdir()
        self.clock = 1_000_000.0
        self.notes: list[tuple[str, str]] = []
        self.helpers = Helpers()
        self.alerting = self.begin()

    def begin(self) -> Alerting:
        return Alerting(
            self,
            self.helpers,
            lambda event, detail: self.notes.append((event, detail)),
            lambda: self.clock,
        )

    def channels(self, text: str) -> None:
        path = self.home / "usher.alerts.toml"
        path.write_text(text)
        path.chmod(0o600)
        self.alerting.found(anew=True)

    def look(self, *findings: Finding) -> None:
        self.alerting.look(findings, "api")

    def events(self) -> list[str]:
        return [event for event, _ in self.notes]

    def logged(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.home / "alerts.jsonl").read_text().splitlines()]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    await eventually(lambda: not desk.alerting.queue.is_busy)
    desk.alerting.close()


async def eventually(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while not holds():
            await asyncio.sleep(0.01)


def writer(folder: Path, name: str = "told") -> str:
    """Make a channel that fails as long as there is a file `broken`."""
    code = (
        "import os, pathlib, sys\n"
        "folder = pathlib.Path(sys.argv[1])\n"
        "if (folder / 'broken').exists(): print('no route'); sys.exit(1)\n"
        f"with open(folder / '{name}', 'a') as file: file.write(os.environ['USHER_ALERT'] + '\\n')"
    )
    return f"[channels.{name}]\ncommand = {json.dumps([sys.executable, '-c', code, str(folder)])}\n"


def told(desk: Desk, name: str = "told") -> list[dict[str, Any]]:
    path = desk.home / name
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


async def test_a_command_gets_the_alert_and_the_log_has_it(desk: Desk) -> None:
    desk.channels(writer(desk.home))
    desk.look(WRONG)
    await eventually(lambda: told(desk))
    (alert,) = told(desk)
    assert (alert["rule"], alert["subject"]) == ("drift.unmanaged", "o4o-admin")
    assert desk.logged() == [alert]
    assert (desk.home / "alerts.jsonl").stat().st_mode & 0o777 == 0o600
    event, detail = desk.notes[0]  # "alert-delivered" follows
    assert event == "alert"
    assert detail.startswith("detected: [")


async def test_a1_11_an_alert_is_json_with_every_field(desk: Desk) -> None:
    desk.look(WRONG)
    (alert,) = desk.logged()
    assert alert.pop("host") == os.uname().nodename
    assert alert.pop("title").endswith("Trouble: o4o-admin, an app that nobody declared")
    assert alert.pop("text").startswith("pid 7 runs\nSince: ")
    assert alert == {
        "id": "drift.unmanaged|o4o-admin@1000000.000",
        "time": 1_000_000.0,
        "message": "1000000.000-1",
        "event": "detected",
        "openings": 1,
        "rule": "drift.unmanaged",
        "subject": "o4o-admin",
        "kind": "finding",
        "severity": "major",
        "evidence": "pid 7 runs",
        "suggested": "end it",
        "first_seen": 1_000_000.0,
        "last_seen": 1_000_000.0,
        "detected": 1_000_000.0,
        "count": 1,
        "state": "open",
        "role": "api",
        "impact": [],
        "standing": [],
        "cause": "",
        "cause_evidence": [],
        "actions": [],
        "gave_up": False,
        "verified": False,
        "by_person": False,
    }


def test_a1_10_the_log_of_alerts_is_rotated_by_size_and_age(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def take(subject: str, now: float) -> None:
        record = {"subject": subject, "time": now}
        alert_log.append(tmp_path / "alerts.jsonl", record, now)

    def subjects(name: str) -> list[str]:
        lines = (tmp_path / name).read_text().splitlines()
        return [json.loads(line)["subject"] for line in lines]

    take("a", 0.0)
    take("b", alert_log.AGE - 1)
    assert subjects("alerts.jsonl") == ["a", "b"]
    take("c", alert_log.AGE + 1)
    assert (subjects("alerts.jsonl.1"), subjects("alerts.jsonl")) == (["a", "b"], ["c"])
    monkeypatch.setattr(alert_log, "SIZE", 1000)
    take("d" * 1000, alert_log.AGE + 2)
    assert subjects("alerts.jsonl.1") == ["c", "d" * 1000]
    assert not (tmp_path / "alerts.jsonl").exists()


async def test_a_failing_channel_is_told_once_and_tried_again_by_the_next_daemon(
    desk: Desk,
) -> None:
    desk.channels(writer(desk.home))
    (desk.home / "broken").touch()
    desk.look(WRONG)
    await eventually(lambda: "alert-late" in desk.events())
    assert "no route" in desk.notes[1][1]
    await eventually(lambda: not desk.alerting.queue.is_busy)
    (channel,) = desk.alerting.channels()
    assert (channel.waiting, channel.failure, channel.failing_since) == (1, "no route", desk.clock)
    assert "1 wait for 'told' (no route)" in desk.alerting.failing()
    (desk.home / "broken").unlink()
    desk.alerting.close()
    desk.alerting = desk.begin()
    desk.look(WRONG)  # no news, and not due yet
    assert len(desk.helpers.argvs) == 1
    assert desk.alerting.queue.counted == {}  # since this daemon began
    desk.clock += alert_queue.DELAYS[0]
    desk.look(WRONG)
    await eventually(lambda: told(desk))
    await eventually(lambda: desk.alerting.channels()[0].delivered == desk.clock)
    assert desk.alerting.failing() == ""
    assert desk.alerting.queue.counted == {"told": Counted(sent=1)}
    assert len(desk.alerting.open) == 1


async def test_a_channel_that_fails_delays_no_other_and_keeps_the_order(desk: Desk) -> None:
    good = writer(desk.home, "good").replace("broken", "never")
    desk.channels(writer(desk.home) + good)
    (desk.home / "broken").touch()
    desk.look(WRONG)
    await eventually(lambda: told(desk, "good"))
    desk.look()
    desk.look()
    await eventually(lambda: len(told(desk, "good")) == 2)
    assert told(desk) == []
    await eventually(lambda: not desk.alerting.queue.is_busy)
    (desk.home / "broken").unlink()
    desk.clock += alert_queue.DELAYS[0]
    desk.look()
    await eventually(lambda: len(told(desk)) == 2)
    assert [each["event"] for each in told(desk)] == ["detected", "resolved"]


async def test_what_cannot_be_delivered_for_a_day_is_given_up(desk: Desk) -> None:
    desk.channels(writer(desk.home))
    (desk.home / "broken").touch()
    desk.look(WRONG)
    await eventually(lambda: "alert-late" in desk.events())
    await eventually(lambda: not desk.alerting.queue.is_busy)
    desk.clock += alert_queue.GIVE_UP + 1
    desk.alerting.begin()
    await eventually(lambda: "alert-lost" in desk.events())
    assert desk.alerting.queue.counted == {"told": Counted(failed=1, given_up=1)}


async def test_more_than_can_wait_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alert_queue, "LIMIT", 2)
    desk.channels(writer(desk.home))
    (desk.home / "broken").touch()
    desk.look(*(Finding("x", app=app, code="drift.unmanaged") for app in "abc"))
    assert ("alert-lost", "1 alerts are too many to deliver") in desk.notes
    assert len(desk.alerting.queue.waiting) == 2
    assert desk.alerting.queue.counted["told"].given_up == 1


async def test_what_waits_for_a_channel_that_is_gone_is_dropped_and_told(desk: Desk) -> None:
    desk.channels(writer(desk.home))
    (desk.home / "broken").touch()
    desk.look(WRONG)
    await eventually(lambda: "alert-late" in desk.events())
    await eventually(lambda: not desk.alerting.queue.is_busy)
    desk.channels("")
    desk.clock += alert_queue.DELAYS[0]
    desk.alerting.begin()
    await eventually(lambda: "alert-lost" in desk.events())


class Got(NamedTuple):
    """What a web server was posted."""

    path: str
    headers: dict[str, str]
    body: bytes


@pytest.fixture
def server() -> Iterator[tuple[str, list[Got]]]:
    got: list[Got] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            got.append(Got(self.path, headers, body))
            statuses = {"/elsewhere-4711": 302, "/broken-4711": 500}
            self.send_response(statuses.get(self.path, 204))
            self.send_header("Location", "/")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Keep quiet."""

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"127.0.0.1:{server.server_port}", got
    server.shutdown()
    thread.join()
    server.server_close()


Server = tuple[str, list[Got]]


@pytest.mark.parametrize("secret", ["hunter2-hunter2", "whsec_aHVudGVyMi1odW50ZXIy"])
async def test_a_webhook_is_signed_as_standard_webhooks_are(
    desk: Desk, server: Server, secret: str
) -> None:
    host, got = server
    (desk.home / "secret").write_text(f"{secret}\n")
    desk.channels(
        f"[channels.hook]\nwebhook = 'http://{host}/hook-4711'\nsecret = {{ file = 'secret' }}"
    )
    desk.look(WRONG)
    await eventually(lambda: got)
    headers, body = got[0].headers, got[0].body
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    digest = hmac.digest(b"hunter2-hunter2", content, hashlib.sha256)
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(digest).decode()}"
    assert headers["webhook-id"] == json.loads(body)["message"]
    assert json.loads(body)["subject"] == "o4o-admin"


@pytest.mark.parametrize("path", ["elsewhere-4711", "broken-4711"])
async def test_redirects_are_not_followed_and_no_address_is_ever_said(
    desk: Desk, server: Server, path: str
) -> None:
    host, got = server
    desk.channels(f"[channels.hook]\nwebhook = 'http://{host}/{path}'\nsecret = 'hunter2-hunter2'")
    desk.look(WRONG)
    await eventually(lambda: "alert-late" in desk.events())
    await eventually(lambda: not desk.alerting.queue.is_busy)
    assert len(got) == 1
    assert "status" in desk.alerting.channels()[0].failure
    said = [*map(str, desk.notes), str(desk.alerting.channels()), *map(str, desk.helpers.argvs)]
    said += [path.read_text() for path in (desk.home / "state").iterdir()]
    said.append((desk.home / "alerts.jsonl").read_text())
    for text in said:
        assert "4711" not in text
        assert "hunter2" not in text


@pytest.mark.parametrize(
    "address",
    [
        "http://{host}/hook 4711/hunter2",
        "http://{host}/hook\t4711/hunter2",
        "http://{host}/후크-4711/hunter2",
        "http://user:4711-hunter2@{host}/",
        "http://{host}4711hunter2/",
        "http://[4711hunter2/",
        "hook-4711-hunter2",
    ],
)
async def test_an_address_that_nobody_can_post_to_is_said_to_be_so_and_never_shown(
    desk: Desk, server: Server, address: str
) -> None:
    host, got = server
    (desk.home / "address").write_text(address.format(host=host))
    desk.channels("[channels.hook]\nwebhook = { file = 'address' }")
    desk.look(WRONG)
    await eventually(lambda: "alert-late" in desk.events())
    await eventually(lambda: not desk.alerting.queue.is_busy)
    (failure,) = (await desk.alerting.test([])).values()
    assert failure.startswith("cannot use the address of 'hook': ")
    said = [failure, *map(str, desk.notes), (desk.home / "state" / "alerts.json").read_text()]
    for text in said:
        assert not any(part in text for part in ("4711", "hunter2", "Traceback"))
    assert not got


@pytest.mark.parametrize("address", ["http://127.0.0.1:1/hook 4711", "http://u:hunter2@[::1]/"])
def test_the_sender_says_in_one_line_what_went_wrong_whatever_it_was(address: str) -> None:
    channel = {"way": "webhook", "url": address, "secret": ""}
    env = {"USHER_ALERT": '{"message": "1-1"}', "USHER_CHANNEL": json.dumps(channel)}
    sender = Path(alert_queue.__file__).with_name("alert_sender.py")
    argv = [sys.executable, "-P", str(sender)]
    done = subprocess.run(argv, env=env, capture_output=True, text=True)
    assert (done.returncode, done.stderr, done.stdout.count("\n")) == (1, "", 1)
    assert not any(part in done.stdout for part in ("4711", "hunter2", "hook"))


async def test_a_secret_that_is_no_base64_is_said_to_be_so(desk: Desk, server: Server) -> None:
    desk.channels(f"[channels.hook]\nwebhook = 'http://{server[0]}/'\nsecret = 'whsec_a4711'")
    (failure,) = (await desk.alerting.test([])).values()
    assert failure == "its secret begins with whsec_, and what follows is no base64"


async def test_apprise_tells_any_service_that_it_knows(desk: Desk, server: Server) -> None:
    host, got = server
    desk.channels(f"language = 'ko'\n[channels.chat]\nurl = 'json://{host}/token-4711'")
    desk.look(WRONG)
    await eventually(lambda: got)
    assert got[0].path == "/token-4711"
    body = json.loads(got[0].body)
    assert "장애 감지: o4o-admin" in body["title"]
    assert "pid 7 runs" in body["message"]


async def test_a_test_says_of_every_channel_what_came_of_it(desk: Desk, server: Server) -> None:
    host, got = server
    desk.channels(
        f"[channels.good]\nwebhook = 'http://{host}/'\n"
        f"[channels.refused]\nurl = 'json://{host}/broken-4711'\n"
        "[channels.unknown]\nurl = 'nosuchservice://token-4711'\n"
        "[channels.secretless]\nwebhook = { file = 'missing' }\n"
        "[channels.unset]\nurl = { env = 'NO_SUCH_VARIABLE' }\n"
    )
    tried = await desk.alerting.test([])
    assert tried.pop("good") == ""
    assert "4711" not in str(tried)
    assert tried["unknown"] == "it is no address that apprise knows"
    assert "cannot get the value of 'secretless' (file" in tried["secretless"]
    assert "NO_SUCH_VARIABLE" in tried["unset"]
    assert tried["refused"]
    assert json.loads(got[0].body)["event"] == "test"
    assert await desk.alerting.test(["good"]) == {"good": ""}


async def test_a_channel_is_told_what_is_grave_enough_for_it(desk: Desk) -> None:
    desk.channels(writer(desk.home) + writer(desk.home, "grave") + "severity = 'critical'\n")
    desk.look(WRONG)
    await eventually(lambda: told(desk))
    await eventually(lambda: not desk.alerting.queue.is_busy)
    assert told(desk, "grave") == []


async def test_a_file_that_became_bad_leaves_in_force_what_it_said(desk: Desk) -> None:
    desk.channels(writer(desk.home))
    desk.channels("channels = 1")
    assert desk.events() == ["alert-faulty"]
    desk.alerting.found(anew=True)
    assert desk.events() == ["alert-faulty"]
    desk.look(WRONG)
    await eventually(lambda: told(desk))


def incident(*events: tuple[float, str]) -> Incident:
    """Of api, in seconds after the desk's clock."""
    book, last = Book(), None
    for at, event in events:
        happening = Happening(1_000_000.0 + at, "api", event, "as recorded")
        book, changed = fold.advance(book, happening, lambda _: ())
        last = changed[-1] if changed else last
    assert last is not None
    return last


async def test_an_incident_is_told_although_nothing_else_happens(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The daemon wakes up when the grace for the cause is over; its own clock goes on."""
    monkeypatch.setattr(alerting, "SHORTEST", 0.01)
    desk.channels(writer(desk.home))
    desk.alerting.tell([incident((0.0, "unhealthy"))])
    assert desk.notes == []
    desk.clock += 5.0
    desk.alerting.tell([])
    await eventually(lambda: told(desk))
    assert told(desk)[0]["id"] == "INC-1"


async def test_an_alert_says_how_much_works_when_it_is_told(desk: Desk) -> None:
    desk.channels(writer(desk.home))
    plan = PlanChanged("plan", "test", (ServiceSpec("api", ("program",), "/"),), ("api",))
    desk.alerting.tell([incident((0.0, "unhealthy"))])
    desk.world, _ = step(desk.world, plan, Now(1000.0, desk.clock))
    desk.clock += 5.0
    desk.alerting.tell([])
    await eventually(lambda: told(desk))
    assert told(desk)[0]["standing"] == [{"service": "api", "ready": 0, "wanted": 1, "failed": 0}]
    assert "Impact: api: 0 of 1 instance ready" in told(desk)[0]["text"].splitlines()


async def test_what_an_incident_says_is_not_told_as_a_finding_too(desk: Desk) -> None:
    desk.alerting.tell([incident((0.0, "unhealthy"), (0.0, "held"))])
    desk.look(Finding("x", app="api", code="drift.absent"), WRONG)
    assert {each["rule"] for each in desk.logged()} == {"unhealthy", "drift.unmanaged"}


async def test_mute_and_acknowledgement_survive_the_daemon(desk: Desk) -> None:
    desk.look(WRONG)
    assert [each.id for each in desk.alerting.acknowledge("o4o-admin")] == [WRONG_ID]
    desk.alerting.mute(Mute("api", desk.clock + 60, "uid 0"))
    desk.alerting.close()
    desk.alerting = desk.begin()
    assert [each.state for each in desk.alerting.open] == ["ack"]
    assert desk.alerting.desk.mutes == (Mute("api", desk.clock + 60, "uid 0"),)
    assert desk.events() == ["alert", "alert-acknowledged", "alert-muted"]
    desk.alerting.unmute("")
    assert desk.alerting.desk.mutes == ()


def test_the_daemon_never_loads_apprise() -> None:
    code = "import sys, usher.daemon.app; sys.exit('apprise' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=False, timeout=60)
    assert done.returncode == 0


WRONG_ID = "drift.unmanaged|o4o-admin@1000000.000"


async def test_a_damaged_memory_is_begun_anew(desk: Desk) -> None:
    desk.look(WRONG)
    desk.alerting.close()
    (desk.home / "state" / "alerts.json").write_bytes(b"damaged")
    desk.alerting = desk.begin()
    assert desk.alerting.open == []
    assert os.environ.get("USHER_ALERT") is None
