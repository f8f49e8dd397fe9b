"""What runs against what should: each finding once where it is due, and once where it is not."""

import pytest

from usher.guard import drift
from usher.guard.bindings import Setting
from usher.guard.drift import Scene, Service
from usher.guard.roles import HostRole
from usher.model.facts import Running
from usher.model.guard import App, AppRule, Rules

HOME = "/home/x/.usher"
API = App("o4o-api", script="/srv/api/dist/main.js", cwd="/srv/api", ports=(4000,))
ADMIN = App(
    "o4o-admin",
    script="/srv/admin/server.js",
    cwd="/srv/admin",
    ports=(5173,),
    file="/srv/ecosystem.config.webserver.cjs",
)
RULES = Rules(
    "/srv/usher.guard.toml",
    files={"/srv/ecosystem.config.webserver.cjs": ("web",)},
    apps=(AppRule("o4o-api", ("api",)), AppRule("report", ("web",), script="/opt/report/*")),
)
ON_API = Setting((RULES,), HostRole("known", "api"), (ADMIN,))
UP = Service(API, wanted=2, ready=2, pids=(10, 11))


BEGAN = "2025-08-17 07:16:29"
"""When the web server's file was started on the API server."""


def codes(
    *services: Service,
    running: tuple[Running, ...] = (),
    setting: Setting = ON_API,
    declared: tuple[App, ...] = (),
) -> list[str]:
    scene = Scene(HOME, services, declared)
    return [found.code for found in drift.judge(scene, running, setting)]


def process(script: str, cwd: str, starter: str = "", home: str = "", port: int = 0) -> Running:
    ports = (port,) if port else ()
    return Running(
        99, f"node {script}", "deploy", cwd, script, home, "", (), ports, starter, 5.0, BEGAN
    )


def test_nothing_is_found_where_everything_is_as_declared() -> None:
    ours = process(API.script, API.cwd, home=HOME)
    assert codes(UP, running=(ours,)) == []


@pytest.mark.parametrize(
    ("services", "declared", "expected"),
    [
        ((Service(API, wanted=2, ready=1, pids=(10,)),), (), ["drift.absent"]),
        ((Service(API, wanted=0),), (), []),
        ((UP,), (App("new", file="/srv/f"),), ["drift.absent"]),
        ((UP,), (API,), []),
        ((Service(API, wanted=2), Service(App("b", role="api"), wanted=1)), (),
         ["drift.nothing_runs"]),
        ((), (API,), ["drift.nothing_runs"]),
        ((), (), []),
        ((Service(API, wanted=0),), (App("new", file="/srv/f"),), ["drift.nothing_runs"]),
    ],
)  # fmt: skip
def test_what_is_missing(
    services: tuple[Service, ...], declared: tuple[App, ...], expected: list[str]
) -> None:
    assert codes(*services, declared=declared) == expected


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (process(ADMIN.script, ADMIN.cwd, "PM2 (pid 7)"), "drift.wrong_role"),
        (process(ADMIN.script, ADMIN.cwd), "drift.wrong_role"),
        (process("/tmp/x.js", ADMIN.cwd, port=5173), "drift.wrong_role"),
        (process("/opt/report/run.py", "/"), "drift.wrong_role"),
        (process(API.script, API.cwd), "drift.foreign"),
        (process(API.script, API.cwd, home="/other/usher"), "drift.foreign"),
        (process("/srv/other/x.js", "/srv/other", "PM2 (pid 7)"), "drift.unmanaged"),
        (process("/srv/other/x.js", "/srv/other", "cron"), None),
        (process("/tmp/x.js", ADMIN.cwd, port=5174), None),
        (process("", ""), None),
    ],
)
def test_processes_that_usher_did_not_start(seen: Running, expected: str | None) -> None:
    assert codes(UP, running=(seen,)) == ([expected] if expected else [])


def test_a_stranger_is_told_with_all_that_is_known_of_it() -> None:
    seen = process(ADMIN.script, ADMIN.cwd, "PM2 (pid 7)")
    (found,) = drift.judge(Scene(HOME, (UP,)), [seen], ON_API)
    for part in ("o4o-admin", "'api'", "'web'", "pid 99", "/srv/admin", "'deploy'", "PM2 (pid 7)"):
        assert part in found.message
    assert f"started by PM2 (pid 7) at {BEGAN}" in found.message


def test_without_any_rule_only_our_own_programs_are_known() -> None:
    nowhere = Setting((), HostRole("undeclared"))
    other = process("/srv/other/x.js", "/srv/other", "PM2 (pid 7)")
    twin = process(API.script, API.cwd)
    assert codes(UP, running=(other, twin), setting=nowhere) == ["drift.foreign"]


def test_a_role_that_changed_under_what_runs() -> None:
    web = Setting((RULES,), HostRole("known", "web"), (ADMIN,))
    assert codes(UP, setting=web) == ["drift.wrong_role"]
    assert codes(Service(API, wanted=0), setting=web) == []


@pytest.mark.parametrize(
    ("service", "expected"),
    [
        (Service(API, 1, 1, (1,), changed_env=("PORT", "DB")), ["drift.env"]),
        (Service(API, 1, 1, (1,), changed_in="/srv/f.js"), ["drift.config"]),
        (Service(API, 1, 1, (1,), restarts=6), ["drift.restarts"]),
        (Service(API, 1, 1, (1,), restarts=5), []),
        (Service(API, 1, 1, (1,), memory=95, memory_limit=100), ["drift.memory"]),
        (Service(API, 1, 1, (1,), memory=90, memory_limit=100), []),
        (Service(API, 1, 1, (1,), memory=1 << 40), []),
    ],
)
def test_what_changed_in_what_runs(service: Service, expected: list[str]) -> None:
    assert codes(service) == expected


def test_env_drift_names_variables_and_no_values() -> None:
    service = Service(API, 1, 1, (1,), changed_env=("PORT", "DB_PASSWORD"))
    (found,) = drift.judge(Scene(HOME, (service,)), (), ON_API)
    assert "env drift: 2 variables" in found.message
    assert "DB_PASSWORD" in found.message
