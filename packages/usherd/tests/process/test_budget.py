"""The connection budget against a real PostgreSQL with ten connections, three of them reserved."""

import json
import sys
from typing import Any

import psycopg
import pytest

pytestmark = pytest.mark.process

FILE = """
[apps.api]
command = ["{python}", "-c", "import time; time.sleep(600)"]
instances = {instances}
env = {{ DATABASE_URL = "{url}" }}
pool = {{ {pool} }}
"""


@pytest.fixture
def write(usher: Any, postgresql: Any) -> Any:
    def file(pool: str = "max = 3", instances: int = 2, url: str = "") -> None:
        text = FILE.format(
            python=sys.executable, instances=instances, url=url or postgresql.url, pool=pool
        )
        usher.config(text)

    return file


def budget(usher: Any, *args: str, code: int) -> dict[str, Any]:
    done = usher("budget", "--json", *args, code=code)
    assert "correct-horse" not in done.stdout + done.stderr
    (found,) = json.loads(done.stdout)["budgets"]
    return found


def test_a0_03_budget_of_a_live_server(usher: Any, write: Any, postgresql: Any) -> None:
    write("max = 3")
    found = budget(usher, code=0)
    assert (found["need"], found["cap"], found["verdict"]) == (6, 7, "warn")
    assert (found["peak"], found["peak_fits"]) == (9, False)
    write("max = 4")
    found = budget(usher, code=2)
    assert (found["need"], found["cap"], found["verdict"]) == (8, 7, "over")
    said = usher("budget", code=2)
    assert "8 of 7, over (max_connections 10, 3 reserved)" in said.stdout


def test_a0_03_budget_of_figures_prints_40_of_97_and_40_of_27(usher: Any) -> None:
    figures = ("budget", "--instances", "2", "--pool", "20", "--reserved", "3")
    roomy = usher(*figures, "--max-connections", "100").stdout
    assert "40 of 97, ok" in roomy
    assert "peak 80 of 97" in roomy
    assert "40 of 27, over" in usher(*figures, "--max-connections", "30", code=2).stdout
    assert "80 of 97, warn" in usher(*figures, "--max-connections", "100", "--doubled").stdout


def test_the_limit_of_the_role_is_used_where_it_is_smaller(
    usher: Any, write: Any, postgresql: Any
) -> None:
    write("max = 3")
    postgresql.sql("ALTER ROLE app CONNECTION LIMIT 5")
    try:
        found = budget(usher, code=2)
        assert (found["cap"], found["limit"]) == (5, "role 'app' may have 5")
    finally:
        postgresql.sql("ALTER ROLE app CONNECTION LIMIT -1")


def test_what_others_use_is_taken_off(usher: Any, write: Any, postgresql: Any) -> None:
    write("max = 3")
    where = f"host={postgresql.folder} port={postgresql.port} user=postgres dbname=postgres"
    with psycopg.connect(where), psycopg.connect(where):
        found = budget(usher, code=2)
        assert (found["cap"], found["verdict"]) == (5, "over")
        assert "2 used by others" in found["limit"]


def test_a_server_without_a_connection_left_is_said_to_be_unknown(
    usher: Any, write: Any, postgresql: Any
) -> None:
    write("max = 3")
    held = [psycopg.connect(postgresql.url) for _ in range(7)]
    try:
        found = budget(usher, code=3)
        assert found["verdict"] == "unknown"
        assert "reserved" in found["note"]
    finally:
        for each in held:
            each.close()


def test_what_cannot_be_known_is_said(usher: Any, write: Any, postgresql: Any) -> None:
    write("max = 3", url="postgresql://app:correct-horse@127.0.0.1:1/shop")
    assert "it cannot be asked" in budget(usher, code=3)["note"]
    write("max = 3", url=postgresql.url.replace("correct-horse", "wrong-horse"))
    assert "authentication failed" in budget(usher, code=3)["note"]
    write("max = 3", url="postgresql://app:correct-horse@127.0.0.1:6543/shop")
    assert budget(usher, code=3)["note"] == "pooler: server cap not visible"
    write("per_process = 1")
    assert "pool size of 'api' is not known" in budget(usher, code=3)["note"]


def test_a0_04_start_refuses_what_is_over(usher: Any, write: Any) -> None:
    write("max = 20")
    refused = usher("start", code=2)
    assert "40 connections needed (2 instances x pool 20), 7 there" in refused.stderr
    for remedy in ("fewer instances", "a pool of at most 3", "a pooler"):
        assert remedy in refused.stderr
    assert not usher.marked()
    assert "budget.over" in usher("start", "--force", code=2).stderr
    usher("start", "--force", "budget.over", "--reason", "load is low until the move")
    assert usher.services()["api"]["ready"] == 2
    usher("restart", "api")


def test_a0_04_whoever_asks_a_declared_server_is_not_exceeded(usher: Any, write: Any) -> None:
    server = "server = { max_connections = 11, reserved = 3 }"
    write(f"max = 2, {server}", url="postgresql://app@127.0.0.1:1/shop")
    usher("start")
    refused = usher("scale", "api", "5", code=2)
    assert "10 connections needed (5 instances x pool 2), 8 there" in refused.stderr
    assert usher.services()["api"]["instances_wanted"] == 2
    usher("scale", "api", "4")


def test_e8_the_preflight_refuses_with_the_sum_though_nobody_can_be_asked(usher: Any) -> None:
    """Seed 000's file against a small plan, on a runner without the database."""
    pool = {"max": 20, "server": {"max_connections": 30}}
    app = {"name": "api-server", "script": "main.js", "instances": 2, "exec_mode": "cluster"}
    usher.script("main.js", "setInterval(() => {}, 1000)\n")
    text = json.dumps({"apps": [{**app, "usher": {"pool": pool}}]})
    (usher.folder / "ecosystem.config.js").write_text(f"module.exports = {text}\n")
    found = json.loads(usher("check", "ecosystem.config.js", "--ci", "--json", code=2).stdout)
    (over,) = [each for each in found["findings"] if each["code"] == "budget.over"]
    assert "40 connections needed (2 instances x pool 20), 27 there" in over["message"]
    refused = usher("start", "ecosystem.config.js", code=2)
    assert "40 connections needed" in refused.stderr
    pool["server"] = {"max_connections": 60}
    text = json.dumps({"apps": [{**app, "usher": {"pool": pool}}]})
    (usher.folder / "ecosystem.config.js").write_text(f"module.exports = {text}\n")
    found = json.loads(usher("check", "ecosystem.config.js", "--ci", "--json").stdout)
    (peak,) = [each for each in found["findings"] if each["code"] == "budget.peak"]
    assert "a reload needs 80 connections, 57 there" in peak["message"]


def test_the_last_figures_are_used_when_no_connection_is_left(
    usher: Any, write: Any, postgresql: Any
) -> None:
    write("max = 3")
    usher("start")
    assert budget(usher, code=0)["note"] == ""
    held = [psycopg.connect(postgresql.url) for _ in range(7)]
    try:
        found = budget(usher, code=0)
        assert (found["need"], found["cap"], found["verdict"]) == (6, 7, "warn")
        assert "as it said at 20" in found["note"]
        assert "cannot be asked" in found["note"]
        kept = usher.home / "state" / "servers.json"
        assert kept.stat().st_mode & 0o777 == 0o600
        assert b"correct-horse" not in kept.read_bytes()
    finally:
        for each in held:
            each.close()


def test_check_says_whether_the_database_takes_the_app(
    usher: Any, write: Any, postgresql: Any
) -> None:
    def found() -> dict[str, str]:
        done = usher("check", "--json", code=None)
        assert "horse" not in done.stdout + done.stderr
        said = json.loads(done.stdout)["findings"]
        return {each["code"]: each["message"] for each in said if each["code"][:3] == "db."}

    write("max = 3")
    assert found() == {}
    write("max = 3", url="postgresql://app:correct-horse@127.0.0.1:1/shop")
    assert "postgresql at 127.0.0.1:1 cannot be reached" in found()["db.unreachable"]
    write("max = 3", url=postgresql.url.replace("correct-horse", "wrong-horse"))
    assert "refuses role 'app'" in found()["db.refused"]
    assert "[db.refused]" in usher("start", code=2).stderr
    write("max = 3", url=postgresql.url.replace("/shop", "/nowhere"))
    assert "nowhere" in found()["db.no_database"]
