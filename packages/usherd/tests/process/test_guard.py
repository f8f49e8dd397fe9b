"""The guard where it counts: whoever asks for a start, by whatever way, and on the record."""

import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from usher.client import ProblemError, connect
from usher.config.load import load
from usher.runtime import lines

pytestmark = pytest.mark.process

GUARD = """
[roles.web.match]
env = { SERVER_TYPE = "webserver" }
file = "role-of-host"

[roles.api.match]
env = { SERVER_TYPE = "apiserver" }
file = "role-of-host"

[files]
"ecosystem.config.webserver.json" = "web"
"ecosystem.config.apiserver.json" = "api"

[apps]
"o4o-api" = "api"
"o4o-admin" = "web"
"""

PROGRAM = """
import pathlib, time
pathlib.Path(__file__).with_suffix(".started").touch()
while True:
    time.sleep(60)
"""

WEB, API = "ecosystem.config.webserver.json", "ecosystem.config.apiserver.json"


@pytest.fixture
def team(usher: Any) -> Any:
    """The checkout on a host whose role nobody has told yet."""
    for app in ("admin", "storefront", "api"):
        usher.script(f"{app}.py", PROGRAM)
    web = [{"name": f"o4o-{app}", "script": f"{app}.py"} for app in ("admin", "storefront")]
    usher.script(WEB, json.dumps({"apps": [{**app, "interpreter": "python"} for app in web]}))
    api = {"name": "o4o-api", "script": "api.py", "interpreter": "python"}
    usher.script(API, json.dumps({"apps": [api]}))
    usher.script("usher.guard.toml", GUARD)
    return usher


@pytest.fixture
def api_host(team: Any) -> Any:
    """The same on the API server, as a variable says, which usher inherits too."""
    team.env["SERVER_TYPE"] = "apiserver"
    return team


def started(team: Any) -> set[str]:
    """Programs that ever ran, by the sentinels that they leave."""
    return {path.stem for path in team.folder.glob("*.started")}


def audit(team: Any) -> list[dict[str, Any]]:
    raw = (team.home / "state" / "audit.log").read_bytes().splitlines(keepends=True)
    return [json.loads(lines.unseal(line) or b"null") for line in raw]


# -- the incident: the web server's file on the API server -----------------------------------------


def test_a1_01_e1_acceptance_3_the_web_file_is_refused_on_the_api_server(api_host: Any) -> None:
    refused = api_host("start", WEB, code=2)
    assert "cannot start 'o4o-admin': this host has role 'api' (SERVER_TYPE='apiserver')" in (
        refused.stderr
    )
    assert "the app needs 'web'" in refused.stderr
    assert f"use {API}" in refused.stderr
    assert "o4o-storefront" in refused.stderr
    assert started(api_host) == set()
    assert not api_host.marked()
    # Nothing was left behind that could start something later.
    assert not api_host.own()


def test_a1_02_renamed_and_copied_files_are_refused_too(api_host: Any) -> None:
    text = (api_host.folder / WEB).read_text()
    api_host.script("mine.config.json", text.replace("o4o-", "my-"))
    refused = api_host("start", "mine.config.json", code=2).stderr
    assert "the app needs 'web'" in refused
    (api_host.folder / API).write_text(text)
    assert "was it copied or renamed?" in api_host("start", API, code=2).stderr
    assert started(api_host) == set()


def test_a1_04_without_a_role_nothing_starts_and_the_way_out_works(team: Any) -> None:
    refused = team("start", API, code=2).stderr
    assert "the role of this host is not known" in refused
    assert "usher role set ROLE" in refused
    team("role", "set", "api")
    role_file = team.home / "role"
    assert (role_file.read_text(), stat.S_IMODE(role_file.stat().st_mode)) == ("api\n", 0o644)
    # A variable alone never widens what is pinned; it is a warning.
    team.env["SERVER_TYPE"] = "webserver"
    assert "this host has role 'api'" in team("start", WEB, code=2).stderr
    shown = json.loads(team("role", "--json").stdout)["here"]
    weights = {each["said"]: each["weight"] for each in shown["evidence"]}
    assert weights["SERVER_TYPE='webserver'"] == "contrary"
    assert weights[f"{role_file} 'api'"] == "decides"
    team("start", API)
    assert started(team) == {"api"}
    # Another role takes a reason.
    assert "--reason" in team("role", "set", "web", code=2).stderr


def test_a1_04_two_that_disagree_are_both_shown(api_host: Any) -> None:
    writable = api_host.script("role-of-host", "web")
    writable.chmod(0o666)
    refused = api_host("start", API, code=2).stderr
    assert "SERVER_TYPE='apiserver' says 'api'" in refused
    assert "role-of-host 'web' says 'web'" in refused
    # The same file, when only its owner can have written it, decides.
    writable.chmod(0o644)
    assert "this host has role 'web'" in api_host("start", API, code=2).stderr


# -- every other way to a start --------------------------------------------------------------------


def test_e1_the_api_itself_refuses_and_a_plan_is_judged_by_the_rules_of_now(
    api_host: Any, until: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    api_host("start", API)
    client = connect(str(api_host.home))
    monkeypatch.chdir(api_host.folder)
    plan = load(api_host.folder / WEB).plan
    with pytest.raises(ProblemError, match="refused by the guard") as refused:
        client.apply(plan, ["o4o-admin", "o4o-storefront"])
    assert refused.value.exit_code == 2
    assert refused.value.problem().codes == ["guard.role"]
    # Defined without a start it is as harmless as a file ...
    list(client.apply(plan, []))
    for ask in (client.start, client.restart, client.reload):
        with pytest.raises(ProblemError):
            ask(["o4o-admin"])
    # ... and what runs goes on, but is not started anew under rules that have changed.
    guard = api_host.folder / "usher.guard.toml"
    guard.write_text(GUARD.replace('"o4o-api" = "api"', '"o4o-api" = "web"'))
    pid = api_host.pids()["o4o-api", 0]
    for verb in ("restart", "reload"):
        assert "cannot start 'o4o-api'" in api_host(verb, "o4o-api", code=2).stderr
    with pytest.raises(ProblemError):
        client.scale("o4o-api", "2")
    assert api_host.pids()["o4o-api", 0] == pid
    # Not even a crash brings it back.
    os.kill(pid, 9)
    until(lambda: api_host.services()["o4o-api"]["status"] == "failed")
    assert "refused" in [event["event"] for event in api_host.events("o4o-api")]
    assert started(api_host) == {"api"}


def test_e1_resurrect_and_boot_bring_back_only_what_belongs_here(
    api_host: Any, until: Callable[..., Any]
) -> None:
    """After the host became the web server: the list of the API server is not started on it."""
    free = api_host.script("free.config.json", json.dumps({"apps": [
        {"name": "free", "script": "free.py", "interpreter": "python", "usher": {"role": "api"}},
        {"name": "both", "script": "free.py", "interpreter": "python"},
    ]}))  # fmt: skip
    api_host.script("free.py", PROGRAM)
    guard = api_host.folder / "usher.guard.toml"
    guard.write_text(f'{GUARD}\n"both" = ["api", "web"]\n')
    api_host("start", free.name)
    api_host("save")
    api_host("kill")
    api_host.env["SERVER_TYPE"] = "webserver"
    api_host("ping", code=None)
    done = api_host("resurrect", code=None)
    if done.returncode == 3:  # nothing ran: resurrect starts no usher by itself
        api_host("role", "set", "web")
        done = api_host("resurrect", code=None)
    assert done.returncode == 2, done.stderr
    until(lambda: api_host.services()["both"]["ready"] == 1)
    assert api_host.services()["free"]["status"] == "failed"
    # The role was wrong: when it is put right, what was refused comes by itself.
    api_host("role", "set", "api", "--reason", "it is the API server after all")
    until(lambda: api_host.services()["free"]["ready"] == 1, 40)


def test_e1_what_runs_is_left_alone_when_its_files_change_under_other_rules(
    api_host: Any, until: Callable[..., Any]
) -> None:
    api = {"name": "o4o-api", "script": "api.py", "interpreter": "python", "watch": ["watched"]}
    (api_host.folder / "watched").mkdir()
    api_host.script(API, json.dumps({"apps": [api]}))
    api_host("start", API)
    pid = api_host.pids()["o4o-api", 0]
    api_host("role", "set", "web")

    def refused() -> bool:
        (api_host.folder / "watched" / "file").write_text(str(datetime.now().astimezone()))
        return "refused" in [event["event"] for event in api_host.events("o4o-api")]

    until(refused, 30)
    assert api_host.pids()["o4o-api", 0] == pid
    assert api_host.services()["o4o-api"]["ready"] == 1


# -- in a pipeline ---------------------------------------------------------------------------------


def test_what_an_override_lets_through_is_checked_like_everything_else(api_host: Any) -> None:
    """A wrong host is said at once; where that was overridden, the rest counts after all."""
    api_host("start", WEB, "--force", "guard.role", "--reason", "a test")
    api_host("stop", "all")
    api_host.script("admin.py", "def broken(:\n")
    refused = api_host("start", WEB, code=2).stderr
    assert "[program.syntax]" in refused
    assert "guard.role" not in refused


def test_a1_13_a_pipeline_fails_on_a_refusal_and_when_its_own_files_are_missing(team: Any) -> None:
    check = ("check", "--ci", "--target")
    assert "the app needs 'web'" in team(*check, "role=api", WEB, code=2).stdout
    team(*check, "role=web", WEB)
    team(*check, "role=web", "none.config.json", code=1)
    (team.folder / "usher.guard.toml").unlink()
    assert "guard.unknown_app" in team(*check, "role=web", WEB, code=2).stdout
    team(*check, "role", WEB, code=1)


def test_a1_06_what_is_not_understood_changes_no_meaning(api_host: Any) -> None:
    """Their script took the first unknown word for the file and passed over the others."""
    api_host("start", "--bogus", API, code=1)
    api_host("start", code=1)
    api_host("start", "none.config.json", code=1)
    api_host("start", API, "unknown-app", code=1)
    assert started(api_host) == set()
    assert not api_host.own()


# -- overrides -------------------------------------------------------------------------------------


def test_e2_a1_05_an_override_needs_a_code_and_a_reason_and_is_on_the_record(
    api_host: Any, until: Callable[..., Any]
) -> None:
    start = ("start", WEB)
    assert "what applies here: guard.role" in api_host(*start, "--force", code=2).stderr
    assert "--reason" in api_host(*start, "--force", "guard.role", code=2).stderr
    wrong = api_host(*start, "--force", "guard.rule", "--reason", "x", code=2).stderr
    assert "did you mean 'guard.role'" in wrong
    other = api_host(*start, "--force", "guard.missing", "--reason", "x", code=2).stderr
    assert "this host has role 'api'" in other
    assert started(api_host) == set()

    api_host(
        *start, "--force", "guard.role", "--reason", "web server is down", "--force-for", "20s"
    )
    assert started(api_host) == {"admin", "storefront"}
    forced = [each for each in api_host.events() if each["event"] == "forced"]
    assert {each["service"] for each in forced} == {"o4o-admin", "o4o-storefront"}
    assert all("web server is down" in each["detail"] for each in forced)
    (record,) = [each for each in audit(api_host) if each.get("forced")]
    assert (record["forced"], record["reason"]) == (["guard.role"], "web server is down")
    assert (record["uid"], record["host"]) == (os.getuid(), os.uname().nodename)
    assert record["config"] == str(api_host.folder / WEB)
    assert re.fullmatch("[0-9a-f]{64}", record["digest"])
    assert stat.S_IMODE((api_host.home / "state" / "audit.log").stat().st_mode) == 0o600
    # It holds for the same services until its time is over, from the file too.
    api_host(*start)
    assert "forced: o4o-admin in spite of guard.role" in api_host("role").stdout
    refused = until(lambda: api_host("restart", "o4o-admin", code=None).returncode == 2, 90)
    assert refused
    # The last restart that was still allowed may have ended just before; what runs runs on.
    assert until(lambda: api_host.services()["o4o-admin"]["ready"] == 1, 90)


# -- a guard that is gone or damaged ---------------------------------------------------------------


def test_o_04_a_guard_that_was_cleaned_away_is_missed(api_host: Any) -> None:
    """Their scripts were deleted with other old files; everything then passed unlooked at."""
    api_host("start", API)
    guard = api_host.folder / "usher.guard.toml"
    guard.unlink()
    refused = api_host("restart", "o4o-api", code=2).stderr
    assert f"the guard file '{guard}' was in force and is gone" in refused
    assert "is gone" in api_host("start", WEB, code=2).stderr
    assert "without --reason" in api_host("role", "forget", str(guard), code=2).stderr
    api_host("role", "forget", str(guard), "--reason", "moved to another tool")
    api_host("restart", "o4o-api")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[roles.api.match]\nhostnme = 'x'", "unknown key 'hostnme'"),
        ("[roles.api", "cannot parse TOML"),
        ("[roles.api.match]\naddress = '10.0.0.999'", "cannot use '10.0.0.999' as an address"),
    ],
)
def test_a_damaged_guard_lets_nothing_pass_and_cannot_be_forced(
    api_host: Any, text: str, said: str
) -> None:
    api_host.script("usher.guard.toml", text)
    refused = api_host("start", API, code=2).stderr
    assert said in refused
    forced = api_host("start", API, "--force", "guard.unreadable", "--reason", "x", code=2).stderr
    assert "this has to be mended" in forced


# -- who, what, when -------------------------------------------------------------------------------


def test_a1_14_history_says_what_was_in_force_at_a_time_by_whom(api_host: Any) -> None:
    before = datetime.now().astimezone() - timedelta(minutes=1)
    api_host("start", API)
    api_host("stop", "o4o-api")
    record = next(each for each in audit(api_host) if each["request"] == "apply")
    now = datetime.now().astimezone() + timedelta(seconds=1)
    told = api_host("history", "--at", now.isoformat(" ", "seconds")).stdout
    assert f"o4o-api: {api_host.folder / API} (sha256 {record['digest']})" in told
    assert "stop done" in told
    early = api_host("history", "--at", before.isoformat(" ", "seconds")).stdout
    assert "nothing had been asked for" in early
    verbs = [(each["request"], each["outcome"]) for each in audit(api_host)]
    assert verbs == [("apply", "asked"), ("apply", "done"), ("stop", "asked"), ("stop", "done")]
    listed = api_host("audit").stdout
    assert "apply o4o-api" in listed


def test_apps_started_without_a_file_are_guarded_by_where_they_lie(
    api_host: Any, tmp_path: Path
) -> None:
    """`pm2 start SCRIPT` was a way around their guard, and so was another folder."""
    subprocess.run(
        [sys.executable, "-m", "usher.main", "pm2", "start", str(api_host.folder / "admin.py"),
         "--name", "o4o-admin", "--interpreter", "python"],
        cwd=tmp_path, env=api_host.env, capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert started(api_host) == set()


def test_without_any_declaration_there_is_no_guard(team: Any) -> None:
    (team.folder / "usher.guard.toml").unlink()
    team.env["SERVER_TYPE"] = "webserver"
    team("start", API)
    assert started(team) == {"api"}
