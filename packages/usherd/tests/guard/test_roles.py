"""Which role a host has: what says so, what wins, and what is never passed over."""

from collections.abc import Callable
from typing import Any

import pytest

from usher.guard import roles
from usher.model.guard import Evidence, Place, RoleMatch, Rules, Source

HOST = "hostname", "", "apiserver-1"
WEB_HOST = "hostname", "", "webserver-1"
OTHER_HOST = "hostname", "", "ip-10-0-0-7"
ENV_API = "env", "SERVER_TYPE", "apiserver"
ENV_WEB = "env", "SERVER_TYPE", "webserver"
ENV_ODD = "env", "SERVER_TYPE", "staging"
IN_API_NET = "address", "", "10.0.2.17"
IN_NO_NET = "address", "", "192.168.0.4"
V6 = "address", "", "fd00:2::17"
FILE_API = "file", "/etc/o4o/role", "api"
FILE_ODD = "file", "/etc/o4o/role", "apii"
TAG_WEB = "tag", "/run/cloud.json", "web"
SYSTEM_WEB = "file", "/etc/usher/role", "web"
HOME_API = "file", "/home/ops/.usher/role", "api"
SYSTEM = "/etc/usher/role"


@pytest.mark.parametrize(
    ("said", "pinned", "standing", "role"),
    [
        # one piece of evidence
        ([HOST], "", "known", "api"),
        ([ENV_API], "", "known", "api"),
        ([IN_API_NET], "", "known", "api"),
        ([V6], "", "known", "api"),
        ([FILE_API], "", "known", "api"),
        ([TAG_WEB], "", "known", "web"),
        ([SYSTEM_WEB], "", "known", "web"),
        ([SYSTEM_WEB], SYSTEM, "known", "web"),
        # nothing, or nothing that is known
        ([], "", "unknown", ""),
        ([OTHER_HOST, IN_NO_NET], "", "unknown", ""),
        ([ENV_ODD], "", "unknown", ""),
        ([FILE_ODD], "", "unknown", ""),
        # a name that fits nothing says nothing; what names something else does
        ([OTHER_HOST, ENV_API], "", "known", "api"),
        ([HOST, ENV_ODD], "", "contradictory", ""),
        ([HOST, FILE_ODD], "", "contradictory", ""),
        # agreement and contradiction
        ([HOST, ENV_API, IN_API_NET], "", "known", "api"),
        ([HOST, ENV_WEB], "", "contradictory", ""),
        ([WEB_HOST, IN_API_NET], "", "contradictory", ""),
        ([HOST, TAG_WEB], "", "contradictory", ""),
        ([SYSTEM_WEB, HOST], "", "contradictory", ""),
        # a pinned role file decides
        ([SYSTEM_WEB, HOST, ENV_API], SYSTEM, "known", "web"),
        ([SYSTEM_WEB, ENV_ODD], SYSTEM, "known", "web"),
        ([SYSTEM_WEB, HOME_API], SYSTEM, "known", "web"),
    ],
)
def test_a1_04_which_role(
    said: Any, pinned: str, standing: str, role: str, rules_of: Any, host_of: Any
) -> None:
    host = host_of((rules_of(),), *said, pinned=pinned)
    assert (host.standing, host.role) == (standing, role)


def test_nobody_declares_anything(host_of: Any) -> None:
    assert host_of(()).standing == "undeclared"
    assert host_of((), SYSTEM_WEB).standing == "known"


def test_rules_without_roles_still_ask_for_one(host_of: Any) -> None:
    only_apps = Rules("/etc/usher/usher.guard.toml")
    assert host_of((only_apps,)).standing == "unknown"


def test_two_pinned_files_that_differ_contradict() -> None:
    evidence = [
        Evidence(Source("file", "/etc/usher/role"), ("web",), pinned=True),
        Evidence(Source("file", "/home/ops/.usher/role"), ("api",), pinned=True),
    ]
    host = roles.decide((), evidence, ("/etc/usher/role", "/home/ops/.usher/role"))
    assert host.standing == "contradictory"


@pytest.mark.parametrize("pinned", [True, False])
def test_what_cannot_be_read_is_never_passed_over(rules_of: Any, pinned: bool) -> None:
    found = [
        Evidence(Source("file", "/etc/usher/role"), pinned=pinned, fault="cannot be read"),
        Evidence(Source("hostname"), ("apiserver-1",)),
    ]
    host = roles.decide((rules_of(),), found, ("/etc/usher/role",))
    assert host.standing != "known"


def test_weaker_evidence_to_the_contrary_is_a_warning(rules_of: Any, host_of: Any) -> None:
    host = host_of((rules_of(),), SYSTEM_WEB, HOST, TAG_WEB, pinned=SYSTEM)
    (warning,) = roles.contrary_findings(host)
    assert (warning.code, warning.severity) == ("guard.contrary_evidence", "warning")
    assert "hostname 'apiserver-1' says 'api'" in warning.message
    assert not roles.contrary_findings(host_of((rules_of(),), HOST, ENV_API))


def test_places_may_ask_for_a_value_of_their_own() -> None:
    place = Place("/run/cloud.json", "labels.tier", "backend")
    rules = Rules("/g", roles={"api": RoleMatch(tag=(place,))})
    source = Source("tag", "/run/cloud.json", "labels.tier")

    def standing(value: str) -> str:
        return roles.decide((rules,), [Evidence(source, (value,))], ()).standing

    assert (standing("backend"), standing("api")) == ("known", "unknown")


def test_several_guards_add_up(rules_of: Any, host_of: Callable[..., Any]) -> None:
    greedy = Rules("/srv/usher.guard.toml", roles={"web": RoleMatch(hostname=("*",))})
    assert host_of((rules_of(), greedy), HOST).standing == "contradictory"
    assert host_of((rules_of(), greedy), WEB_HOST).role == "web"
