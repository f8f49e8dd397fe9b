"""A.0 statement 6: what is wrong with variables is said by name, and no value is ever shown."""

from pathlib import Path
from typing import Any

import pytest

from usher.config import load
from usher.guard import env
from usher.guard.definition import Definition
from usher.model.spec import ServiceSpec, VariableRule


def app(values: dict[str, str], *rules: VariableRule, **sources: str) -> Definition:
    said = dict.fromkeys(values, "env") | sources
    return Definition(
        ServiceSpec(
            "api", ("node", "a.js"), "/srv", env=values, env_contract=rules, env_sources=said
        )
    )


REQUIRED = VariableRule("DB_PASSWORD", required=True)


@pytest.mark.parametrize(
    ("values", "unquoted", "code", "said"),
    [
        ({}, (), "env.missing", "'DB_PASSWORD' is missing"),
        ({"DB_PASSWORD": ""}, (), "env.empty", "'DB_PASSWORD' is empty"),
        ({"DB_PASSWORD": "12340"}, ("DB_PASSWORD",), "env.not_a_string", "is not a string"),
    ],
)
def test_a0_06_password_missing_empty_or_a_number_is_named_and_never_shown(
    values: dict[str, str], unquoted: tuple[str, ...], code: str, said: str
) -> None:
    (finding,) = env.judge(app(values, REQUIRED), frozenset(), frozenset(unquoted))
    assert finding.code == code
    assert finding.severity == "error"
    assert said in finding.message
    assert "12340" not in str(finding)


@pytest.mark.parametrize("file", ["usher.yaml", "ecosystem.yaml"])
def test_a0_06_a_number_in_yaml_is_found_in_both_forms(tmp_path: Path, file: str) -> None:
    native = 'apps:\n  api:\n    command: "sleep 9"\n    env: {DB_PASSWORD: 0123456}\n'
    pm2 = "apps:\n  - name: api\n    script: /bin/sleep\n    env: {DB_PASSWORD: 123456}\n"
    path = tmp_path / file
    path.write_text(native if file.startswith("usher") else pm2)
    loaded = load.load(path)
    (spec,) = loaded.plan.services
    judged = Definition(spec, file, sources=loaded.sources[spec.name])
    found = env.judge(judged, frozenset(), frozenset(loaded.unquoted[spec.name]))
    assert "env.not_a_string" in [each.code for each in found]


@pytest.mark.parametrize(
    "value", ["<password>", "changeme", "CHANGE_ME", "your-password-here", "xxxx", "${DB_PASSWORD}",
              "TODO", "replace with your key", "DB_PASSWORD", "example"]
)  # fmt: skip
def test_placeholders(value: str) -> None:
    assert env.is_placeholder("DB_PASSWORD", value)


@pytest.mark.parametrize("value", ["k7vQ", "hunter2", "thexample1", "postgres://a:b@c/d"])
def test_values_that_are_none(value: str) -> None:
    assert not env.is_placeholder("DB_PASSWORD", value)


KINDS: list[tuple[Any, str, bool]] = [
    ("url", "postgres://a@b/c", True), ("url", "localhost:5432", False), ("port", "3000", True),
    ("port", "70000", False), ("port", "0", False), ("number", "-3.5", True),
    ("number", "3x", False), ("boolean", "True", True), ("boolean", "maybe", False),
    ("json", "{}", True), ("json", "{", False),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "value", "good"), KINDS)
def test_kinds(kind: Any, value: str, good: bool) -> None:
    found = env.judge(app({"X": value}, VariableRule("X", kind=kind)))
    assert ([each.code for each in found] == []) is good


def test_a_scheme_is_held_and_a_rule_holds_where_it_says() -> None:
    rule = VariableRule("DATABASE_URL", required=True, kind="url", schemes=("postgres",))
    (finding,) = env.judge(app({"DATABASE_URL": "mysql://u@h/d"}, rule))
    assert finding.message == "'DATABASE_URL' does not begin with postgres://"
    sync = VariableRule("SYNC", none_of=("true",), when=("production",))
    assert env.judge(app({"SYNC": "true"}, sync)) == []
    (finding,) = env.judge(app({"SYNC": "true"}, sync), frozenset({"production"}))
    assert finding.message == "'SYNC' must not be 'true' for production"


def test_a_secret_counts_as_there_and_an_example_file_requires_its_names(tmp_path: Path) -> None:
    (tmp_path / ".env.example").write_text("A=1\nTOKEN=your-token\n")
    (tmp_path / "usher.toml").write_text(
        '[apps.api]\ncommand = "sleep 9"\nenv_contract = ".env.example"\n'
        'secrets.TOKEN = { file = "t" }\n'
    )
    (spec,) = load.load(tmp_path / "usher.toml").plan.services
    (finding,) = env.judge(Definition(spec))
    assert finding.message == f"'A' is missing ({tmp_path / '.env.example'})"
