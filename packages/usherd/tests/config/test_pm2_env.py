"""The order in which variables win, where each came from, and how values are written."""

from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usher.config.load import Choice, ConfigError, Loaded
from usher.config.pm2.env import Layer, as_text, inherited, merge

LEAST = frozenset({"PATH", "HOME"})
CALLER = {"PATH": "/bin", "HOME": "/h", "FOO_A": "1", "FOO_B": "2", "BAR": "3"}


@pytest.mark.parametrize(
    ("filter_env", "gone"),
    [
        (False, set()),
        ("FOO_A", {"FOO_A"}),
        ("FOO", set()),
        (["FOO"], {"FOO_A", "FOO_B"}),
        (["_A", "BAR"], {"FOO_A", "BAR"}),
        ([], set()),
        (True, {"FOO_A", "FOO_B", "BAR"}),
    ],
)
def test_filter_env(filter_env: bool | str | list[str], gone: set[str]) -> None:
    assert CALLER.keys() - inherited(CALLER, filter_env, LEAST).keys() == gone


@pytest.mark.parametrize(
    "name",
    ["PM2_HOME", "PM2_USAGE", "SSH_TTY", "SUDO_UID", "USHER_RUN", "NODE_CHANNEL_FD", "pm_id"],
)
def test_what_belongs_to_a_session_or_a_manager_is_not_inherited(name: str) -> None:
    assert inherited({name: "x", "SSHD": "y"}, False, LEAST) == {"SSHD": "y"}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a b", "a b"),
        (3000, "3000"),
        (1.5, "1.5"),
        (1000.0, "1000"),
        (True, "true"),
        (False, "false"),
        (None, "null"),
        ({"a": [1, "x", None], "u": {"$undef": True}}, '{"a":[1,"x",null]}'),
        (["x", {"$fn": "f"}], '["x",null]'),
        ({"$re": "a", "flags": "g"}, "/a/g"),
        ({"$undef": True}, None),
        ({"$fn": "f"}, None),
        ("한글", "한글"),
    ],
)
def test_values_are_written_as_node_does(value: object, text: str | None) -> None:
    assert as_text(value) == text


NAMES = st.sampled_from(["A", "B", "C", "D"])
LAYERS = st.lists(
    st.dictionaries(NAMES, st.one_of(st.text("xyz"), st.just({"$undef": True}))), max_size=5
)


@given(LAYERS)
def test_the_last_layer_that_knows_a_variable_decides(layers: list[Mapping[str, object]]) -> None:
    merged = merge(Layer(str(number), values) for number, values in enumerate(layers))
    assert merged.values.keys() == merged.sources.keys()
    for name in "ABCD":
        known = [number for number, values in enumerate(layers) if name in values]
        last = layers[known[-1]][name] if known else {"$undef": True}
        if isinstance(last, str):
            assert (merged.values[name], merged.sources[name]) == (last, str(known[-1]))
        else:
            assert name not in merged.values


def test_the_origin_of_each_variable(load_text: Callable[..., Loaded], folder: object) -> None:
    with open(f"{folder}/prov.env", "w") as file:  # noqa: PTH123
        file.write("FILE=1\nENV=0\n")
    text = """
    process.env.SET_BY_THE_FILE = 'yes';
    module.exports = {
      apps: [{
        name: 'api', script: 'app.js', env_file: 'prov.env', port: 80,
        env: { ENV: 1, DEPLOY: 0, NAMED: 0, SECRET: undefined },
        env_production: { NAMED: 2 },
      }],
      deploy: { production: { host: 'h', env: { DEPLOY: 1, NAMED: 1 } } },
    }"""
    found = load_text(text, choice=Choice(env_name="production"))
    env, sources = found.plan.services[0].env, found.sources["api"]
    told = {name: (env[name], source) for name, source in sources.items() if source != "shell"}
    assert told == {
        "SET_BY_THE_FILE": ("yes", "process.env"),
        "FILE": ("1", f"{folder}/prov.env"),
        "ENV": ("1", "env"),
        "PORT": ("80", "port"),
        "DEPLOY": ("1", "deploy.production.env"),
        "NAMED": ("2", "env_production"),
    }
    assert sources["HOME"] == "shell"
    assert "SECRET" not in env
    assert found.deploy["production"]


def test_an_unknown_environment(load_text: Callable[..., Loaded]) -> None:
    text = "module.exports = [{ name: 'api', script: 'app.js', env_production: {} }]"
    with pytest.raises(ConfigError, match=r"the environment 'prod' is not defined"):
        load_text(text, choice=Choice(env_name="prod"))
    found = load_text(text, choice=Choice(env_name="prod", compat=True))
    assert [finding.severity for finding in found.findings] == ["warning"]


def test_an_environment_that_only_one_app_has(load_text: Callable[..., Loaded]) -> None:
    text = """module.exports = [{ name: 'has', script: 'app.js', env_prod: { A: 1 } },
      { name: 'has-not', script: 'app.js' }]"""
    found = load_text(text, choice=Choice(env_name="prod"))
    assert [service.name for service in found.plan.services] == ["has", "has-not"]
    assert [(finding.app, finding.severity) for finding in found.findings] == [
        ("has-not", "warning")
    ]


def test_only_what_is_named(load_text: Callable[..., Loaded]) -> None:
    text = "module.exports = ['a', 'b', 'c'].map((name) => ({ name, script: 'app.js' }))"
    named = load_text(text, choice=Choice(only=("a", "c")))
    assert [service.name for service in named.plan.services] == ["a", "c"]
    unknown = load_text(text, choice=Choice(only=("a", "d")))
    assert [finding.message for finding in unknown.errors] == ["no app is called 'd'"]
    as_pm2 = load_text(text, choice=Choice(only=("a", "d"), compat=True))
    assert [service.name for service in as_pm2.plan.services] == ["a"]
