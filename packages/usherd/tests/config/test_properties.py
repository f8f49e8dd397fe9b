"""Any bytes give a plan or findings; any valid app means the same in JSON and YAML."""

import json
import re
import time
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from usher.config.javascript.lines import scan_javascript
from usher.config.jsonc import as_json
from usher.config.load import Choice, ConfigError, Loaded
from usher.config.pm2.fields import ALIASES
from usher.config.schema import App, Pm2App
from usher.model.finding import Finding
from usher.model.spec import Plan

FRAGMENTS = (
    b"[apps.a]\n", b"[[apps]]\n", b"command = ", b'"serve"', b"ready = {", b"}", b"[", b"]",
    b"apps:", b"\n  ", b"- ", b"&a ", b"*a", b"<<: ", b'{"apps": {', b'"a": ', b", ", b"1e999",
    b"'''", b'"""', b"\\u", b"#", b"0x" + b"f" * 400, b"1979-05-27", b"inf", b"!!set", b"? ",
    b"|\n", b"env.A = ", b"sockets = [{", b'listen = "', b":0",
    b"\xff", b"\x00", b"\r", "한".encode(),
)  # fmt: skip

texts = st.binary(max_size=60) | st.lists(
    st.sampled_from(FRAGMENTS) | st.binary(max_size=3), max_size=25
).map(b"".join)


@given(texts, st.sampled_from(["a.toml", "a.json", "a.yaml"]))
@example(b"a: &a [*a]\nb: &b {<<: *b}", "a.yaml")
@example(b"[" * 3000, "a.json")
@example(b"- " * 3000, "a.yaml")
@example(b"x = 0x" + b"f" * 5000, "a.toml")
@example(b"apps: &a {b: &b {env: {A: &c [x, *b]}}}", "a.yaml")
@settings(deadline=None, max_examples=400)
def test_any_bytes_end_in_a_plan_or_in_findings(
    read: Callable[..., Any], data: bytes, name: str
) -> None:
    read_back = read(data, name)
    if isinstance(read_back, Plan):
        assert read_back.services
    else:
        assert read_back
        last = data.count(b"\n") + data.count(b"\r") + 4 * len(data)
        assert all(isinstance(f, Finding) and 0 <= f.line <= last + 1 for f in read_back)
        assert all("\n" not in str(finding) for finding in read_back)


@given(st.recursive(st.none() | st.integers() | st.text(max_size=5), lambda inner: (
    st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(App.__struct_encode_fields__) | st.text(max_size=5), inner, max_size=5
    )
), max_leaves=30))  # fmt: skip
@settings(deadline=None)
def test_any_tree_of_known_keys_ends(read: Callable[..., Any], tree: object) -> None:
    read_back = read(json.dumps({"apps": {"a": tree}}), "a.json")
    assert isinstance(read_back, Plan) or read_back


durations = st.integers(1, 10_000).map(lambda count: f"{count}ms")
apps = st.fixed_dictionaries(
    {"command": st.lists(st.text(min_size=1, max_size=5), max_size=3).map(lambda w: ["serve", *w])},
    optional={
        "instances": st.integers(1, 9),
        "env": st.dictionaries(st.from_regex(r"[A-Z]{1,5}", fullmatch=True), st.text(max_size=9)),
        "type": st.sampled_from(["service", "job"]),
        "ready": st.fixed_dictionaries({}, optional={"alive_for": durations}),
        "restart": st.sampled_from(["always", "never"]) | st.fixed_dictionaries({
            "delays": st.lists(durations, min_size=1, max_size=3)}),
        "stop": st.fixed_dictionaries({}, optional={"timeout": durations, "drain": durations}),
        "probes": st.dictionaries(
            st.from_regex(r"[a-z]{1,5}", fullmatch=True),
            st.fixed_dictionaries({"listen": st.just(True)}, optional={"interval": durations}),
            max_size=2,
        ),
    },
)  # fmt: skip


@given(st.dictionaries(st.from_regex(r"[a-z]{4,6}", fullmatch=True), apps, min_size=1, max_size=3))
@settings(deadline=None)
def test_json_yaml_and_the_wire_agree(read: Callable[..., Any], tables: dict[str, Any]) -> None:
    text = json.dumps({"apps": tables}, indent=1)
    plan, same = read(text, "a.json"), read(text, "a.yaml")
    if not isinstance(plan, Plan):
        # A generated word may hold a zero byte, which no program can be given.
        assert all("zero byte" in str(f) or "environment" in str(f) for f in plan)
        return
    assert msgspec.json.decode(msgspec.json.encode(plan), type=Plan) == plan
    assert isinstance(same, Plan), same
    for one, other, (name, table) in zip(plan.services, same.services, tables.items(), strict=True):
        assert msgspec.structs.replace(one, origin="") == msgspec.structs.replace(other, origin="")
        assert (one.name, list(one.argv)) == (name, table["command"])
        assert one.instances == table.get("instances", 1)
        assert table.get("env", {}).items() <= one.env.items()


MARKS = (
    st.just({"$undef": True})
    | st.just({"$fn": "f"})
    | st.builds(lambda text: {"$re": text, "flags": "i"}, st.text(max_size=5))
)
LEAVES = (
    MARKS
    | st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=6)
    | st.sampled_from(["app.js", "10s", "max", "cluster", "0 * * * *", "100M", "*", "/"])
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)
FIELDS = st.sampled_from([*Pm2App.__struct_encode_fields__, *ALIASES, "env_x"]) | st.text(
    max_size=5
)
APPS = st.dictionaries(FIELDS, VALUES, max_size=6).map(lambda app: {"script": "app.js", **app})


@given(st.lists(APPS | VALUES, max_size=3), st.booleans(), st.sampled_from(["", "x"]))
@settings(deadline=None, max_examples=300)
def test_whatever_a_program_exports_ends_in_apps_or_findings(
    pm2_tree: Callable[..., Loaded], apps: list[object], compat: bool, env_name: str
) -> None:
    try:
        found = pm2_tree({"apps": apps}, Choice(env_name=env_name, compat=compat))
    except ConfigError:
        return
    names = [service.name for service in found.plan.services]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._@-]{0,63}", name) for name in names)
    assert len(names) + len({f.app for f in found.errors}) >= bool(apps)
    sent = msgspec.json.encode(found.plan)
    assert msgspec.json.decode(sent, type=Plan) == found.plan


@given(st.recursive(st.none() | st.integers() | st.text(), lambda inner: (
    st.lists(inner) | st.dictionaries(st.text(), inner)
)))  # fmt: skip
def test_json_is_left_as_it_is_by_the_reader_of_comments(tree: object) -> None:
    for indent in (None, 1):
        text = json.dumps(tree, indent=indent, ensure_ascii=False)
        assert as_json(text) == text


@given(st.text(alphabet="{}[]():,'\"`/*\\=\n ab$", max_size=200))
@settings(deadline=None)
def test_any_text_can_be_searched_for_lines(text: str) -> None:
    found = scan_javascript(text, {("apps", 0): {"a": "b", "b": 1}})
    assert all(1 <= line <= text.count("\n") + 1 for line in found.lines.values())


@pytest.mark.parametrize(
    "text",
    [piece * 50_000 for piece in ("{", "{a:", "{a:1,b:'x'},", "`\\", "=/[/", "/*", "'\\", '"\\')],
    ids=lambda text: text[:6],
)
def test_no_text_takes_long(text: str) -> None:
    started = time.process_time()
    scan_javascript(text, {("apps", number): {"a": 1, "b": "x"} for number in range(100)})
    as_json(text)
    assert time.process_time() - started < 5
