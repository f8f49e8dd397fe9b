"""Settings that would have kept an incident away: named only where they are missing."""

import pytest
from msgspec.structs import replace

from usher.incidents.prevention import Definition, proposals
from usher.model.care import Setting
from usher.model.incident import Cause, Incident, Kind, Occurred
from usher.model.spec import MemorySpec, ProbeSpec, ServiceSpec, VariableRule
from usher.model.target import TcpTarget

SPEC = ServiceSpec("api", ("node", "api.js"), "/srv")
URL = "http://127.0.0.1:3000/"
ASKS = ProbeSpec("alive", TcpTarget("127.0.0.1:3000"))


def incident(kind: Kind, *causes: Cause) -> Incident:
    return Incident(
        number=7,
        service="api",
        kind=kind,
        severity="major",
        occurred=Occurred(100.0),
        detected=110.0,
        rule="unhealthy",
        services=("api",),
        causes=causes,
    )


def cause(name: str, *lines: str) -> Cause:
    return Cause(name, "why", 0.9, lines)


def settings(incident: Incident, definition: Definition) -> dict[str, Setting]:
    found: dict[str, Setting] = {}
    for each in proposals(incident, definition):
        found |= each.settings
    return found


def test_an_app_that_hung_and_is_asked_nothing_is_to_be_asked() -> None:
    alive = {"probes.alive.http": URL, "probes.alive.status": [100, 599]}
    assert settings(incident("hang"), Definition(SPEC, url=URL)) == alive
    asked = replace(SPEC, probes=(ASKS,))
    assert settings(incident("hang"), Definition(asked, url=URL)) == {}
    of_others = replace(SPEC, probes=(replace(ASKS, scope="dependency"),))
    assert settings(incident("hang"), Definition(of_others, url=URL)) == alive
    assert settings(incident("hang"), Definition(SPEC)) == {}, "it is not known where it listens"
    assert settings(incident("crash"), Definition(SPEC, url=URL)) == {}


@pytest.mark.parametrize(
    ("peak", "limit"),
    [(1, "64M"), (32 * 2**20, "64M"), (33 * 2**20, "128M"), (300 * 2**20, "640M")],
)
def test_a_limit_of_memory_is_twice_of_what_it_used(peak: int, limit: str) -> None:
    assert settings(incident("leak"), Definition(SPEC, peak=peak)) == {"memory.limit": limit}


def test_a_limit_is_proposed_where_memory_was_why_and_none_is_set() -> None:
    killed = incident("crash", cause("os.oom_kill"))
    assert settings(killed, Definition(SPEC, peak=2**20)) == {"memory.limit": "64M"}
    assert settings(killed, Definition(SPEC)) == {}, "nobody knows what it needs"
    limited = replace(SPEC, memory=MemorySpec(2**30))
    assert settings(killed, Definition(limited, peak=2**20)) == {}
    other = incident("crash", cause("db.auth_failed"))
    assert settings(other, Definition(SPEC, peak=2**20)) == {}


def test_what_ran_where_it_should_not_gets_the_role_of_its_host() -> None:
    assert settings(incident("foreign"), Definition(SPEC, host_role="web")) == {"role": "web"}
    assert settings(incident("foreign"), Definition(SPEC)) == {}, "the host has none"
    assert (
        settings(incident("foreign"), Definition(replace(SPEC, role="api"), host_role="web")) == {}
    )


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("KeyError: 'DATABASE_URL'", ["DATABASE_URL"]),
        ("KeyError: 'PORT'", ["PORT"]),
        ("Missing required environment variable: SMTP_HOST", ["SMTP_HOST"]),
        ("JWT_SECRET and DB_PASSWORD are not set", ["JWT_SECRET", "DB_PASSWORD"]),
        ("a setting is missing", []),
    ],
)
def test_a_variable_that_was_missing_becomes_required(line: str, names: list[str]) -> None:
    found = settings(incident("crash", cause("env.missing", line)), Definition(SPEC))
    assert found == {f"env_contract.{name}.required": True for name in names}


def test_a_variable_of_the_contract_is_not_named_again() -> None:
    spec = replace(SPEC, env_contract=(VariableRule("DATABASE_URL", required=True),))
    lacking = incident("crash", cause("py.missing_env", "KeyError: 'DATABASE_URL'"))
    assert settings(lacking, Definition(spec)) == {}


def test_open_files_are_raised_once() -> None:
    full = incident("crash", cause("fs.too_many_open"))
    assert settings(full, Definition(SPEC)) == {"nofile": 65536}
    assert settings(full, Definition(replace(SPEC, nofile=65536))) == {}
