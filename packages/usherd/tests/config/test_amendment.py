"""Settings put into a configuration file: the new text says what was meant, and nothing else."""

from difflib import ndiff
from pathlib import Path

import pytest

from usher.config.amendment import amended
from usher.config.load import ConfigError, read, surroundings
from usher.model.care import Setting
from usher.model.spec import ServiceSpec

SETTINGS: dict[str, Setting] = {
    "probes.alive.http": "http://127.0.0.1:3000/",
    "probes.alive.status": [100, 599],
    "memory.limit": "128M",
    "nofile": 65536,
    "env_contract.DATABASE_URL.required": True,
}

TOML = """\
# who serves what
[apps.api] # the site
command = ["sleep", "61"]
env = { DATABASE_URL = "postgres://db/shop" }

[apps.api.stop]
timeout = "20s"

[apps.job]
command = ["sleep", "62"]
"""
YAML = """\
apps:
  api:  # the site
    command: [sleep, "61"]
    env: {DATABASE_URL: "postgres://db/shop"}
  job:
    command: [sleep, "62"]
"""
JSON = """\
{
  "apps": {
    "api": {
      "command": ["sleep", "61"],
      "env": {"DATABASE_URL": "postgres://db/shop"}
    },
    "job": {"command": ["sleep", "62"]}
  }
}
"""


def specs(folder: Path, name: str, text: str) -> dict[str, ServiceSpec]:
    plan = read(name, text.encode(), surroundings(folder)).plan
    return {each.name: each for each in plan.services}


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [("usher.toml", TOML, 2), ("usher.yaml", YAML, 2), ("usher.json", JSON, 3)],
)
def test_the_app_gets_the_settings_and_everything_else_stays(
    tmp_path: Path, name: str, text: str, line: int
) -> None:
    before = specs(tmp_path, name, text)
    assert before["api"].origin.endswith(f":{line}"), "as the daemon tells it"
    new = amended(text, Path(name).suffix, line, SETTINGS)
    assert new is not None
    after = specs(tmp_path, name, new)
    api = after["api"]
    assert [(each.name, each.scope) for each in api.probes] == [("alive", "self")]
    assert api.memory is not None
    assert api.memory.limit == 128 * 2**20
    assert api.nofile == 65536
    assert [each.name for each in api.env_contract] == ["DATABASE_URL"]
    assert api.stop == before["api"].stop
    assert after["job"].argv == before["job"].argv
    changes = list(ndiff(text.splitlines(), new.splitlines()))
    assert not [each for each in changes if each[0] in "-?"], "no line is lost, moved or changed"


def test_tables_of_toml_follow_those_of_the_app() -> None:
    new = amended(TOML, ".toml", 2, {"role": "web", "memory.limit": "128M"})
    assert new is not None
    head = new.partition("[apps.api.stop]")[0]
    assert head.endswith('role = "web"\n\n[apps.api.memory]\nlimit = "128M"\n\n')


@pytest.mark.parametrize(
    ("suffix", "text", "line"),
    [
        (".js", "module.exports = {apps: [{name: 'api'}]}", 1),
        (".toml", 'apps = { api = { command = "x" } }', 1),
        (".json", '{"apps": {"api": {"command": "x"}}}', 1),
        (".yaml", "apps: {api: {command: x}}", 1),
        (".toml", TOML, 0),
        (".toml", TOML, 99),
    ],
)
def test_other_ways_of_writing_are_left_to_people(suffix: str, text: str, line: int) -> None:
    assert amended(text, suffix, line, SETTINGS) is None


def test_a_table_that_stands_there_in_another_way_is_seen_by_reading_the_new_text(
    tmp_path: Path,
) -> None:
    text = '[apps.api]\ncommand = "x"\nmemory = { limit = "1G" }\n'
    new = amended(text, ".toml", 1, {"memory.limit": "128M"})
    assert new is not None
    with pytest.raises(ConfigError):
        specs(tmp_path, "usher.toml", new)
