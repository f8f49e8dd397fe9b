"""What is declared of database connections, in usher's own form and in PM2's."""

import json
from pathlib import Path

import pytest

from usher.config.load import ConfigError, load
from usher.model.spec import PoolSpec, ServerSpec

NATIVE = """
[apps.api]
command = "true"
[apps.api.pool]
max = 20
per_process = 2
workers = 4
double_initialisation = true
variable = "READ_URL"
server = { max_connections = 100, others = 7 }
"""

DECLARED = PoolSpec(
    size=20,
    pools=2,
    workers=4,
    doubled=True,
    variable="READ_URL",
    server=ServerSpec(max_connections=100, reserved=3, others=7),
)


def declared(folder: Path, name: str, text: str) -> PoolSpec | None:
    (folder / name).write_text(text)
    (service,) = load(folder / name).plan.services
    return service.pool


def test_every_key_is_read_in_both_forms(tmp_path: Path) -> None:
    assert declared(tmp_path, "usher.toml", NATIVE) == DECLARED
    pool = {
        "max": 20,
        "per_process": 2,
        "workers": 4,
        "double_initialisation": True,
        "variable": "READ_URL",
        "server": {"max_connections": 100, "others": 7},
    }
    app = {"name": "api", "script": "/bin/true", "usher": {"pool": pool}}
    assert declared(tmp_path, "ecosystem.json", json.dumps({"apps": [app]})) == DECLARED


def test_nothing_is_assumed(tmp_path: Path) -> None:
    plain = '[apps.api]\ncommand = "true"\n'
    assert declared(tmp_path, "usher.toml", plain) is None
    assert declared(tmp_path, "usher.toml", f"{plain}pool = {{}}\n") == PoolSpec()


@pytest.mark.parametrize("wrong", ["max = 0", "max = '20'", "server = {}", "size = 3"])
def test_what_makes_no_sense_is_refused(tmp_path: Path, wrong: str) -> None:
    text = f'[apps.api]\ncommand = "true"\npool = {{ {wrong} }}\n'
    with pytest.raises(ConfigError):
        declared(tmp_path, "usher.toml", text)
