"""Every code of the catalogue has a case that fires it and one, as near as possible, that does
not. Codes whose rules need more than a few facts name the tests that do the same."""

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
import pytest

from usher.guard import env
from usher.guard.catalogue import CATALOGUE
from usher.guard.checks import commands, files, mode, ports, programs, remote, room, running
from usher.guard.database import reach
from usher.guard.definition import Definition
from usher.model.facts import (
    Artefact,
    Certificate,
    Folder,
    Listener,
    Machine,
    Package,
    PlainFile,
    Remote,
    Running,
    Source,
    Syntax,
    TextFile,
)
from usher.model.finding import Finding
from usher.model.guard import App
from usher.model.spec import (
    LogSpec,
    MemorySpec,
    ProbeSpec,
    ServiceSpec,
    SocketSpec,
    TcpAddress,
    VariableRule,
    WatchSpec,
)
from usher.model.target import HttpTarget

HOME: Final = "/home/me/.usher"
DAY: Final = 86400.0


def app(argv: str = "node server.js", **fields: Any) -> Definition:
    spec = ServiceSpec("api", tuple(argv.split()), "/srv/api")
    spec = msgspec.structs.replace(spec, **fields)
    return Definition(spec, "/srv/api/ecosystem.config.js", {"": 2})


def named(other: Definition, name: str) -> Definition:
    return other._replace(spec=msgspec.structs.replace(other.spec, name=name))


def port(number: int, **fields: Any) -> Definition:
    return app(env={"PORT": str(number)}, **fields)


def process(**fields: Any) -> Running:
    usual = Running(812, "node server.js", "me", "/srv/api", "/srv/api/server.js")
    return msgspec.structs.replace(usual, **fields)


def folder(**fields: Any) -> Folder:
    usual = Folder(
        path="/var/log/api",
        existing="/var/log/api",
        owner="root",
        mode=0o755,
        writable=True,
        free=50 << 30,
        size=100 << 30,
        inodes_free=900_000,
        inodes=1_000_000,
        device=7,
        asked_by="me",
    )
    return msgspec.structs.replace(usual, **fields)


def package(**fields: Any) -> dict[str, Package]:
    return {"api": Package("/srv/api", **fields)}


def listening(definition: Definition, *holders: Running, **machine: Any) -> list[Finding]:
    listener = Listener(3000, "127.0.0.1", holders)
    return ports.judge([definition], [listener], Machine(**machine), HOME)


def defined(*definitions: Definition) -> list[Finding]:
    return ports.judge_definitions(definitions)


def modes(definition: Definition, **facts: Any) -> list[Finding]:
    given: dict[str, Any] = {"packages": {}, "folders": {}, "sources": {}} | facts
    return mode.judge([definition], **given)


def runs(definition: Definition, *found: Running, pm2: str = "") -> list[Finding]:
    program = {"api": App("api", script="/srv/api/server.js", cwd="/srv/api")}
    by_pm2 = {"api": pm2} if pm2 else {}
    return running.judge([definition], program, found, by_pm2, HOME)


def twice(one: Definition, other: Definition) -> list[Finding]:
    programs = {
        each.spec.name: App(each.spec.name, script="/srv/api/server.js", cwd="/srv/api")
        for each in (one, other)
    }
    return running.judge_definitions([one, other], programs)


def disks(**fields: Any) -> list[Finding]:
    return room.judge_folders([app()], {}, folder(**fields))


def seen_of(unresolved: str = "", days: float | None = None) -> list[Finding]:
    not_after = None if days is None else (1000 + days) * DAY
    host = Remote("HOOK_URL", "hooks.example", 443, unresolved, not_after)
    return remote.judge(app(), [host], 1000 * DAY)


def asked(fault: str) -> list[Finding]:
    return reach.judge("postgresql at db:5432", "app", fault, ["api"])


def logs(**fields: Any) -> list[Finding]:
    logged = app(logs=LogSpec(out="/var/log/api/out.log"))
    seen = folder(**fields)
    return room.judge_folders([logged], {("api", seen.path): seen}, folder())


def limits(definition: Definition, **machine: Any) -> list[Finding]:
    return room.judge_limits([definition], Machine(**machine))


def file(kind: str, access: int, **fields: Any) -> list[Finding]:
    return files.judge_modes([PlainFile("/srv/api/x", kind, access, "me", **fields)])


def certificate(days: float | None, fault: str = "") -> list[Finding]:
    end = None if days is None else 1000 * DAY + days * DAY
    found = Certificate("/etc/tls/x.pem", "--certfile", end, fault)
    return files.judge_certificates(app(), [found], 1000 * DAY)


def clock(changed: float, *, synchronised: bool | None = True) -> list[Finding]:
    seen = PlainFile("/srv/api/ecosystem.config.js", "config", 0o600, "me", changed=changed)
    return files.judge_clock([seen], Machine(now=1000 * DAY, synchronised=synchronised))


def beside(text: str, name: str = "README.md", **env: str) -> list[Finding]:
    return commands.judge([app(env=env)], [TextFile(f"/srv/api/{name}", text)])


def syntax(said: Syntax, **around: Any) -> list[Finding]:
    return programs.judge_syntax([app()], {"api": said}, package(**around))


def scripts(argv: str) -> list[Finding]:
    return programs.judge_scripts([app(argv)], package(commands=(("start", "node ."),)))


def around(build: Artefact | None = None, **fields: Any) -> list[Finding]:
    builds = {} if build is None else {"api": build}
    return programs.judge_packages([app()], package(**fields), builds)


def socket(number: int) -> tuple[SocketSpec, ...]:
    return (SocketSpec("http", TcpAddress("127.0.0.1", number)),)


def probe(url: str) -> Definition:
    return port(3000, probes=(ProbeSpec("web", HttpTarget(url)),))


def contract(
    value: str | None, *, number: bool = False, session: bool = False, **rule: Any
) -> list[Finding]:
    values = {} if value is None else {"DB_PASS": value}
    needs = msgspec.structs.replace(VariableRule("DB_PASS", required=True), **rule)
    sources = {} if session else dict.fromkeys(values, "env")
    judged = app(env=values, env_contract=(needs,), env_sources=sources)
    return env.judge(judged, frozenset({"production"}), frozenset({"DB_PASS"} if number else ()))


class Case(NamedTuple):
    """What fires a code, and what is right."""

    fires: Callable[[], list[Finding]]
    quiet: Callable[[], list[Finding]]


LIMIT: Final = MemorySpec(limit=600 << 20)
PRODUCTION: Final = {"NODE_ENV": "production"}
WATCHED: Final = WatchSpec(("/srv/api",), (r"/srv/api/logs(/|$)",))
BUILD: Final = Artefact("/srv/api/dist/main.js", exists=True, changed=8.0)
UNIT: Final = "systemd unit 'api.service'"
CHECK: Final = "curl -fs http://localhost:{}/ || pm2 restart web"

CASES: Final = {
    "env.missing": Case(lambda: contract(None), lambda: contract("k7vQ")),
    "env.empty": Case(lambda: contract(" "), lambda: contract("k7vQ")),
    "env.placeholder": Case(lambda: contract("change-me"), lambda: contract("k7vQ")),
    "env.quoted": Case(lambda: contract('"k7vQ"'), lambda: contract('k7"vQ')),
    "env.trailing": Case(lambda: contract("k7vQ\r"), lambda: contract("k7 vQ")),
    "env.kind": Case(
        lambda: contract("http//x", kind="url"), lambda: contract("http://x", kind="url")
    ),
    "env.value": Case(
        lambda: contract("true", none_of=("true",), when=("production",)),
        lambda: contract("true", none_of=("true",), when=("web",)),
    ),
    "env.forbidden": Case(
        lambda: contract("k7vQ", forbidden=True), lambda: contract(None, forbidden=True)
    ),
    "env.not_a_string": Case(lambda: contract("12345", number=True), lambda: contract("12345")),
    "env.session_only": Case(lambda: contract("k7vQ", session=True), lambda: contract("k7vQ")),
    "port.taken": Case(
        lambda: listening(port(3000), process()), lambda: listening(port(3001), process())
    ),
    "port.taken_by_service": Case(
        lambda: listening(port(3000), process(home=HOME, service="web")),
        lambda: listening(port(3000), process(home=HOME, service="api")),
    ),
    "port.shared": Case(
        lambda: defined(port(3000), named(port(3000), "web")),
        lambda: defined(port(3000), named(port(3001), "web")),
    ),
    "port.same_for_instances": Case(
        lambda: defined(port(3000, instances=2)),
        lambda: defined(port(3000, instances=2, channel="cluster")),
    ),
    "port.privileged": Case(
        lambda: listening(app(sockets=socket(80))),
        lambda: listening(app(sockets=socket(80)), first_free_port=80),
    ),
    "port.probe_mismatch": Case(
        lambda: defined(probe("http://localhost:3001/health")),
        lambda: defined(probe("http://localhost:3000/health")),
    ),
    "port.command_differs": Case(
        lambda: beside(CHECK.format(3001), "check.sh", PORT="3000"),
        lambda: beside(CHECK.format(3000), "check.sh", PORT="3000"),
    ),
    "db.port_differs": Case(
        lambda: beside("psql -h localhost -p 5432 sales", DB_PORT="1377"),
        lambda: beside("docker exec db psql -p 5432 sales\npsql -p 1377 sales", DB_PORT="1377"),
    ),
    "app.duplicate": Case(
        lambda: twice(port(3000), named(port(3000), "o4o-api")),
        lambda: twice(port(3000), named(port(3001), "o4o-api")),
    ),
    "app.running_under_other_name": Case(
        lambda: runs(port(3000), process(home=HOME, service="o4o-api", ports=(3000,))),
        lambda: runs(port(3000), process(home=HOME, service="api", ports=(3000,))),
    ),
    "app.run_by_pm2": Case(lambda: runs(app(), pm2="PM2 runs it"), lambda: runs(app())),
    "app.running_elsewhere": Case(
        lambda: runs(app(), process(starter=UNIT)),
        lambda: runs(app(), process(starter=UNIT, args=("worker",))),
    ),
    "app.running_by_hand": Case(
        lambda: runs(app(), process(starter="'bash' (pid 5)")),
        lambda: runs(app(), process(starter="'bash' (pid 5)", cwd="/srv/other")),
    ),
    "mode.cluster_of_one": Case(
        lambda: modes(app(channel="cluster")), lambda: modes(app(channel="cluster", instances=2))
    ),
    "mode.cluster_state": Case(
        lambda: modes(app(instances=2), packages=package(dependencies=("socket.io",))),
        lambda: modes(
            app(instances=2), packages=package(dependencies=("socket.io", "@socket.io/sticky"))
        ),
    ),
    "mode.watch_in_production": Case(
        lambda: modes(app(watch=WATCHED, env=PRODUCTION)), lambda: modes(app(watch=WATCHED))
    ),
    "mode.watch_changing_folder": Case(
        lambda: modes(app(watch=WATCHED), folders={"api": ["/srv/api/uploads"]}),
        lambda: modes(app(watch=WATCHED), folders={"api": ["/srv/api/logs", "/srv/api/src"]}),
    ),
    "mode.environment_mixed": Case(
        lambda: modes(app(env={"NODE_ENV": "development", "MODE": "PROD"})),
        lambda: modes(app(env={"NODE_ENV": "production", "MODE": "PROD"})),
    ),
    "mode.not_production": Case(
        lambda: modes(app(env={"NODE_ENV": "development"}), role="web"),
        lambda: modes(app(env={"NODE_ENV": "development"}), role="local"),
    ),
    "guard.dev_command_in_production": Case(
        lambda: modes(app("npm run dev", env=PRODUCTION)),
        lambda: modes(app("npm run start", env=PRODUCTION)),
    ),
    "orm.synchronize": Case(
        lambda: modes(
            app(env=PRODUCTION), sources={"api": [Source("a.ts", 3, "synchronize: true")]}
        ),
        lambda: modes(app(env=PRODUCTION | {"DB_SYNC": "false"})),
    ),
    "program.syntax": Case(
        lambda: syntax(Syntax("a.js", "SyntaxError: x", 3)), lambda: syntax(Syntax("a.js"))
    ),
    "program.version": Case(
        lambda: syntax(Syntax("a.js", node="18.2.0"), engines_node=">=20"),
        lambda: syntax(Syntax("a.js", node="20.2.0"), engines_node=">=20"),
    ),
    "program.npm_script_missing": Case(
        lambda: scripts("npm run build"), lambda: scripts("npm run start")
    ),
    "program.dependencies_missing": Case(
        lambda: around(missing=("pg",)), lambda: around(dependencies=("pg",))
    ),
    "build.missing": Case(
        lambda: around(Artefact("/srv/api/.next/BUILD_ID", exists=False)), lambda: around(BUILD)
    ),
    "build.stale": Case(
        lambda: around(BUILD, newest_source="src/a.ts", source_changed=9.0),
        lambda: around(BUILD, newest_source="src/a.ts", source_changed=7.0),
    ),
    "log.folder": Case(lambda: logs(writable=False), logs),
    "disk.full": Case(lambda: disks(free=10 << 20), disks),
    "disk.low": Case(lambda: disks(free=4 << 30), lambda: disks(free=6 << 30)),
    "disk.inodes": Case(lambda: disks(inodes_free=900), lambda: disks(inodes_free=0, inodes=0)),
    "memory.over": Case(
        lambda: limits(app(memory=LIMIT, instances=2), memory=1 << 30),
        lambda: limits(app(memory=LIMIT), memory=1 << 30),
    ),
    "limits.nofile": Case(
        lambda: limits(app(nofile=9000), nofile=4096),
        lambda: limits(app(nofile=9000), nofile=4096, is_root=True),
    ),
    "file.env_writable": Case(lambda: file("env", 0o602), lambda: file("env", 0o600)),
    "file.env_readable": Case(lambda: file("env", 0o644), lambda: file("env", 0o640)),
    "file.log_writable": Case(
        lambda: file("log", 0o664, group_is_shared=True), lambda: file("log", 0o664)
    ),
    "file.state_open": Case(lambda: file("state", 0o755), lambda: file("state", 0o700)),
    "config.writable": Case(lambda: file("config", 0o666), lambda: file("config", 0o644)),
    "tls.expired": Case(lambda: certificate(-1), lambda: certificate(20)),
    "tls.expires_soon": Case(lambda: certificate(20), lambda: certificate(60)),
    "tls.unreadable": Case(lambda: certificate(None, "no such file"), lambda: certificate(60)),
    "dns.unresolved": Case(lambda: seen_of("no such name"), lambda: seen_of()),
    "tls.peer_expired": Case(lambda: seen_of(days=-1), lambda: seen_of(days=20)),
    "tls.peer_expires_soon": Case(lambda: seen_of(days=20), lambda: seen_of(days=60)),
    "db.unreachable": Case(
        lambda: asked('connection to server at "db", port 5432 failed: Connection refused'),
        lambda: asked("FATAL: sorry, too many clients already"),
    ),
    "db.refused": Case(
        lambda: asked('FATAL: password authentication failed for user "app"'), lambda: asked("")
    ),
    "db.no_database": Case(
        lambda: asked('FATAL: database "shop" does not exist'),
        lambda: asked('FATAL: role "shop" does not exist'),
    ),
    "clock.behind": Case(lambda: clock(1001 * DAY), lambda: clock(1000 * DAY + 60)),
    "clock.unsynchronised": Case(
        lambda: clock(0, synchronised=False), lambda: clock(0, synchronised=None)
    ),
}

ROLES: Final = "guard/test_codes.py::test_it_fires_and_it_does_not"
DRIFT, BUDGET, SIGNS = "guard/test_drift.py", "guard/test_budget.py", "guard/test_signs.py"
CHECKING: Final = "cli/test_checking.py"
NO_DRIFT: Final = f"{DRIFT}::test_nothing_is_found_where_everything_is_as_declared"
CHANGED: Final = f"{DRIFT}::test_what_changed_in_what_runs"
STRANGER: Final = f"{DRIFT}::test_processes_that_usher_did_not_start"
MISSING: Final = f"{DRIFT}::test_what_is_missing"
FITS: Final = f"{BUDGET}::test_what_is_not_over_fits"
BENIGN: Final = f"{SIGNS}::test_benign_lines_are_no_signs"
MISTAKE: Final = "config/test_finding_codes.py::test_a_mistake_has_its_code"
GOOD_FILE: Final = "config/test_finding_codes.py::test_a_good_file_has_none"

ELSEWHERE: Final = {
    "guard.role": (ROLES, ROLES),
    "guard.unknown_role": (ROLES, ROLES),
    "guard.contradiction": (ROLES, ROLES),
    "guard.unknown_app": (ROLES, ROLES),
    "guard.app_contradiction": (ROLES, ROLES),
    "guard.contrary_evidence": (ROLES, ROLES),
    "guard.unreadable": (ROLES, ROLES),
    "guard.missing": (ROLES, ROLES),
    "guard.undeclared": (ROLES, ROLES),
    "guard.forced": (ROLES, ROLES),
    "budget.over": (f"{BUDGET}::test_a0_03_budget_is_40_of_27_and_over", FITS),
    "budget.tight": (f"{BUDGET}::test_double_initialisation_counts_twice", FITS),
    "budget.peak": (f"{BUDGET}::test_a_reload_that_does_not_fit_is_a_warning", FITS),
    "budget.unknown": (
        f"{BUDGET}::test_what_is_unknown_is_said_and_what_is_over_anyway_is_over",
        FITS,
    ),
    "orm.double_initialize": (
        f"{SIGNS}::test_e8_double_initialisation_is_named_with_both_call_sites",
        BENIGN,
    ),
    "orm.second_pool": (
        "process/test_connections.py::test_a0_02_a_second_pool_is_reported_though_nothing_is_logged",
        "process/test_connections.py::test_a0_02_a_single_pool_is_never_reported",
    ),
    "db.too_many_connections": (f"{SIGNS}::test_a_full_database_is_recognised", BENIGN),
    "drift.absent": (MISSING, NO_DRIFT),
    "drift.nothing_runs": (MISSING, NO_DRIFT),
    "drift.wrong_role": (STRANGER, NO_DRIFT),
    "drift.foreign": (STRANGER, NO_DRIFT),
    "drift.unmanaged": (STRANGER, NO_DRIFT),
    "drift.env": (CHANGED, NO_DRIFT),
    "drift.config": (CHANGED, NO_DRIFT),
    "drift.restarts": (CHANGED, NO_DRIFT),
    "drift.memory": (CHANGED, NO_DRIFT),
    "config.unreadable": (MISTAKE, GOOD_FILE),
    "config.syntax": (MISTAKE, GOOD_FILE),
    "config.unknown_key": (MISTAKE, GOOD_FILE),
    "config.value": (MISTAKE, GOOD_FILE),
    "config.not_here": (MISTAKE, GOOD_FILE),
    "config.advice": (MISTAKE, GOOD_FILE),
    "check.too_slow": (
        f"{CHECKING}::test_a_part_that_is_late_is_said",
        f"{CHECKING}::test_all_parts_answer",
    ),
    "check.failed": (
        f"{CHECKING}::test_a_part_that_cannot_look_is_said",
        f"{CHECKING}::test_all_parts_answer",
    ),
}
"""Code -> where it fires and where it does not: "file.py::test" below the folder of tests."""


@pytest.mark.parametrize("code", CASES)
def test_it_fires(code: str) -> None:
    found = CASES[code].fires()
    assert code in [finding.code for finding in found]
    about = next(finding for finding in found if finding.code == code)
    assert about.severity == CATALOGUE[code].severity
    assert about.message


@pytest.mark.parametrize("code", CASES)
def test_it_does_not_fire(code: str) -> None:
    assert code not in [finding.code for finding in CASES[code].quiet()]


def test_every_code_has_both() -> None:
    without = {*CATALOGUE} - {*CASES, *ELSEWHERE}
    assert not without, f"add a case, or name the tests in ELSEWHERE: {sorted(without)}"
    assert not {*CASES, *ELSEWHERE} - {*CATALOGUE}


@pytest.mark.parametrize("code", ELSEWHERE)
def test_the_named_tests_are_there(code: str) -> None:
    for place in ELSEWHERE[code]:
        path, _, name = place.partition("::")
        tree = ast.parse((Path(__file__).parents[1] / path).read_text())
        functions = (ast.FunctionDef, ast.AsyncFunctionDef)
        assert name in [node.name for node in ast.walk(tree) if isinstance(node, functions)]


def test_codes_say_everything() -> None:
    for code in CATALOGUE.values():
        area, _, what = code.code.partition(".")
        assert area.isalpha(), code
        assert what.replace("_", "").isalnum(), code
        assert code.title[0].isupper(), code
        assert not code.title.endswith("."), code
        assert code.cause.endswith("."), code
        assert code.fix.endswith("."), code
