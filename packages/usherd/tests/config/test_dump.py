"""dump.pm2: read as apps, written in PM2's shape."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from usher.config.app import Surroundings
from usher.config.load import ConfigError, Loaded
from usher.config.pm2 import dump
from usher.model.spec import MemorySpec

Read = Callable[..., Loaded]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Read processes, each given by what differs from a plain one."""
    (tmp_path / "app.js").write_text("")
    (tmp_path / "bin").mkdir()
    node = tmp_path / "bin" / "node"
    node.write_text("#!/bin/sh\n")
    node.chmod(0o755)

    def process(number: int, changes: Mapping[str, Any]) -> dict[str, Any]:
        merged = changes.get("merge_logs", False)
        ident = "" if merged else f"-{number}"
        env = {"PATH": str(tmp_path / "bin"), "PM2_USAGE": "CLI", "app": "{}", "unique_id": "u"}
        return {
            "name": "app",
            "namespace": "default",
            "pm_exec_path": str(tmp_path / "app.js"),
            "pm_cwd": str(tmp_path),
            "exec_interpreter": "node",
            "node_args": [],
            "exec_mode": "fork_mode",
            "pm_out_log_path": f"/logs/app-out{ident}.log",
            "pm_err_log_path": f"/logs/app-error{ident}.log",
            "pm_pid_path": f"/pids/app-{number}.pid",
            "status": "online",
            "treekill": True,
            "autorestart": True,
            "vizion": True,
            "axm_actions": [],
            **changes,
            "env": env | changes.get("env", {}),
        }

    def read_processes(*changes: Mapping[str, Any]) -> Loaded:
        entries = [process(number, change) for number, change in enumerate(changes)]
        around = Surroundings(tmp_path, {"SHELL_NOW": "x", "HOME": "/h"}, 4, tmp_path)
        return dump.read("dump.pm2", json.dumps(entries).encode(), around)

    return read_processes


def test_processes_of_one_name_are_one_app(read: Read) -> None:
    cluster = {"exec_mode": "cluster_mode", "args": ["x"], "max_memory_restart": 1024}
    found = read(cluster, {"name": "other", "namespace": "n", "kill_timeout": 3000}, cluster)
    app, other = found.plan.services
    assert (app.name, app.instances, app.channel, app.argv[2:]) == ("app", 2, "cluster", ("x",))
    assert app.memory == MemorySpec(1024)
    assert (app.logs.out, app.logs.per_instance) == ("/logs/app-out.log", True)
    assert app.pid_file == "/pids/app.pid"
    assert (other.name, other.namespace, other.instances) == ("other", "n", 1)
    assert other.stop.timeout == 3.0
    assert found.findings == ()


def test_files_of_a_merged_app_keep_their_names(read: Read) -> None:
    (app,) = read({"merge_logs": True, "pm_out_log_path": "/logs/report-2024.log"}).plan.services
    assert (app.logs.out, app.logs.per_instance) == ("/logs/report-2024.log", False)


def test_variables_are_those_of_the_process_and_not_of_todays_shell(read: Read) -> None:
    (app,) = read({"env": {"PORT": 3000, "JSON": '{"a":1}'}}).plan.services
    assert app.env.items() >= {("PORT", "3000"), ("JSON", '{"a":1}')}
    assert app.env.keys().isdisjoint({"SHELL_NOW", "PM2_USAGE", "app", "unique_id"})


def test_a_variable_called_like_a_field_is_no_field(read: Read) -> None:
    (app,) = read({"watch": "everything", "env": {"watch": "everything"}}).plan.services
    assert app.watch is None
    assert app.env["watch"] == "everything"


def test_what_was_stopped_stays_stopped(read: Read) -> None:
    stopped = read({"status": "stopped"}).plan.services[0]
    half = read({"status": "stopped"}, {"status": "online"}).plan.services[0]
    assert (stopped.autostart, half.autostart) == (False, True)


def test_masked_values_are_not_taken_for_values(read: Read) -> None:
    found = read({"env": {"DB_PASSWORD": "***", "PORT": "1"}})
    assert "DB_PASSWORD" not in found.plan.services[0].env
    (said,) = map(str, found.findings)
    assert said.startswith(
        "dump.pm2: warning: app 'app', env: the values of DB_PASSWORD are masked"
    )


def test_secrets_in_it_are_told_by_name_only(read: Read) -> None:
    (said,) = map(str, read({"env": {"DB_PASSWORD": "hunter2"}}).findings)
    assert "holds secrets in plain text: DB_PASSWORD" in said
    assert "hunter2" not in said


def test_a_lost_regexp_is_told(read: Read) -> None:
    found = read({"watch": True, "ignore_watch": [{}, "tmp"]})
    assert [finding.message for finding in found.findings] == ["a RegExp is lost in the dump"]


@pytest.mark.parametrize("data", [b"", b"{}", b"[", b"\xff", b"[" * 100_000])
def test_what_is_no_dump(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="expected a JSON array"):
        dump.read("dump.pm2", data, Surroundings(tmp_path, {}, 1))


def test_a_process_whose_program_is_gone_does_not_block_the_others(read: Read) -> None:
    found = read({"name": "gone", "pm_exec_path": "/nowhere.js"}, {})
    assert [service.name for service in found.plan.services] == ["app"]
    assert [finding.app for finding in found.errors] == ["gone"]


def test_an_empty_dump_is_an_empty_list(read: Read) -> None:
    assert read().plan.services == ()


def test_writing(tmp_path: Path) -> None:
    path, backup = tmp_path / "dump.pm2", tmp_path / "dump.pm2.bak"
    dump.write_dump(path, backup, [{"name": "old", "pm_id": 0}])
    entry = {"name": "app", "pm_id": 3, "instances": 2, "prev_restart_delay": 1, "env": {"A": "1"}}
    dump.write_dump(path, backup, [entry])
    assert json.loads(path.read_text()) == [{"name": "app", "env": {"A": "1"}}]
    assert json.loads(backup.read_text()) == [{"name": "old"}]
    assert [each.stat().st_mode & 0o777 for each in (path, backup)] == [0o600, 0o600]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["dump.pm2", "dump.pm2.bak"]


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("kept")
    (tmp_path / "dump.pm2").symlink_to(tmp_path / "elsewhere")
    dump.write_dump(tmp_path / "dump.pm2", tmp_path / "backup", [])
    assert (tmp_path / "elsewhere").read_text() == "kept"
