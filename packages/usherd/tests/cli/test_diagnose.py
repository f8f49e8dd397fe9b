"""usher diagnose --log: the cause from a pasted log, without any process (A.3.11)."""

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from usher.api.incidents import IncidentList
from usher.api.types import Frame, LogLine, ProbeStatus, RemoteStatus, ServiceList
from usher.model.incident import Cause, Incident, Occurred

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


def test_f4_9_what_was_read_off_a_log_alone_is_marked(tmp_path: Path) -> None:
    log = tmp_path / "platform.log"
    log.write_text(LOG)
    words = ("diagnose", "--log", str(log))
    (case,) = json.loads(diagnose(*words, "--json").stdout)["cases"]
    assert case["host_evidence"] is False
    assert "No host evidence: " in diagnose(*words, "--md").stdout.splitlines()[2]
    assert "No host evidence: " in diagnose(*words).stdout.splitlines()[-2]


def test_a3_11_a_log_has_a_timeline_and_the_next_command_for_any_host(tmp_path: Path) -> None:
    log = tmp_path / "platform.log"
    log.write_text(LOG * 2)
    words = ("diagnose", "--log", str(log))
    (case,) = json.loads(diagnose(*words, "--json").stdout)["cases"]
    assert case["next"] == ["usher probe tcp://127.0.0.1:5432", f"sed -n 1,7p {log}"]
    assert [(each["line"], each["id"], each["count"]) for each in case["timeline"]] == [
        (1, "node.unhandled_rejection", 1),
        (2, "db.connection_refused", 1),
        (4, "node.unhandled_rejection", 1),
        (5, "db.connection_refused", 1),
    ]
    text = diagnose(*words, "--lang", "en").stdout
    assert "line 2, 2026-11-21 10:00:01: db.connection_refused\n" in text
    assert text.endswith(f"next: usher probe tcp://127.0.0.1:5432; sed -n 1,7p {log}\n")
    markdown = diagnose(*words, "--md", "--lang", "ko").stdout
    assert "시간순:\n\n- `1번째 줄, 2026-11-21 10:00:01: node.unhandled_rejection`\n" in markdown
    assert "- `usher probe tcp://127.0.0.1:5432`\n" in markdown


CLOSED = """\
2026-11-21T10:00:00.100Z app[web.1]: POST /api/session/7/end 201
2026-11-21T10:00:00.400Z heroku[web.1]: Process exited with status 1
2026-11-21T10:00:00.900Z gateway: WebSocket /ws/voice closed with code 1006
2026-11-21T10:00:01.300Z gateway: WebSocket /ws/session closed with code 1006
2026-11-21T10:00:09.000Z gateway: WebSocket /ws/session closed: 1008 unknown session
2026-11-21T10:02:00.000Z gateway: WebSocket /ws/voice closed with code 1006
"""


def test_a3_06_a_log_gives_a_table_of_close_codes() -> None:
    done = diagnose("diagnose", "--log", "-", "--json", given=CLOSED)
    (case,) = json.loads(done.stdout)["cases"]
    cut, refused = case["websocket_closings"]
    assert (cut["code"], cut["closings"], cut["explained"]) == (1006, 3, 2)
    assert cut["cause"] == "within 2 s of the end of a process (exit code 1)"
    assert round(cut["per_minute"], 1) == 1.5
    assert (refused["code"], refused["explained"]) == (1008, 1)
    assert "sessions were lost" in refused["cause"]
    text = diagnose("diagnose", "--log", "-", given=CLOSED).stdout
    assert "1006      3 x  1.5 a minute    cut without a close frame; 2 within 2 s of" in text
    markdown = diagnose("diagnose", "--log", "-", "--md", given=CLOSED).stdout
    assert "| 1008 | 1 | 0.5 a minute | refused: unknown session, or not allowed; all " in markdown


def test_a3_06_closings_of_an_app_are_held_against_ends_of_what_it_needs(
    daemon: Any, make_service: Any, make_event: Any, usher: Any
) -> None:
    """A gateway sees its channels cut when the app behind it ends; one probe was refused since."""
    began = datetime.fromisoformat("2025-03-05T10:00:00+09:00").timestamp()

    def line(at: float, text: str) -> Frame:
        return Frame(
            log=LogLine(
                service="web", slot=0, stream="err", line=text, replayed=True,
                time_ns=round((began + at) * 1e9),
            )
        )  # fmt: skip

    daemon.answers |= {
        "GET /v1/incidents": IncidentList(incidents=[]),
        "GET /v1/services": ServiceList(
            services=[make_service("web", depends_on={"api": "ready"})]
        ),
        "GET /v1/logs": [line(at, "WebSocket closed with code 1006") for at in (0.5, 1.0, 60.0)],
        "GET /v1/events": [
            make_event(event="exited", detail="exit code 1"),
            make_event(service="other", event="exited", time="2025-03-05T10:01:00+09:00"),
            make_event(
                service="web",
                event="probe-failing",
                detail="channel: closed with 1008 'unknown session' before it answered the ping",
                time="2025-03-05T10:00:20+09:00",
            ),
        ],
    }
    (case,) = json.loads(usher("diagnose", "web", "--json").out)["cases"]
    cut, refused = case["websocket_closings"]
    assert (cut["code"], cut["closings"], cut["explained"]) == (1006, 3, 2)
    assert cut["cause"] == "within 2 s of the end of api at 10:00:00 (exit code 1)"
    assert (refused["code"], refused["explained"]) == (1008, 1)
    assert "by code:\n   1006      3 x" in usher("diagnose", "web").out


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


def test_an_app_is_diagnosed_from_all_that_usher_knows_of_it(
    daemon: Any, make_service: Any, make_event: Any, usher: Any
) -> None:
    """Its log says nothing: the incident, the last end, its needs and its figures do."""
    incident = Incident(
        number=7, service="shop", kind="hang", severity="major", occurred=Occurred(1.0),
        detected=5.0, rule="unhealthy", services=("shop",),
        causes=(Cause("process.waiting", "waiting on 127.0.0.1:5432", 0.8, ("state S",)),),
        excluded=("disk: 40% free, and no line speaks of it", "memory: the kernel killed nothing"),
    )  # fmt: skip
    shop = make_service("shop", depends_on={"api": "ready", "cache": "ready"}, ready=0)
    daemon.answers |= {
        "GET /v1/incidents": IncidentList(incidents=[incident]),
        "GET /v1/services": ServiceList(services=[shop, make_service("api")]),
        "GET /v1/logs": [],
        "GET /v1/events": [
            make_event(service="shop", slot=0, event="exited", detail="exited with code 1")
        ],
    }
    cases = json.loads(usher("diagnose", "shop", "--json").out)["cases"]
    case = next(each for each in cases if each["app"] == "shop")
    assert case["incident"] == "INC-7"
    assert case["host_evidence"] is True
    (cause,) = case["causes"]
    assert (cause["id"], cause["evidence"][0]["line"]) == ("process.waiting", 0)
    facts = {each["about"]: each["said"] for each in case["facts"]}
    assert facts["incident"].startswith("INC-7, open: shop")
    assert facts["end"].endswith("instance 0 exited with code 1")
    assert facts["needs cache"] == "ready; it is not run by usher"
    assert "memory: the kernel killed nothing (when the incident was looked at)" in case["well"]
    assert not any("disk" in each for each in case["well"]), "the log's own areas are told once"
    assert case["disproof"]
    assert case["next"] == ["usher events shop", "usher incident show INC-7"]
    text = usher("diagnose", "shop").out
    assert "   seen then: state S\n" in text
    assert "what usher knows:\n   incident: INC-7" in text
    assert "next: usher events shop; usher incident show INC-7\n" in text
    assert "No host evidence" not in text
    markdown = usher("diagnose", "shop", "--md").out
    assert "Next:\n\n- `usher events shop`\n- `usher incident show INC-7`\n" in markdown


def test_a_remote_is_diagnosed_from_its_probes_and_what_was_done(daemon: Any, usher: Any) -> None:
    page = ProbeStatus(
        name="page", scope="self", ok=False, in_row=3, failing=True, passed_ever=True,
        last="status 503",
    )  # fmt: skip
    port = msgspec.structs.replace(page, name="port", ok=True, failing=False, last="accepted")
    backend = RemoteStatus(
        name="backend", status="recovering", detail="page: status 503; restart is carried out",
        since=40.0, next_step="redeploy", next_try=80.0, done=["restart"], probes=[page, port],
        depends_on=["database"], origin="/srv/usher.toml:3",
    )  # fmt: skip
    well = msgspec.structs.replace(
        backend, name="database", status="up", detail="", done=[], next_step="", next_try=None,
        probes=[port], depends_on=[],
    )  # fmt: skip
    incident = Incident(
        number=7, service="backend", kind="remote", severity="major", occurred=Occurred(1.0),
        detected=5.0, rule="unreachable", services=("backend",),
    )  # fmt: skip
    daemon.answers |= {
        "GET /v1/incidents": IncidentList(incidents=[incident]),
        "GET /v1/services": ServiceList(services=[], remotes=[backend, well]),
    }
    (case,) = json.loads(usher("diagnose", "--json").out)["cases"]
    assert (case["app"], case["incident"]) == ("backend", "INC-7")
    (cause,) = case["causes"]
    assert (cause["id"], cause["restart"]) == ("remote.unanswered", "once")
    assert cause["evidence"] == [{"line": 0, "time": "", "text": "page: status 503"}]
    facts = {each["about"]: each["said"] for each in case["facts"]}
    assert facts["incident"] == "INC-7, open: backend, is run elsewhere and does not answer"
    assert facts["probe page"] == "failed 3 times in a row (self): status 503"
    assert facts["needs database"] == "up"
    assert (facts["done"], facts["planned"]) == ("restart", "redeploy (1m 20s)")
    assert case["well"] == ["port: accepted"]
    assert case["next"] == ["usher describe backend", "usher incident show INC-7"]
    text = usher("diagnose").out
    assert text.startswith("backend: recovering, page: status 503; restart is carried out\n")
    assert "database" not in text.splitlines()[0]
    korean = usher("diagnose", "--lang", "ko").out
    assert "   실행한 조치: restart\n" in korean
    assert "   다음 조치: redeploy (1m 20s)\n" in korean
    daemon.answers["GET /v1/services"] = ServiceList(services=[], remotes=[well])
    assert [each["state"] for each in cases(usher, "database")] == ["up"]


def test_a_remote_whose_probe_never_passed_is_not_well(daemon: Any, usher: Any) -> None:
    wrong = ProbeStatus(
        name="wrong", scope="self", ok=False, in_row=9, failing=False, passed_ever=False,
        last="status 404",
    )  # fmt: skip
    remote = RemoteStatus(
        name="backend", status="up", detail="", since=40.0, next_step="", next_try=None, done=[],
        probes=[wrong], depends_on=[], origin="",
    )  # fmt: skip
    daemon.answers |= {
        "GET /v1/incidents": IncidentList(incidents=[]),
        "GET /v1/services": ServiceList(services=[], remotes=[remote]),
    }
    (case,) = cases(usher)
    assert [each["id"] for each in case["causes"]] == ["probe.never_succeeded"]


def test_a_certificate_of_a_remote_is_a_cause_of_its_own(daemon: Any, usher: Any) -> None:
    remote = RemoteStatus(
        name="backend", status="up", detail="", since=40.0, next_step="", next_try=None, done=[],
        probes=[], depends_on=[], origin="",
    )  # fmt: skip
    cause = Cause("cert.expiry", "it runs out", 0.9, ("certificate: valid for 4 more days",))
    incident = Incident(
        number=8, service="backend", kind="certificate", severity="minor", occurred=Occurred(1.0),
        detected=5.0, rule="cert.expiry", services=("backend",), causes=(cause,),
    )  # fmt: skip
    daemon.answers |= {
        "GET /v1/incidents": IncidentList(incidents=[incident]),
        "GET /v1/services": ServiceList(services=[], remotes=[remote]),
    }
    (case,) = cases(usher)
    assert [each["id"] for each in case["causes"]] == ["cert.expiry"]
    assert case["next"][-1] == "usher incident show INC-8"


def cases(usher: Any, *names: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(usher("diagnose", *names, "--json").out)["cases"]
    return found
