"""`usher adopt` beside the real PM2: found, refused, taken over, given back."""

import json
import socket
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.process, pytest.mark.debian]

WEB = """
require('http').createServer((q, s) => s.end(process.env.GREETING + ' ' + process.pid))
  .listen(process.env.PORT, '127.0.0.1');
"""

# Works under PM2, and not where USHER_RUN is: what a takeover may meet.
STUBBORN = "if (process.env.USHER_RUN) process.exit(9); setInterval(() => {}, 1000);"


@pytest.fixture
def ports() -> list[int]:
    """Two that nobody has now."""
    with socket.socket() as one, socket.socket() as two:
        one.bind(("127.0.0.1", 0))
        two.bind(("127.0.0.1", 0))
        return [one.getsockname()[1], two.getsockname()[1]]


def get(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
        return answer.read().decode()


def ecosystem(usher: Any, *apps: dict[str, Any]) -> Path:
    usher.script("web.js", WEB)
    usher.script("stubborn.js", STUBBORN)
    return usher.script("ecosystem.config.js", f"module.exports = {json.dumps({'apps': apps})}")


def test_everything_is_taken_over_and_pm2_ends(
    usher: Any, pm2: Any, ports: list[int], until: Callable[..., Any]
) -> None:
    env = {"PORT": ports[0], "GREETING": "hello", "API_TOKEN": "planted-secret"}
    work = {"name": "work", "script": "sleep", "args": "1000", "interpreter": "none"}
    web = {"name": "web", "script": "web.js", "exec_mode": "cluster", "instances": 2, "env": env}
    off = {**work, "name": "off"}
    file = ecosystem(usher, web, work, off)
    pm2("start", str(file))
    pm2("stop", "off")
    until(lambda: get(ports[0]).startswith("hello"))
    pid = pm2.pid

    refused = usher("start", str(file), code=2)
    assert "PM2" in refused.stderr
    assert "usher adopt" in refused.stderr
    assert usher("set", "a", "1", code=2).returncode == 2
    assert (
        not (pm2.home / "module_conf.json").exists()
        or "a" not in (pm2.home / "module_conf.json").read_text()
    )

    shown = usher("adopt", "--dry-run").stdout
    assert "web: 2 instances, cluster" in shown
    assert "off: 1 instance, fork" in shown
    assert "planted-secret" not in shown
    assert pm2.names().count("web") == 2
    assert "nobody can be asked" in usher("adopt", code=2).stderr

    usher("adopt", "--yes")
    services = usher.services()
    assert {name: each["status"] for name, each in services.items()} == {
        "web": "active", "work": "active", "off": "inactive",
    }  # fmt: skip
    until(lambda: get(ports[0]).startswith("hello"))
    pids = {pid for (name, _), pid in usher.pids().items() if name == "web"}
    assert int(get(ports[0]).split()[1]) in pids
    until(lambda: not Path(f"/proc/{pid}").exists())
    assert json.loads((pm2.home / "dump.pm2").read_text()) == []


def test_an_app_that_does_not_become_ready_goes_back_to_pm2(
    usher: Any, pm2: Any, ports: list[int], until: Callable[..., Any]
) -> None:
    stubborn = {"name": "stubborn", "script": "stubborn.js", "env": {"SECRET": "planted-secret"}}
    later = {"name": "later", "script": "sleep", "args": "1000", "interpreter": "none"}
    pm2("start", str(ecosystem(usher, stubborn, later)))
    done = usher("adopt", "--yes", code=9)
    assert "stubborn: given back to PM2" in done.stderr
    assert sorted(pm2.names()) == ["later", "stubborn"]
    found = json.loads(pm2("jlist").splitlines()[-1])
    again = next(each["pm2_env"] for each in found if each["name"] == "stubborn")
    assert (again["status"], again["env"]["SECRET"]) == ("online", "planted-secret")
    assert usher.services() == {}
    assert not list(usher.home.glob("back-to-pm2*"))


def test_without_a_living_pm2_there_is_nothing_to_adopt(usher: Any, pm2: Any) -> None:
    assert "no PM2 of yours is running" in usher("adopt", code=2).stderr


def test_what_must_not_run_here_is_left_with_pm2_untouched(usher: Any, pm2: Any) -> None:
    work = {"name": "work", "script": "sleep", "args": "1000", "interpreter": "none"}
    file = ecosystem(usher, work)
    usher.script("usher.guard.toml", '[apps]\nwork = "web"\n')
    usher("role", "set", "api")
    pm2("start", str(file))
    (before,) = json.loads(pm2("jlist").splitlines()[-1])
    refused = usher("adopt", "--yes", code=2).stderr
    assert "this host has role 'api'" in refused
    (after,) = json.loads(pm2("jlist").splitlines()[-1])
    assert after["pid"] == before["pid"]


def test_a1_15_what_pm2_runs_is_compared_with_what_is_declared(usher: Any, pm2: Any) -> None:
    work = {"name": "work", "script": "sleep", "args": "1000", "interpreter": "none"}
    env = {"TOKEN": "planted-secret", "LEVEL": "info"}
    extra = {**work, "name": "extra"}
    pm2("start", str(ecosystem(usher, {**work, "instances": 2, "env": env}, extra)))
    changed = {"TOKEN": "planted-other", "LEVEL": "info", "NEW": "1"}
    declared = [
        {**work, "instances": 3, "env": changed},
        {"name": "lacks", "script": "web.js", "exec_mode": "cluster"},
    ]
    file = str(ecosystem(usher, *declared))
    done = usher("adopt", "--compare", file, code=6)
    assert [line.split(maxsplit=1) for line in done.stdout.splitlines()] == [
        ["extra", f"extra: PM2 runs it, {file} does not have it"],
        ["missing", f"lacks: {file} has it, PM2 does not"],
        ["instances", "work: 2 run, 3 are declared"],
        ["env", "work: 2 variables differ: NEW, TOKEN"],
    ]
    assert "planted" not in done.stdout + done.stderr
    assert sorted(pm2.names()) == ["extra", "work", "work"]
    same = str(ecosystem(usher, {**work, "instances": 2, "env": env}, extra))
    assert "PM2 runs what" in usher("adopt", "--compare", same).stdout
