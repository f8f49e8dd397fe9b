"""Whatever is declared and seen: what is allowed was known, on both sides, and agreed upon."""

from hypothesis import given
from hypothesis import strategies as st

from usher.guard import bindings, roles
from usher.guard.bindings import Setting
from usher.model.guard import App, AppRule, Evidence, RoleMatch, Rules, Source

ROLES = ("api", "web", "local")
ROLE_FILES = ("/etc/usher/role", "/home/role")

role = st.sampled_from(ROLES)
some_roles = st.lists(role, min_size=1, max_size=2, unique=True).map(tuple)
matches = st.builds(
    RoleMatch,
    env=st.dictionaries(st.just("KIND"), some_roles, max_size=1),
    hostname=st.lists(st.sampled_from(("api-*", "web-*", "*")), max_size=2).map(tuple),
    address=st.lists(st.sampled_from(("10.0.0.0/8", "10.0.2.0/24")), max_size=1).map(tuple),
)
app_rules = st.builds(AppRule, st.sampled_from(("a", "b")), some_roles)
some_rules = st.builds(
    Rules,
    source=st.sampled_from(("/srv/usher.guard.toml", "/etc/usher/usher.guard.toml")),
    roles=st.dictionaries(role, matches, max_size=3),
    files=st.dictionaries(st.sampled_from(("x.json", "/srv/y.json")), some_roles, max_size=2),
    apps=st.lists(app_rules, max_size=2).map(tuple),
)
apps = st.builds(
    App,
    name=st.sampled_from(("a", "b", "c")),
    script=st.sampled_from(("/srv/1.js", "/srv/2.js")),
    cwd=st.just("/srv"),
    file=st.sampled_from(("/srv/x.json", "/srv/y.json", "/srv/z.json", "")),
    role=st.sampled_from(("", *ROLES)),
)
said = {
    "file": ("", "api", "web", "other"),
    "env": ("", "api", "web", "other"),
    "hostname": ("api-1", "web-1", "db-1"),
    "address": ("10.0.2.3", "10.9.9.9", "192.168.0.1"),
}


@st.composite
def evidence(draw: st.DrawFn, source: Source) -> Evidence:
    """Draw what is seen: something, nothing, or a fault; role files may be pinned."""
    value = draw(st.sampled_from(said[source.kind]))
    fault = draw(st.sampled_from(("", "", "", "cannot be read")))
    pinned = source.kind == "file" and draw(st.booleans())
    return Evidence(source, (value,) if value and not fault else (), pinned=pinned, fault=fault)


@given(st.data(), st.lists(some_rules, max_size=2).map(tuple), apps, st.lists(apps, max_size=3))
def test_what_is_allowed_was_known_on_both_sides(
    data: st.DataObject, rules: tuple[Rules, ...], app: App, bound: list[App]
) -> None:
    sources = roles.sources(rules, ROLE_FILES)
    seen = [data.draw(evidence(source)) for source in sources]
    host = roles.decide(rules, seen, ROLE_FILES)
    setting = Setting(rules, host, tuple(bound))
    findings = bindings.judge([app], setting)
    assert len(findings) <= 1
    if findings:
        return
    if not bindings.is_declared([app], setting):
        assert not rules
        assert all(each.absent for each in seen)
        assert not app.role
        return
    (binding,) = bindings.bind([app], setting)
    assert host.standing == "known"
    assert binding.claims
    assert all(host.role in claim.roles for claim in binding.claims)
    # Nothing of the weight that decided says anything else, and nothing there was passed over.
    pinned = [each for each in seen if each.pinned and not each.absent]
    for each in pinned or [one for one in seen if one.source.kind in ("file", "env")]:
        assert not each.fault
        assert each.absent or host.role in each.values or each.source.kind == "env"


@given(st.lists(some_rules, max_size=2).map(tuple), st.sampled_from(said["env"]))
def test_a1_04_a_variable_never_changes_a_pinned_role(rules: tuple[Rules, ...], value: str) -> None:
    pinned = Evidence(Source("file", "/etc/usher/role"), ("api",), pinned=True)
    variable = Evidence(Source("env", "KIND"), (value,) if value else ())
    host = roles.decide(rules, [pinned, variable], ROLE_FILES)
    assert (host.standing, host.role) == ("known", "api")
