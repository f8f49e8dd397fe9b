"""Every code of the guard fires in one case and is silent in the case beside it (acceptance 2)."""

from collections.abc import Callable, Sequence

import pytest

from usher.guard import bindings, overrides, roles, rules
from usher.guard.bindings import Setting
from usher.guard.catalogue import CATALOGUE
from usher.guard.overrides import Force
from usher.guard.roles import HostRole
from usher.model.finding import Finding
from usher.model.guard import App, AppRule, Evidence, Override, RoleMatch, Rules, Source

OVERRIDE = Override("api", "guard.role", 0.0, 60.0, "uid 7", "down")
HERE = HostRole("known", "api")
API = App("api", script="/srv/api.js", cwd="/srv", file="/srv/api.json")
BOUND = Rules("/srv/usher.guard.toml", apps=(AppRule("api", ("api",)),))
BOTH = Rules("/srv/usher.guard.toml", files={"api.json": ("web",)}, apps=BOUND.apps)


def judged(host: HostRole, *declared: Rules) -> list[Finding]:
    return bindings.judge([API], Setting(declared, host))


def contrary(variable: str) -> list[Finding]:
    match = RoleMatch(env={"KIND": ("web",)})
    evidence = [
        Evidence(Source("file", "/etc/usher/role"), ("api",), pinned=True),
        Evidence(Source("env", "KIND"), (variable,) if variable else ()),
    ]
    host = roles.decide((Rules("/g", roles={"web": match}),), evidence, ("/etc/usher/role",))
    return roles.contrary_findings(host)


CASES: dict[str, tuple[Callable[[], list[Finding]], Callable[[], list[Finding]]]] = {
    "guard.role": (
        lambda: judged(HostRole("known", "web"), BOUND),
        lambda: judged(HERE, BOUND),
    ),
    "guard.unknown_role": (
        lambda: judged(HostRole("unknown"), BOUND),
        lambda: judged(HostRole("undeclared")),
    ),
    "guard.contradiction": (
        lambda: judged(HostRole("contradictory"), BOUND),
        lambda: judged(HERE, BOUND),
    ),
    "guard.unknown_app": (
        lambda: judged(HERE, Rules("/srv/usher.guard.toml")),
        lambda: judged(HERE, BOUND),
    ),
    "guard.app_contradiction": (
        lambda: judged(HERE, BOTH),
        lambda: judged(HERE, BOUND),
    ),
    "guard.contrary_evidence": (lambda: contrary("web"), lambda: contrary("")),
    "guard.unreadable": (
        lambda: rules.unreadable([API], [Finding("cannot parse TOML", file="/srv/g", line=3)]),
        lambda: rules.unreadable([API], []),
    ),
    "guard.missing": (
        lambda: rules.missing([API], ["/srv/usher.guard.toml"]),
        lambda: rules.missing([API], []),
    ),
    "guard.undeclared": (
        lambda: rules.undeclared("/srv/e.config.web.cjs", ["e.config.api.cjs", "package.json"]),
        lambda: rules.undeclared("/srv/e.config.web.cjs", ["e.config.cjs", "x.config.api.cjs"]),
    ),
    "guard.forced": (
        lambda: overrides.announced([OVERRIDE], 59.9),
        lambda: overrides.announced([OVERRIDE], 60.0),
    ),
}


def test_no_code_of_this_area_is_left_out() -> None:
    declared = (*bindings.CODES, *roles.CODES, *rules.CODES, *overrides.CODES)
    assert {code.code for code in declared} == CASES.keys()
    assert CASES.keys() <= CATALOGUE.keys()


@pytest.mark.parametrize("code", CASES)
def test_it_fires_and_it_does_not(code: str) -> None:
    fires, silent = CASES[code]
    (found,) = fires()
    assert (found.code, found.severity) == (code, CATALOGUE[code].severity)
    assert found.message
    assert found.hint or code == "guard.unreadable"
    assert silent() == []


# -- overriding ------------------------------------------------------------------------------------

WRONG: Sequence[Finding] = judged(HostRole("known", "web"), BOUND)


@pytest.mark.parametrize(
    ("force", "said"),
    [
        (Force(), ""),
        (Force(("guard.role",), "web server is down"), ""),
        (Force(("",), "x"), "--force takes one CODE; what applies here: guard.role"),
        (Force(("guard.rol",), "x"), "did you mean 'guard.role'?; what applies here: guard.role"),
        (Force(("GUARD_ROLE",), "x"), "no such code"),
        (Force(("guard.role",)), "cannot force without --reason TEXT"),
        (Force(("guard.role",), "  "), "cannot force without --reason TEXT"),
        (Force(("guard.unreadable",), "x"), "this has to be mended"),
        (Force(("guard.role",), "x", lasting=0.0), "at most 7 days"),
        (Force(("guard.role",), "x", lasting=8 * 86400.0), "at most 7 days"),
        (Force(("guard.role",), "x", lasting=float("nan")), "at most 7 days"),
    ],
)
def test_e2_what_can_be_forced(force: Force, said: str) -> None:
    objection = overrides.objection(force, WRONG, CATALOGUE)
    assert said in objection
    assert bool(said) is bool(objection)


def test_e2_an_override_holds_for_its_service_and_code_until_its_time() -> None:
    force = Force(("guard.role", "guard.missing"), " down ", lasting=60.0)
    (given,) = overrides.granted(force, WRONG, at=1000.0, who="uid 7")
    assert (given.service, given.code, given.reason) == ("api", "guard.role", "down")
    assert overrides.standing(WRONG, [given], 1059.9) == []
    assert overrides.standing(WRONG, [given], 1060.0) == WRONG
    others = [Finding("m", app="web", code="guard.role"), Finding("m", app="api", code="guard.x")]
    assert overrides.standing(others, [given], 1001.0) == others


def test_e2_it_lasts_four_hours_unless_said_otherwise() -> None:
    (given,) = overrides.granted(Force(("guard.role",), "x"), WRONG, at=0.0, who="")
    assert (given.until, given.lasting_words) == (4 * 3600.0, "4 h")
