"""Every command against a daemon that says what the test wants: output, JSON, exit code."""

import json
import os
import platform
import signal
import subprocess
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec
import pytest

from usher import __version__
from usher.api.alerts import AlertStatus
from usher.api.text import safe_line
from usher.api.types import (
    AuditEntry,
    AuditInForce,
    AuditLog,
    Drift,
    Frame,
    LogLine,
    ProbeStatus,
    Problem,
    ProcessInfo,
    Proof,
    ServiceList,
    Tail,
    UndoPreview,
    Verification,
    Verified,
    VersionList,
    VersionRecord,
)
from usher.cli.parser import COMMANDS

Usher = Callable[..., Any]

WORDS: dict[str, list[str]] = {
    "start": ["start"],
    "stop": ["stop", "api"],
    "restart": ["restart", "api"],
    "reload": ["reload", "api"],
    "scale": ["scale", "api", "+1"],
    "delete": ["delete", "api"],
    "list": ["list"],
    "describe": ["describe", "api"],
    "logs": ["logs"],
    "events": ["events"],
    "wait": ["wait", "api"],
    "verify": ["verify", "api"],
    "budget": ["budget"],
    "check": ["check"],
    "ping": ["ping"],
    "save": ["save"],
    "resurrect": ["resurrect"],
    "kill": ["kill"],
    "jlist": ["jlist"],
    "completion": ["completion", "bash"],
    "version": ["version"],
    "history": ["history"],
    "role": ["role"],
    "audit": ["audit"],
    "undo": ["undo", "--dry-run"],
    "monitor": ["monitor", "--once"],
    "monit": ["monit", "--once"],
    "env": ["env", "api"],
    "facts": ["facts"],
    "compare": ["compare", "same.env", "same.env"],
    "pid": ["pid"],
    "id": ["id", "api"],
    "signal": ["signal", "HUP", "api"],
    "flush": ["flush", "api"],
    "reload-logs": ["reload-logs"],
    "alert": ["alert"],
}

ELSEWHERE = {
    *("update", "startup", "unstartup", "adopt", "runtime", "shim", "drill"),
    *("set", "get", "unset", "conf", "ecosystem"),
    *(
        "diagnose",
        "incident",
        "incidents",
        "apply-prevention",
        "probe",
        "metrics",
        "graph",
        "doctor",
    ),
}
"""Commands that need more, or less, than a daemon that answers; each has a test of its own."""


VERIFIED = Verified(
    service="api", slot=0, proofs=[Proof(what="alive", result="ok", detail="pid 3")]
)
VERSION = VersionRecord(
    n=3, time="2026-03-05T10:00:00+09:00", who="uid 0", what="stop api", services=2, up=1
)

AUDITED = AuditEntry(
    time="2026-03-05T10:00:00.000+09:00",
    job="j",
    request="apply",
    outcome="asked",
    services=["api"],
    uid=1000,
    user="ops",
    terminal="pts/3",
    address="10.0.0.9",
    program="usher",
    host="api-1",
    role="api",
    config="/srv/api.json",
    digest="0123456789abcdef",
    forced=["guard.role"],
    reason="web-1 is down",
    detail="",
)
HELD = AuditInForce(
    service="api",
    config="/srv/api.json",
    digest="0123456789abcdef",
    outcome="done",
    applied=AUDITED,
    last=AUDITED,
)


@pytest.fixture
def world(
    daemon: Any,
    make_service: Callable[..., Any],
    make_event: Callable[..., Frame],
    make_report: Callable[..., Frame],
) -> Any:
    """A daemon with one service `api`, that does whatever it is asked."""
    api = make_service("api", addresses=["http://127.0.0.1:8000"])
    done = [make_event(), make_event(phase="running", ready=True), make_report(services=[api])]
    line = LogLine(
        service="api", slot=0, stream="out", line="hello", replayed=True, time_ns=12_345_678_901
    )
    # Pids beyond any limit: `kill` sees at once that they have ended.
    gone = ProcessInfo(pid=2**30, uptime=3700.0)
    pong = msgspec.structs.replace(
        daemon.answers["GET /v1/ping"], home="/h", daemon=gone, keeper=gone
    )
    daemon.answers |= {
        "GET /v1/ping": pong,
        "GET /v1/list.txt": b"NAME\napi\n",
        "GET /v1/jlist": b"[]",
        "GET /v1/services": ServiceList(services=[api]),
        "GET /v1/services/api": api,
        "GET /v1/events": done[:2],
        "GET /v1/logs": [Frame(log=line)],
        "GET /v1/wait": done,
        "POST /v1/save": done[2].report,
        "POST /v1/kill": [make_report()],
        "POST /v1/signal": done[2].report,
        "POST /v1/flush": done[2].report,
        "POST /v1/reload-logs": done[2].report,
        "GET /v1/drift": Drift(services=["api"], findings=[], alerts=[], host="h", role=""),
        "GET /v1/alerts": AlertStatus(
            alerts=[], channels=[], mutes=[], quiet=False, files=[], findings=[]
        ),
        "GET /v1/verify": Verification(instances=[VERIFIED], exit_code=0),
        "GET /v1/history": VersionList(versions=[VERSION]),
        "GET /v1/audit": AuditLog(entries=[AUDITED], in_force=[HELD]),
        "GET /v1/undo": UndoPreview(version=VERSION, changes=["- api: deleted"]),
    }
    for verb in ("apply", "start", "stop", "restart", "reload", "scale", "delete", "resurrect"):
        daemon.answers[f"POST /v1/{verb}"] = done
    (daemon.home / "usher.toml").write_text("[apps.api]\ncommand = '/bin/sh'\n")
    (daemon.home / "same.env").write_text("A=1\n")
    return daemon


WITHOUT_A_DAEMON = ("check", "budget", "role", "version", "facts", "compare")


def test_every_command_is_tried_here() -> None:
    assert {entry.name for entry in COMMANDS} == WORDS.keys() | ELSEWHERE


@pytest.mark.parametrize("words", WORDS.values(), ids=WORDS)
def test_with_json_standard_output_holds_json_only(
    world: Any, usher: Usher, words: list[str]
) -> None:
    for place in ([*words, "--json"], ["--json", *words]):
        ran = usher(*place)
        assert ran.code == 0
        assert ran.out.endswith("\n")
        assert all(json.loads(line) is not None for line in ran.out.splitlines())


@pytest.mark.parametrize(
    "words",
    [words for name, words in WORDS.items() if name not in WITHOUT_A_DAEMON],
    ids=str,
)
def test_a_problem_is_json_too(daemon: Any, usher: Usher, words: list[str]) -> None:
    """Asked with --json, a refusal is on standard output as well, and the exit code is in it."""
    if words[0] == "completion":
        return
    problem = Problem(error="cannot do it: no", exit_code=2, hint="think again")
    daemon.answers = {
        f"{method} {path}": problem
        for method, path in (
            [("GET", f"/v1/{name}") for name in
             ("ping", "jlist", "services", "services/api", "events", "logs", "wait", "history",
              "undo", "verify", "audit", "drift", "alerts")]
            + [("POST", f"/v1/{name}") for name in
               ("apply", "start", "stop", "restart", "reload", "scale", "delete", "save",
                "resurrect", "kill", "signal", "flush", "reload-logs")]
        )
    }  # fmt: skip
    (daemon.home / "usher.toml").write_text("[apps.api]\ncommand = '/bin/sh'\n")
    ran = usher(*words, "--json")
    assert ran.code == 2
    assert json.loads(ran.out)["error"] == "cannot do it: no"
    assert "cannot do it: no\n  -> think again" in ran.err


AUDIT = (
    "2026-03-05T10:00:00.000+09:00  ops@pts/3 from 10.0.0.9  asked    "
    "apply api /srv/api.json 0123456789ab forced guard.role because: web-1 is down\n"
)
IN_FORCE = (
    "in force at {}:\n  api: /srv/api.json (sha256 0123456789abcdef), "
    "applied by ops@pts/3 from 10.0.0.9; "
    "apply done 2026-03-05T10:00:00.000+09:00 by ops@pts/3 from 10.0.0.9\n"
).format(datetime.fromisoformat("2026-03-05T10:01+09:00").astimezone().isoformat(" ", "seconds"))

PING = """\
usher 9.9 in /h
daemon  pid 1073741824, up 1h 1m
keeper  pid 1073741824, up 1h 1m
"""


@pytest.mark.parametrize(
    ("words", "out"),
    [
        (["stop", "api"], "stopped: api\n"),
        (["restart", "api"], "restarted and ready: api\n"),
        (["delete", "api"], "deleted: api\n"),
        (["resurrect"], "back and ready: api\n"),
        (["wait", "api"], "all ready\n"),
        (["wait", "api", "--for", "stopped"], "all stopped\n"),
        (["kill"], "everything stopped; usher has ended\n"),
        (["save"], "saved\n"),
        (["ping"], PING),
        (["pid", "api"], "1234\n"),
        (["id", "api"], "0\n"),
        (["env", "api"], "PATH: /bin\nTOKEN: ***\n"),
        (["version"], f"usher {__version__} (Python {platform.python_version()})\n"),
        (["check"], "usher.toml: nothing is wrong; apps: api\n"),
        (["logs"], "api:0 | hello\n"),
        (["logs", "--raw"], "hello\n"),
        (["logs", "--timestamp=[at] s.SSS"], "at 12.345 api:0 | hello\n"),
        (["logs", "--grep", "^h.llo$"], "api:0 | hello\n"),
        (["logs", "--grep", "other"], ""),
        (
            ["logs", "--format", "--timestamp=s"],
            "timestamp=12 app=api id=0 type=out message=hello\n",
        ),
        (["flush"], "log files emptied\n"),
        (["reload-logs"], "log files are opened anew\n"),
        (["start"], "NAME\napi\n\napi  http://127.0.0.1:8000\n"),
        (["list", "--home", "{home}"], "NAME\napi\n"),
        (["audit"], AUDIT),
        (["history", "--at", "2026-03-05 10:01+09:00"], IN_FORCE),
        (["--home", "{home}", "jlist"], "[]\n"),
    ],
    ids=str,
)
def test_what_is_said(world: Any, usher: Usher, words: list[str], out: str) -> None:
    ran = usher(*[word.replace("{home}", str(world.home)) for word in words])
    assert (ran.code, ran.out) == (0, out)


@pytest.mark.parametrize(
    ("words", "target", "body"),
    [
        (["start", "api", "--timeout", "90s"], "/v1/start",
         {"services": ["api"], "wait": True, "timeout": 90.0}),
        (["stop", "api", "b", "--no-wait"], "/v1/stop",
         {"services": ["api", "b"], "wait": False, "timeout": None}),
        (["restart", "all"], "/v1/restart",
         {"services": ["all"], "wait": True, "timeout": None}),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_asked(
    world: Any, usher: Usher, words: list[str], target: str, body: dict[str, Any]
) -> None:
    usher(*words)
    asked = [request for request in world.requests if request.target == target]
    assert len(asked) == 1
    assert json.loads(asked[0].body).items() >= body.items()


@pytest.mark.parametrize(
    ("words", "target"),
    [
        (["logs", "api", "b", "-n", "3", "--err"],
         "/v1/logs?follow=0&streams=err&services=api%2Cb&lines=3"),
        (["logs", "--since", "2026-03-05T10:00:00+09:00"],
         "/v1/logs?follow=0&streams=out%2Cerr&since=1772672400.0"),
        (["logs", "--grep", "h.llo", "-n", "3"],
         "/v1/logs?follow=0&streams=out%2Cerr&since=0.0"),
        (["events", "api", "-n", "0", "--since", "7"],
         "/v1/events?since=7&lines=0&follow=0&service=api"),
        (["wait", "api", "--timeout", "1m"], "/v1/wait?services=api&for=ready&timeout=60"),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_looked_at(world: Any, usher: Usher, words: list[str], target: str) -> None:
    assert usher(*words).code == 0
    assert world.requests[-1].target == target


@pytest.mark.parametrize(
    ("outcome", "code"),
    [("failed", 4), ("failed", 3), ("timeout", 5), ("refused", 2), ("superseded", 3)],
)
@pytest.mark.parametrize("words", [["start"], ["stop", "api"], ["wait", "api"]], ids=str)
def test_a_failure_ends_with_its_code_and_its_evidence(
    world: Any, usher: Usher, make_service: Callable[..., Any], make_report: Callable[..., Frame],
    words: list[str], outcome: str, code: int,
) -> None:  # fmt: skip
    failed = make_service("api", status="failed", ready=0, detail="exited with code 1")
    report = make_report(
        outcome=outcome,
        exit_code=code,
        result="start-limit-hit",
        detail="ended 5 times",
        services=[failed, make_service("b")],
        tails=[Tail(service="api", slot=0, lines=["Traceback", "\x1b[2JKeyError: 'x'"])],
    )
    for verb in ("POST /v1/apply", "POST /v1/stop", "GET /v1/wait"):
        world.answers[verb] = [report]
    ran = usher(*words)
    assert ran.code == code
    assert ran.err == (
        f"usher: {outcome}: start-limit-hit: ended 5 times\n"
        "  api is failed: exited with code 1\n"
        "last lines of api:0:\n"
        "  | Traceback\n"
        "  | \\x1b[2JKeyError: 'x'\n"
    )


def test_who_does_not_wait_is_not_told_of_a_timeout(
    world: Any, usher: Usher, make_report: Callable[..., Frame]
) -> None:
    for verb in ("apply", "stop"):
        world.answers[f"POST /v1/{verb}"] = [make_report(outcome="timeout", exit_code=5)]
    assert usher("start", "--no-wait").code == 0
    assert usher("stop", "api", "--no-wait") == (0, "under way\n", "")
    assert json.loads(usher("stop", "api", "--no-wait", "--json").out)["exit_code"] == 0


def test_a_daemon_that_ends_first(world: Any, usher: Usher, make_event: Callable[..., Any]) -> None:
    world.answers["POST /v1/stop"] = [make_event()]
    ran = usher("stop", "api")
    assert (ran.code, ran.out) == (3, "")
    assert "cannot tell how it ended: the daemon ended first" in ran.err


def test_progress_is_one_line_a_change(
    world: Any, usher: Usher, make_event: Callable[..., Frame], make_report: Callable[..., Frame]
) -> None:
    world.answers["POST /v1/stop"] = [
        make_event(),
        make_event(event="again"),
        make_event(slot=1, detail="pid 7\x1b"),
        make_event(phase="running", ready=True),
        make_event(service="", phase="", event="daemon"),
        make_report(),
    ]
    assert usher("stop", "api").err == (
        "api:0: starting\napi:1: starting (pid 7\\x1b)\napi:0: ready\n"
    )


NOT_RUNNING = """\
usher is not running in HOME.
`usher start` in a folder with an usher.toml starts it.
"""


@pytest.mark.parametrize(
    ("words", "code", "out"),
    [
        (["list"], 0, NOT_RUNNING),
        (["list", "--json"], 0, '{"services":[],"remotes":[]}\n'),
        (["jlist"], 0, "[]\n"),
        (["kill"], 0, "usher is not running: nothing to do\n"),
        (["stop", "all"], 0, ""),
        (["stop", "api"], 3, ""),
        (["ping"], 3, ""),
        (["logs"], 3, ""),
    ],
    ids=str,
)  # fmt: skip
def test_when_nothing_runs(home: Any, usher: Usher, words: list[str], code: int, out: str) -> None:
    ran = usher(*words)
    assert (ran.code, ran.out) == (code, out.replace("HOME", str(home)))
    assert not (home / "keeper.lock").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["strt"], "cannot run 'strt': no such command\n  -> did you mean 'start'?"),
        (["frobnicate"], "cannot run 'frobnicate': no such command\n  -> usher --help"),
        (["stop"], "the following arguments are required: NAME"),
        (["logs", "-n", "many"], "expected a whole number from 0 to 1000000"),
        (["logs", "--since", "yore"], "expected a time ago such as 10m"),
        (["logs", "--grep", "("], "expected a regular expression, not '('"),
        (["wait", "api", "--timeout", "5"], "expected a duration with its unit"),
        (["start", "--frobnicate"], "unrecognized arguments: --frobnicate"),
        (["start"], "there is no usher.toml in"),
        (["start", "a.toml", "b.json"], "cannot start 2 files at once"),
        (["start", "nothing.toml"], "nothing.toml: cannot read the file: no such file"),
        (["start", "good.toml", "apy"], "cannot start 'apy': no app of"),
        (["start", "bad.toml"], "bad.toml:2: app 'api', comand: unknown key 'comand'"),
        (["check", "bad.toml"], "bad.toml:2: app 'api', comand: unknown key 'comand'"),
        ([], "usage: usher"),
    ],
    ids=str,
)
def test_usage_and_configuration_end_with_1(
    home: Any, usher: Usher, words: list[str], said: str
) -> None:
    (home / "good.toml").write_text("[apps.api]\ncommand = '/bin/sh'\n")
    (home / "bad.toml").write_text("[apps.api]\ncomand = '/bin/sh'\n")
    ran = usher(*words)
    assert (ran.code, ran.out) == (1, "")
    assert said in ran.err
    # Nothing was started: not even a keeper.
    assert not (home / "keeper.lock").exists()


def test_start_takes_a_file_and_names_of_it(world: Any, usher: Usher) -> None:
    tables = [f"[apps.{name}]\ncommand = '/bin/sh'\n" for name in "ab"]
    (world.home / "two.toml").write_text("".join(tables))
    usher("start", "two.toml", "b")
    usher("start", "./two.toml")
    bodies = [json.loads(r.body) for r in world.requests if r.target == "/v1/apply"]
    assert [body["start"] for body in bodies] == [["b"], ["a", "b"]]
    assert [len(body["plan"]["services"]) for body in bodies] == [2, 2]


def test_ping_tells_of_trouble(world: Any, usher: Usher) -> None:
    pong = msgspec.structs.replace(world.answers["GET /v1/ping"], keeper=None, safe_mode=True)
    world.answers["GET /v1/ping"] = pong
    lines = usher("ping").out.splitlines()
    assert lines[2:] == [
        "keeper  is being started",
        "safe mode: the daemon crashed often; it acts only when told to",
    ]


def test_kill_waits_for_the_end(world: Any, usher: Usher, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pid that lives on (ours) is no end; a zombie is one."""
    alive = ProcessInfo(pid=os.getpid(), uptime=1.0)
    pong = msgspec.structs.replace(world.answers["GET /v1/ping"], daemon=alive)
    world.answers["GET /v1/ping"] = pong
    monkeypatch.setattr("usher.cli.kill._PATIENCE", 0.1)
    ran = usher("kill")
    assert ran.code == 5
    assert "still running after 0.1 s" in ran.err
    with subprocess.Popen(["/bin/true"]) as child:
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        ended = ProcessInfo(pid=child.pid, uptime=1.0)
        world.answers["GET /v1/ping"] = msgspec.structs.replace(pong, daemon=ended)
        assert usher("kill").code == 0


def test_describe(
    world: Any, usher: Usher, make_service: Callable[..., Any], make_instance: Callable[..., Any]
) -> None:
    probe = ProbeStatus(name="up", scope="self", ok=False, in_row=2, last="refused")
    held = make_instance(
        slot=1, phase="held", ready=False, pid=None, uptime=None, next_try=90.0, probes=[probe]
    )
    world.answers["GET /v1/services/api"] = make_service(
        "api", instances=[make_instance(), held], depends_on={"db": "ready"}, instances_wanted=2
    )
    lines = usher("describe", "api").out.splitlines()
    assert lines[0] == "api: active (1 of 2 ready, wanted up)"
    for line in (
        "  command     serve 'a b'",
        "  depends on  db (ready)",
        "api:0  running, ready",
        "  uptime      2h 5m",
        "api:1  held",
        "  next try    in 1m 30s",
        "  probe up (self) fails, 2 in a row: refused",
        "  TOKEN=***",
    ):
        assert line in lines


def test_logs_for_a_terminal_keep_colours_and_nothing_else() -> None:
    assert safe_line("a\tb \x1b[31mred\x1b[0m \x1b]0;title\x07 \x1b[2J") == (
        "a\tb \x1b[31mred\x1b[0m \\x1b]0;title\\x07 \\x1b[2J\x1b[0m"
    )
    assert safe_line("plain 표") == "plain 표"


def test_head_ends_a_command_quietly(
    daemon: Any, spawn: Callable[..., subprocess.Popen[bytes]], make_event: Callable[..., Frame]
) -> None:
    daemon.answers["GET /v1/events"] = [make_event(seq=seq, detail="x" * 900) for seq in range(999)]
    daemon.answers["GET /v1/list.txt"] = b"line\n" * 100_000
    for words in (["events"], ["events", "--json"], ["list"]):
        with spawn(*words) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            assert process.stdout.readline()
            process.stdout.close()
            assert process.stderr.read() == b""
            assert process.wait(20) == 0


@pytest.mark.parametrize("words", [["start"], ["logs", "-f"], ["events", "-f"]], ids=str)
def test_ctrl_c_ends_the_command_only(
    world: Any, spawn: Callable[..., subprocess.Popen[bytes]], words: list[str]
) -> None:
    paths = {"start": "POST /v1/apply", "logs": "GET /v1/logs", "events": "GET /v1/events"}
    world.answers["POST /v1/apply"] = world.answers["GET /v1/events"]
    world.endless.add(paths[words[0]])
    with spawn(*words) as process:
        stream = process.stderr if words[0] == "start" else process.stdout
        assert stream is not None
        assert stream.readline()
        before = len(world.requests)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
        said = process.stderr.read() if process.stderr else b""
        assert (b"the request goes on" in said) == (words == ["start"])
        assert b"Traceback" not in said
    assert len(world.requests) == before


def test_completion_knows_every_command(usher: Usher) -> None:
    for shell in ("bash", "zsh", "tcsh"):
        script = usher("completion", shell).out
        assert all(entry.name in script for entry in COMMANDS)


def test_a_completion_script_is_valid_bash(usher: Usher) -> None:
    script = usher("completion", "bash").out
    assert subprocess.run(["bash", "-n"], input=script.encode(), check=False).returncode == 0
