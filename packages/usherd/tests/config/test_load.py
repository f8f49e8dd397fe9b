"""The ways in: files by name, standard input, a script with flags, and what flags do to a file."""

import io
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from usher.config.load import (
    Choice,
    ConfigError,
    Loaded,
    is_config_file,
    load,
    load_pm2_file,
    load_pm2_script,
    split_names,
)
from usher.model.spec import MemorySpec, ServiceSpec, WatchSpec


@pytest.fixture(autouse=True)
def caller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a folder with two scripts, and with nothing but `python3` and `node` on PATH."""
    for name in ("app.js", "worker.py"):
        (tmp_path / name).write_text("")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "app.js").write_text("")
    (tmp_path / "bin").mkdir()
    for name in ("node", "python3", "bash"):
        program = tmp_path / "bin" / name
        program.write_text("#!/bin/false\n")
        program.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    for name in [*os.environ]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("HOME", "/home/me")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("ecosystem.config.js", True),
        ("a/b/x.config.cjs", True),
        ("x.config.mjs", True),
        ("x.config.js.bak", True),
        ("processes.json", True),
        ("x.json5", True),
        ("x.yml", True),
        ("x.yaml", True),
        ("usher.toml", True),
        ("app.js", False),
        ("config.js", False),
        ("api", False),
        ("all", False),
        ("x.configXjs", False),
        ("folder.json/app", False),
    ],
)
def test_which_targets_are_configuration_files(name: str, is_one: bool) -> None:
    assert is_config_file(name) is is_one


def test_names_are_split_at_commas_and_blanks() -> None:
    assert split_names(" a,b  c,, d ") == ("a", "b", "c", "d")


def the_one(loaded: Loaded) -> ServiceSpec:
    (service,) = loaded.plan.services
    return service


@pytest.mark.parametrize(
    ("script", "args", "overrides", "attribute", "value"),
    [
        ("app.js", [], {}, "name", "app"),
        ("app.js", [], {}, "argv", ("node", "{cwd}/app.js")),
        ("app.js", ["a b", "-c"], {}, "argv", ("node", "{cwd}/app.js", "a b", "-c")),
        ("app.js", [], {"node_args": "--x -y"}, "argv", ("node", "--x", "-y", "{cwd}/app.js")),
        ("app.js", [], {"cwd": "sub"}, "argv", ("node", "{cwd}/sub/app.js")),
        ("worker.py", [], {}, "argv", ("python3", "{cwd}/worker.py")),
        ("worker.py", [], {"interpreter": "python3"}, "argv", ("python3", "{cwd}/worker.py")),
        ("npm start", [], {}, "argv", ("{cwd}/bin/bash", "-c", "npm start")),
        ("npm start", [], {}, "label", "npm start"),
        ("node app.js --x", [], {}, "label", "node app"),
        ("app.js", [], {"name": "x y"}, "label", "x y"),
        ("app.js", [], {"name": "x y"}, "name", "x-y"),
        ("app.js", [], {"instances": "2"}, "instances", 2),
        ("app.js", [], {"instances": "2"}, "channel", "cluster"),
        ("app.js", [], {"namespace": "n"}, "namespace", "n"),
        ("app.js", [], {"max_memory_restart": "150MB"}, "memory", MemorySpec(150 << 20)),
        ("app.js", [], {"cron_restart": "* * * * *"}, "cron_restart", "* * * * *"),
        ("app.js", [], {"cron": "* * * * *"}, "cron_restart", "* * * * *"),
        ("app.js", [], {"autostart": False}, "autostart", False),
    ],
)
def test_a_script_with_flags(
    caller: Path,
    script: str,
    args: list[str],
    overrides: Mapping[str, Any],
    attribute: str,
    value: object,
) -> None:
    found = getattr(the_one(load_pm2_script(script, args, overrides)), attribute)
    if isinstance(found, tuple):
        found = tuple(word.replace(str(caller), "{cwd}") for word in found)
    assert found == value


def test_logs_of_a_script(caller: Path) -> None:
    flags = {
        "output": "o.log",
        "error": "/var/e.log",
        "log": True,
        "merge_logs": True,
        "time": True,
    }
    logs = the_one(load_pm2_script("app.js", (), flags)).logs
    assert (logs.out, logs.err) == (str(caller / "o.log"), "/var/e.log")
    assert logs.combined == "/home/me/.pm2/logs/app.log"
    assert (logs.per_instance, logs.date_format) == (False, "YYYY-MM-DDTHH:mm:ss")


@pytest.mark.parametrize(
    ("script", "overrides", "said"),
    [
        ("nosuch.js", {}, "command line: app 'nosuch', script: cannot find the script "),
        ("app.js", {"kill_timeout": "soon"}, "command line: app 'app', kill_timeout: cannot use"),
        ("app.js", {"cron_restart": "nope"}, "command line: app 'app', cron_restart: cannot use"),
        ("app.js", {"interpreter": "nope"}, "command line: app 'app', interpreter: cannot find"),
    ],
)
def test_a_script_that_cannot_be_used(script: str, overrides: Mapping[str, Any], said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_pm2_script(script, (), overrides)
    assert str(caught.value).startswith(said)


def test_flags_beside_a_file(caller: Path) -> None:
    """PM2 heeds three of them, two only where the file is silent."""
    file = caller / "x.json"
    file.write_text('[{"script": "app.js", "namespace": "own"}, {"name": "b", "script": "app.js"}]')
    flags = {"watch": True, "namespace": "flag", "cwd": "sub", "kill_timeout": "5000"}
    found = load_pm2_file("x.json", overrides=flags)
    own, silent = found.plan.services
    assert (own.namespace, silent.namespace) == ("own", "flag")
    assert own.cwd == silent.cwd == str(caller / "sub")
    assert isinstance(own.watch, WatchSpec)
    assert own.stop.timeout == 1.6
    (finding,) = found.findings
    assert str(finding).startswith("x.json: warning: --kill-timeout has no effect beside a file")


def test_names_and_environment_beside_a_file(caller: Path) -> None:
    apps = [{"name": name, "script": "app.js", "env_prod": {"A": 1}} for name in ("a", "b")]
    (caller / "x.json").write_text(json.dumps(apps))
    service = the_one(load_pm2_file("x.json", only=["a"], env="prod"))
    assert (service.name, service.env["A"]) == ("a", "1")


def test_json_on_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    text = b'{"apps": [{"script": "app.js", "name": "piped"}]}'
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    assert the_one(load_pm2_file("-")).name == "piped"


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(ConfigError, match=r"none.config.js: cannot read the file: no such file"):
        load(Path("none.config.js"))


def test_a_file_with_no_apps_starts_nothing_and_is_no_error(caller: Path) -> None:
    (caller / "x.json").write_text('{"apps": []}')
    found = load(Path("x.json"))
    assert found.plan.services == ()
    assert [finding.message for finding in found.findings] == ["there are no apps"]
    assert found.errors == ()


def test_a_program_that_says_something_else_is_another_definition(
    caller: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (caller / "bin" / "node").unlink()
    file = caller / "x.config.js"
    file.write_text("module.exports = [{ script: 'worker.py', name: process.env.NAME }]")
    digests: set[str] = set()
    for name in ("a", "b", "a"):
        monkeypatch.setenv("NAME", name)
        digests.add(load(Path("x.config.js")).plan.digest)
    assert len(digests) == 2


@pytest.mark.parametrize("root", [True, False])
def test_a_file_that_anybody_may_change(
    caller: Path, monkeypatch: pytest.MonkeyPatch, root: bool
) -> None:
    file = caller / "x.json"
    file.write_text('[{"script": "app.js"}]')
    file.chmod(0o666)
    monkeypatch.setattr(os, "geteuid", lambda: 0 if root else 1000)
    if root:
        with pytest.raises(ConfigError, match="cannot use it as root: anybody may change"):
            load(Path("x.json"))
    else:
        (finding,) = load(Path("x.json"), Choice()).findings
        assert (finding.severity, finding.message) == ("warning", "anybody may change this file")
