"""Which apps may start where: the incident of the teams, and every way around their own guard."""

from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from usher.guard import bindings
from usher.guard.bindings import Setting
from usher.guard.roles import HostRole
from usher.model.guard import App, AppRule, Rules

NAMES = {
    "web": "ecosystem.config.webserver.json",
    "api": "ecosystem.config.apiserver.json",
    "local": "ecosystem.config.local.json",
}
API_HOST = "hostname", "", "apiserver-1"
WEB_HOST = "hostname", "", "webserver-1"

Apps = Callable[..., list[App]]


@pytest.fixture
def codes(apps_of: Apps, rules_of: Any, host_of: Any, checkout: Path) -> Callable[..., list[str]]:
    """Judge a file of the checkout on a host that says these things."""

    def judge(
        name: str, text: str | None = None, *said: Any, guard: str | None = None
    ) -> list[str]:
        rules = (rules_of() if guard is None else rules_of(guard),)
        bound = tuple(app for each in NAMES.values() for app in apps_of(each))
        setting = Setting(rules, host_of(rules, *said), bound)
        return [finding.code for finding in bindings.judge(apps_of(name, text), setting)]

    return judge


# -- the incident (operations.md 0.1 to 0.4) -------------------------------------------------------


def test_o_01_the_web_file_on_the_api_server_is_refused_in_these_words(
    apps_of: Apps, rules_of: Any, host_of: Any
) -> None:
    rules = (rules_of(),)
    found = bindings.judge(apps_of(NAMES["web"]), Setting(rules, host_of(rules, API_HOST)))
    assert [(each.code, each.severity, each.app) for each in found] == [
        ("guard.role", "error", "o4o-admin"),
        ("guard.role", "error", "o4o-storefront"),
    ]
    assert found[0].message == (
        "cannot start 'o4o-admin': this host has role 'api' (hostname 'apiserver-1'), "
        "the app needs 'web'"
    )
    assert found[0].hint == "use ecosystem.config.apiserver.json"


def test_o_02_a1_03_the_right_file_passes_whatever_words_stand_in_it(
    codes: Any, checkout: Path
) -> None:
    text = (checkout / NAMES["web"]).read_text()
    told = '{"usher": {}, "name": "api-server is deliberately left out; o4o-api", ' + text[1:]
    assert codes(NAMES["web"], told, WEB_HOST) == []
    assert codes(NAMES["web"], told, API_HOST) == ["guard.role"] * 2


def test_o_02_a_host_of_another_type_accepts_nothing(codes: Any) -> None:
    """Their guard let `local` and every unknown type start any file."""
    for name in NAMES.values():
        assert set(codes(name, None, ("hostname", "", "build-7"))) == {"guard.unknown_role"}


def test_o_03_a_default_does_not_stand_for_what_was_not_looked_at(codes: Any) -> None:
    """Their monitor took an unset SERVER_TYPE for `local`."""
    assert set(codes(NAMES["local"])) == {"guard.unknown_role"}


# -- A.1.2: a file carries the roles of its apps ---------------------------------------------------


def test_a1_02_renamed(codes: Any, checkout: Path) -> None:
    text = (checkout / NAMES["web"]).read_text()
    assert codes(NAMES["api"], text, API_HOST) == ["guard.app_contradiction"] * 2
    assert codes("ecosystem.config.json", text, API_HOST) == ["guard.role"] * 2


@pytest.mark.parametrize("name", ["ecosystem.config.apiserver.json", "ecosystem.config.new.json"])
@pytest.mark.parametrize("prefix", ["my-", "o4o-api", ""])
def test_a1_02_copied_with_other_app_names(
    codes: Any, checkout: Path, name: str, prefix: str
) -> None:
    text = (checkout / NAMES["web"]).read_text()
    for number, app in enumerate(("o4o-admin", "o4o-storefront")):
        text = text.replace(f'"{app}"', f'"{prefix}{number or ""}"' if prefix else f'"{app}"')
    found = codes(name, text, API_HOST)
    assert len(found) == 2
    assert set(found) <= {"guard.app_contradiction", "guard.role"}


def test_a1_02_the_name_of_a_file_alone_binds_only_what_nothing_else_claims(
    codes: Any, checkout: Path, ecosystem_text: Any
) -> None:
    guard = """
        [roles.api.match]
        hostname = "apiserver-*"
        [roles.web.match]
        hostname = "webserver-*"
        [files]
        "ecosystem.config.apiserver.json" = "api"
        "ecosystem.config.webserver.json" = "web"
        [apps]
        "o4o-admin" = "web"
    """
    # The file alone will do for an app that nothing else knows ...
    assert codes(NAMES["web"], None, WEB_HOST, guard=guard) == []
    assert codes(NAMES["api"], None, API_HOST, guard=guard) == []
    # ... but not beside an app that shows that the file is not what its name says.
    found = codes(NAMES["api"], (checkout / NAMES["web"]).read_text(), API_HOST, guard=guard)
    assert len(found) == 2


def test_an_app_that_equals_a_contradictory_one_is_no_less_so() -> None:
    rules = Rules("/srv/usher.guard.toml", apps=(AppRule("y", ("web",)),))
    twin = App("y", script="/srv/a.js", cwd="/srv", file="/srv/y.json", role="api")
    copy = App("x", script="/srv/a.js", cwd="/srv", file="/srv/x.json")
    for role in ("web", "api"):
        setting = Setting((rules,), HostRole("known", role), (twin,))
        assert [each.code for each in bindings.judge([copy], setting)] == [
            "guard.app_contradiction"
        ]


# -- the four cases of design 2.5 ------------------------------------------------------------------

PLAIN = App("api", script="/srv/api.js", cwd="/srv")
UNDECLARED, KNOWN = HostRole("undeclared"), HostRole("known", "api")


@pytest.mark.parametrize(
    ("host", "role", "expected"),
    [
        (UNDECLARED, "", []),
        (KNOWN, "", ["guard.unknown_app"]),
        (UNDECLARED, "api", ["guard.unknown_role"]),
        (KNOWN, "web", ["guard.role"]),
        (KNOWN, "api", []),
        (HostRole("unknown"), "api", ["guard.unknown_role"]),
        (HostRole("unknown"), "", ["guard.unknown_role"]),
        (HostRole("contradictory"), "api", ["guard.contradiction"]),
    ],
)
def test_once_anybody_declares_everybody_has_to(
    host: HostRole, role: str, expected: list[str]
) -> None:
    app = App("api", script="/srv/api.js", cwd="/srv", role=role)
    assert [each.code for each in bindings.judge([app], Setting((), host))] == expected


def test_a1_04_an_unknown_role_says_how_to_set_it(
    rules_of: Any, host_of: Any, apps_of: Any
) -> None:
    rules = (rules_of(),)
    host = host_of(rules, ("env", "SERVER_TYPE", "webserver"), API_HOST)
    (found, _) = bindings.judge(apps_of(NAMES["web"]), Setting(rules, host))
    assert "SERVER_TYPE='webserver' says 'web'" in found.message
    assert "hostname 'apiserver-1' says 'api'" in found.message
    (unknown,) = bindings.judge(apps_of(NAMES["api"]), Setting(rules, host_of(rules)))
    # Which one is not suggested: it would be the role of the app, be it the wrong one.
    assert unknown.hint.startswith("usher role set ROLE, with 'web' or 'api' or 'local'")


def test_an_empty_guard_file_declares(rules_of: Any, host_of: Any) -> None:
    rules = (rules_of(""),)
    (found,) = bindings.judge([PLAIN], Setting(rules, host_of(rules)))
    assert found.code == "guard.unknown_role"


# -- recognising programs --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({}, True),
        ({"name": "other"}, True),
        ({"file": "/srv/copy.json"}, True),
        ({"args": ("--x",)}, True),  # the port is the same
        ({"args": ("--x",), "ports": (4000,)}, False),
        ({"ports": ()}, True),
        ({"script": "/srv/b.js"}, False),
        ({"cwd": "/srv/b"}, False),
        ({"script": ""}, False),
    ],
)
def test_what_is_the_same_program(changes: dict[str, Any], same: bool) -> None:
    values = {"name": "a", "script": "/srv/a.js", "cwd": "/srv", "ports": (3000,)}
    assert bindings.is_same(App(**values), App(**{**values, **changes})) is same


@pytest.mark.parametrize(
    ("rule", "meant"),
    [
        (AppRule("api", ("api",)), True),
        (AppRule("Shown", ("api",)), True),
        (AppRule("x", ("api",)), False),
        (AppRule("x", ("api",), script="/srv/api/*"), True),
        (AppRule("x", ("api",), script="/srv/web/*"), False),
        (AppRule("x", ("api",), port=3000), True),
        (AppRule("x", ("api",), port=3001), False),
        (AppRule("x", ("api",), script="/srv/api/*", port=3001), False),
        (AppRule("x", ("api",), cwd="/srv/api"), True),
    ],
)
def test_what_a_rule_means(rule: AppRule, meant: bool) -> None:
    app = App("api", "Shown", "/srv/api/main.js", (), "/srv/api", (3000,))
    (binding,) = bindings.bind([app], Setting((Rules("/g", apps=(rule,)),), KNOWN))
    assert bool(binding.claims) is meant


# -- acceptance 2: the mutation set ----------------------------------------------------------------

EVIDENCE = {
    "env": {
        "web": ("env", "SERVER_TYPE", "webserver"),
        "api": ("env", "SERVER_TYPE", "api"),
        "local": ("env", "SERVER_TYPE", "local"),
    },
    "hostname": {
        "web": ("hostname", "", "a.web.internal"),
        "api": ("hostname", "", "APISERVER-2"),
        "local": ("hostname", "", "laptop-9"),
    },
    "role file": {role: ("file", "/etc/o4o/role", role) for role in NAMES},
    "pinned": {role: ("file", "/etc/usher/role", role) for role in NAMES},
}
DISGUISES = ("none", "right file name", "new file name", "new app names", "both", "more words")


def disguised(text: str, how: str) -> str:
    """Change what a person changes to make a wrong file look right."""
    for app in ("o4o-admin", "o4o-storefront", "o4o-api"):
        if how in ("new app names", "both"):
            text = text.replace(f'"name": "{app}"', f'"name": "svc-{len(app)}"')
    return text.replace('"interpreter"', '"instances": 1, "interpreter"') if "more" in how else text


def test_acceptance_2_every_wrong_pair_is_refused(codes: Any, checkout: Path) -> None:
    pairs = 0
    for kind, host, role, how in product(EVIDENCE, NAMES, NAMES, DISGUISES):
        # The local file holds apps of every role: on a host where each may run it is no wrong one.
        if host == role or "local" in (host, role):
            continue
        name = {"right file name": NAMES[host], "both": NAMES[host]}.get(how, NAMES[role])
        name = "ecosystem.config.mine.json" if how == "new file name" else name
        text = disguised((checkout / NAMES[role]).read_text(), how)
        found = codes(name, text, EVIDENCE[kind][host])
        assert len(found) == text.count('"script"'), (kind, host, role, how, found)
        pairs += len(found)
    for kind, host, role in product(EVIDENCE, NAMES, NAMES):
        if host != role and "local" in (host, role):
            assert codes(NAMES[role], None, EVIDENCE[kind][host]), (kind, host, role)
            pairs += 1
    assert pairs >= 80


def test_acceptance_2_every_right_pair_is_allowed(codes: Any, checkout: Path) -> None:
    pairs = 0
    for kind, role, how in product(EVIDENCE, NAMES, ("none", "more words", "new app names")):
        for extra in (None, ("address", "", "192.168.0.4"), ("hostname", "", "ip-10-0-9-9")):
            if kind == "hostname" and extra and extra[0] == "hostname":
                continue
            # Under a new name an app of two roles is told by what it runs, and by its file.
            said = [EVIDENCE[kind][role], *([extra] if extra else [])]
            text = disguised((checkout / NAMES[role]).read_text(), how)
            assert codes(NAMES[role], text, *said) == [], (kind, role, how, extra)
            pairs += 1
    assert pairs >= 80
