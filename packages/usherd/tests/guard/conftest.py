"""The teams' three files and their hosts: what the guard is held against."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from usher.config.app import Surroundings
from usher.config.guard_file import read_bytes
from usher.config.load import read
from usher.guard import roles
from usher.host.programs import app_of
from usher.model.guard import App, Evidence, Rules, Source

GUARD = """
[roles.web.match]
env = { SERVER_TYPE = "webserver" }
hostname = ["webserver-*", "*.web.internal"]
address = "10.0.1.0/24"
file = "/etc/o4o/role"
tag = { path = "/run/cloud.json", key = "tags.role" }

[roles.api.match]
env = { SERVER_TYPE = ["apiserver", "api"] }
hostname = "apiserver-*"
address = ["10.0.2.0/24", "fd00:2::/64"]
file = "/etc/o4o/role"
tag = { path = "/run/cloud.json", key = "tags.role" }

[roles.local.match]
env = { SERVER_TYPE = "local" }
hostname = "laptop-*"
file = "/etc/o4o/role"

[files]
"ecosystem.config.webserver.json" = "web"
"ecosystem.config.apiserver.json" = "api"
"ecosystem.config.local.json" = "local"

[apps]
"o4o-api" = ["api", "local"]
"o4o-admin" = ["web", "local"]
"o4o-storefront" = ["web", "local"]
"""

ROLE_FILES = ("/etc/usher/role", "/home/ops/.usher/role")

APPS = {
    "o4o-admin": {"script": "apps/admin-dashboard/server.js", "env": {"PORT": 3001}},
    "o4o-storefront": {"script": "apps/storefront/server.js", "env": {"PORT": 3002}},
    "o4o-api": {"script": "apps/api-server/dist/main.js", "env": {"PORT": 3000}},
}
FILES = {
    "web": ("o4o-admin", "o4o-storefront"),
    "api": ("o4o-api",),
    "local": tuple(APPS),
}
NAMES = {
    "web": "ecosystem.config.webserver.json",
    "api": "ecosystem.config.apiserver.json",
    "local": "ecosystem.config.local.json",
}


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkout that lies on every host: all apps, all three files, the guard beside them."""
    folder = tmp_path_factory.mktemp("o4o")
    for app in APPS.values():
        script = folder / str(app["script"])
        script.parent.mkdir(parents=True)
        script.write_text("")
    for role, names in FILES.items():
        (folder / NAMES[role]).write_text(ecosystem({name: APPS[name] for name in names}))
    (folder / "usher.guard.toml").write_text(GUARD)
    return folder


def ecosystem(apps: dict[str, dict[str, object]]) -> str:
    listed = [{"name": name, "interpreter": "none", **app} for name, app in apps.items()]
    for app in listed:
        app["script"] = f"/bin/true {app['script']}" if " " in str(app["script"]) else app["script"]
    return json.dumps({"apps": listed})


@pytest.fixture(scope="session")
def ecosystem_text() -> Callable[[dict[str, dict[str, object]]], str]:
    return ecosystem


@pytest.fixture(scope="session")
def apps_of(checkout: Path) -> Callable[..., list[App]]:
    """Read a text as a file of the checkout, and describe its apps as the guard sees them."""
    for path in checkout.glob("apps/**/*.js"):
        path.chmod(0o755)

    def describe(name: str, text: str | None = None) -> list[App]:
        data = (checkout / name).read_bytes() if text is None else text.encode()
        env = {"PATH": "/usr/bin:/bin", "HOME": "/root"}
        loaded = read(name, data, Surroundings(checkout, env, 2, checkout))
        assert not loaded.errors, loaded.errors
        return [app_of(spec, spec.env) for spec in loaded.plan.services]

    return describe


@pytest.fixture(scope="session")
def rules_of(checkout: Path) -> Callable[[str], Rules]:
    """Read a guard's text as the file beside the three."""

    def build(text: str = GUARD) -> Rules:
        rules = read_bytes(str(checkout / "usher.guard.toml"), text.encode())
        assert isinstance(rules, Rules), rules
        return rules

    return build


@pytest.fixture(scope="session")
def host_of() -> Callable[..., roles.HostRole]:
    """Conclude the role of a host that says these things, and nothing else."""

    def conclude(
        rules: tuple[Rules, ...] = (), *said: tuple[str, str, str], pinned: str = ""
    ) -> roles.HostRole:
        told = {(kind, name): value for kind, name, value in said}
        evidence = [
            Evidence(
                source,
                values=(told[source.kind, source.name],)
                if (source.kind, source.name) in told
                else (),
                pinned=bool(pinned) and source.name == pinned,
            )
            for source in roles.sources(rules, ROLE_FILES)
        ]
        known = {(each.source.kind, each.source.name) for each in evidence}
        assert set(told) <= known, f"nobody looks at {set(told) - known}"
        return roles.decide(rules, evidence, ROLE_FILES)

    return conclude


@pytest.fixture(scope="session")
def source() -> type[Source]:
    return Source
