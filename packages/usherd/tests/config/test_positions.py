"""Lines of keys and items, against texts whose lines are known by construction."""

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usher.config.check import Path
from usher.config.positions import scan_json, scan_toml
from usher.config.yaml import YamlError, read_yaml

TOML = """\
# comment with [brackets] and "quotes
top = 1

[apps.api]           # line 4
command = ["a", # 5
  "b",
]
stop = { signal = "SIGINT", timeout = "1s" }
"quoted key" = '''
not = a key
'''
dotted.deep = 12
[apps.api.ready]
http = "/"
[[list]]
a = 1
[[list]]
a = 2
[list.sub]
b = \"\"\"x = "1" \"\"\"
[apps."a.b"]
c = 1979-05-27T07:32:00Z
d = -1.5e3
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("top",), 2),
        (("apps", "api"), 4),
        (("apps", "api", "command"), 5),
        (("apps", "api", "command", 0), 5),
        (("apps", "api", "command", 1), 6),
        (("apps", "api", "stop", "timeout"), 8),
        (("apps", "api", "quoted key"), 9),
        (("apps", "api", "dotted"), 12),
        (("apps", "api", "dotted", "deep"), 12),
        (("apps", "api", "ready"), 13),
        (("apps", "api", "ready", "http"), 14),
        (("list", 0), 15),
        (("list", 0, "a"), 16),
        (("list", 1, "a"), 18),
        (("list", 1, "sub", "b"), 20),
        (("apps", "a.b", "d"), 23),
        (("apps", "api", "not there"), 4),
        (("nowhere",), 0),
    ],
)
def test_toml(path: Path, line: int) -> None:
    assert scan_toml(TOML).line_of(path) == line


keys = st.text(st.characters(codec="utf-8"), max_size=6)
trees = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=20,
)


def lines_of(tree: Any, path: Path = (), line: int = 1) -> tuple[dict[Path, int], int]:
    """Return the line of every path, and the last line, of json.dumps(tree, indent=1)."""
    found: dict[Path, int] = {}
    items = tree.items() if isinstance(tree, dict) else enumerate(tree)
    if not tree:
        return {}, line
    for key, value in items:
        line += 1
        found[(*path, key)] = line
        if isinstance(value, dict | list):
            inner, line = lines_of(value, (*path, key), line)
            found |= inner
    return found, line + 1


@given(st.dictionaries(keys, trees, max_size=5), st.booleans())
@settings(deadline=None)
def test_json(tree: dict[str, Any], ascii_only: bool) -> None:
    positions = scan_json(json.dumps(tree, indent=1, ensure_ascii=ascii_only))
    expected, _ = lines_of(tree)
    assert positions.lines == expected
    assert positions.repeated == []


def test_json_written_twice() -> None:
    positions = scan_json('{"a": {"b": 1,\n "b": 2}}')
    assert positions.repeated == [(("a", "b"), 2)]


def test_yaml() -> None:
    value, positions = read_yaml("a:\n  - b: 1\n    c: [x,\n y]\nd: &d {e: yes, f: 0o17}\ng: *d\n")
    assert value == {
        "a": [{"b": 1, "c": ["x", "y"]}],
        "d": {"e": "yes", "f": 15},
        "g": {"e": "yes", "f": 15},
    }
    assert positions.line_of(("a", 0, "c", 1)) == 4
    assert positions.line_of(("d", "f")) == 5


def test_yaml_merges_and_types() -> None:
    text = "a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\nc: {<<: [*a, {z: 0x1f}], x: 1.5}\nd: [~, no, .5]"
    assert read_yaml(text)[0] == {
        "a": {"x": 1, "y": 2},
        "b": {"x": 1, "y": 3},
        "c": {"x": 1.5, "y": 2, "z": 31},
        "d": [None, "no", 0.5],
    }


@pytest.mark.parametrize(
    ("text", "said", "line"),
    [
        ("a: 1\n<<: 5", "'<<' takes a mapping", 2),
        ("? [a]\n: 1", "a key must be text", 1),
        ("a: !!set {b}", "the tag 'tag:yaml.org,2002:set' is not supported", 1),
        ("a: \x00", "the text is damaged", 0),
    ],
)
def test_yaml_that_is_not_ours(text: str, said: str, line: int) -> None:
    with pytest.raises(YamlError, match=re.escape(said)) as caught:
        read_yaml(text)
    assert caught.value.line == line
