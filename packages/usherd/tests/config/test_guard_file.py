"""What a guard file says, and every mistake in one: it is then no guard, and is said."""

from collections.abc import Callable
from pathlib import Path

import pytest

from usher.config import guard_file
from usher.config.load import Loaded
from usher.model.finding import Finding
from usher.model.guard import AppRule, Place, RoleMatch, Rules
from usher.model.spec import Plan, ServiceSpec

WHOLE = """
[roles.api.match]
env = { SERVER_TYPE = "api", KIND = ["a", "b"] }
hostname = "api-*"
address = ["10.0.2.0/24", "fd00::1"]
file = "role"
tag = { path = "/run/meta.json", key = "tags.role", equals = "backend" }

[files]
"ecosystem.config.cjs" = "api"
"deploy/web.json" = ["web", "local"]

[apps]
"o4o-api" = "api"
worker = { role = ["api", "web"], script = "apps/worker/*", port = 4000 }
"""


def read(text: str) -> Rules | tuple[Finding, ...]:
    return guard_file.read_bytes("/srv/o4o/usher.guard.toml", text.encode())


def test_all_that_can_be_said() -> None:
    assert read(WHOLE) == Rules(
        source="/srv/o4o/usher.guard.toml",
        roles={
            "api": RoleMatch(
                env={"SERVER_TYPE": ("api",), "KIND": ("a", "b")},
                hostname=("api-*",),
                address=("10.0.2.0/24", "fd00::1"),
                file=(Place("/srv/o4o/role"),),
                tag=(Place("/run/meta.json", "tags.role", "backend"),),
            )
        },
        files={"ecosystem.config.cjs": ("api",), "/srv/o4o/deploy/web.json": ("web", "local")},
        apps=(
            AppRule("o4o-api", ("api",)),
            AppRule("worker", ("api", "web"), "/srv/o4o/apps/worker/*", "", 4000),
        ),
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[roles.api", "cannot parse TOML"),
        ("[role.api.match]", "2: role: unknown key 'role' (did you mean 'roles'?)"),
        ("[roles.api.match]\nhostnames = 'a'", "3: roles.api.match.hostnames: unknown key"),
        ("[roles.api.match]", "nothing tells a host of role 'api'"),
        ("[roles.api]", "nothing tells a host of role 'api'"),
        ("[roles.api.match]\naddress = '10.0.0.0/33'", "cannot use '10.0.0.0/33' as an address"),
        ("[roles.'a b'.match]\nhostname = 'a'", "cannot use 'a b': expected a name"),
        ("[roles.api.match]\nenv = 'SERVER_TYPE=api'", "expected a table"),
        ("[apps]\napi = 3", "cannot use 3: expected"),
        ("[apps]\napi = { rol = 'x' }", "unknown key 'rol'"),
        ("[files]\n'a.json' = {}", "cannot use a table"),
    ],
)
def test_mistakes(text: str, said: str) -> None:
    found = read(f"\n{text}\n")
    assert isinstance(found, tuple)
    assert said in "\n".join(map(str, found))


def test_a_file_that_is_not_there_is_no_mistake(tmp_path: Path) -> None:
    assert guard_file.find([str(tmp_path), "/nowhere"]) == guard_file.Found()


def test_a_file_that_anybody_may_change_guards_nothing(tmp_path: Path) -> None:
    path = tmp_path / "usher.guard.toml"
    path.write_text(WHOLE)
    path.chmod(0o646)
    (fault,) = guard_file.find([str(tmp_path)]).faults
    assert "anybody may change this guard file" in str(fault)
    path.chmod(0o664)
    assert guard_file.find([str(tmp_path)]).rules[0].source == str(path)


def test_something_else_in_its_place_is_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "usher.guard.toml").mkdir()
    (fault,) = guard_file.find([str(tmp_path)]).faults
    assert "cannot read the guard file" in fault.message


RULES = "{ apps: { api: 'web' }, roles: { web: { match: { hostname: 'web-*' } } } }"


def test_the_key_usher_guard_of_a_pm2_file(load_text: Callable[..., Loaded], folder: Path) -> None:
    text = f"module.exports = {{ apps: [{{ script: 'app.js' }}], usher: {{ guard: {RULES} }} }}"
    (spec,) = load_text(text).plan.services
    assert spec.guard is not None
    assert spec.guard.source == str(folder / "x.config.js")
    assert spec.guard.apps == (AppRule("api", ("web",)),)


def test_a_mistake_under_usher_guard_refuses_the_file(load_text: Callable[..., Loaded]) -> None:
    text = "module.exports = { apps: [{ script: 'app.js' }], usher: { guard: { aps: {} } } }"
    assert any("unknown key 'aps'" in str(each) for each in load_text(text).errors)


def test_the_key_guard_of_a_native_file(read: Callable[..., Plan], folder: Path) -> None:
    plan = read("[apps.api]\ncommand = 'serve'\nrole = 'api'\n[guard.apps]\napi = 'api'\n")
    (spec,) = plan.services
    assert (spec.role, spec.guard and spec.guard.apps) == ("api", (AppRule("api", ("api",)),))


def test_the_role_of_an_app_of_pm2s_form(pm2_app: Callable[..., ServiceSpec]) -> None:
    assert pm2_app("usher: { role: 'api' }").role == "api"
