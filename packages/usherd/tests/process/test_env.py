"""A.0 statement 8 and E14: what set each variable, what differs from what runs, and two hosts."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.usher_home import until

from usher.client import ProblemError, connect
from usher.config.load import load

pytestmark = pytest.mark.process

SECRET = "planted-Zk4Wq8rT1"

CONFIG = """
[apps.api]
command = ["sleep", "1000"]
env_file = "prod.env"
env = { MODE = "fast", PORT = 3999 }
secrets.TOKEN = { file = "token" }
"""


@pytest.fixture
def running(usher: Any) -> Any:
    (usher.folder / "prod.env").write_text(f"DB_PASSWORD={SECRET}\nLEVEL=info\nMODE=slow\n")
    (usher.folder / "token").write_text("planted-token-1")
    usher.config(CONFIG)
    usher("start", "usher.toml")
    return usher


def test_a0_08_each_variable_has_its_source_and_an_edited_file_is_drift(running: Any) -> None:
    shown = json.loads(running("env", "api", "--sources", "--json").stdout)
    sources = {each["name"]: each["source"] for each in shown["variables"]}
    file = str(running.folder / "prod.env")
    assert (sources["DB_PASSWORD"], sources["MODE"], sources["LEVEL"]) == (file, "env", file)
    assert sources["TOKEN"] == f"secret from file {running.folder / 'token'}"
    assert sources["PATH"].startswith("the shell")
    assert shown["env_drift"] == []

    (running.folder / "prod.env").write_text(
        "DB_PASSWORD=planted-other-9\nLEVEL=debug\nMODE=slow\n"
    )
    assert running.services()["api"]["env_drift"] == ["DB_PASSWORD", "LEVEL"]
    for words in (["status"], ["describe", "api"], ["monitor", "--once"]):
        done = running(*words, code=None)
        assert "env drift: 2 variables" in done.stdout, words
        assert "planted" not in done.stdout + done.stderr

    running("start", "usher.toml")
    until(lambda: running.services()["api"]["env_drift"] == [])


def test_e14_compare_two_hosts_from_facts(running: Any) -> None:
    (running.folder / "key").write_text("0123456789abcdef0123456789abcdef")
    first = running("facts", "usher.toml", "--key-file", "key").stdout
    (running.folder / "prod.env").write_text("DB_PASSWORD=planted-other-9\nEXTRA=1\nMODE=slow\n")
    second = running("facts", "usher.toml", "--key-file", "key").stdout
    assert "planted" not in first + second
    (running.folder / "a.json").write_text(first)
    (running.folder / "b.json").write_text(second)
    done = running("compare", "a.json", "b.json", "--json", code=6)
    rows = json.loads(done.stdout)["differences"]
    assert {(row["area"], row["name"], row["standing"]) for row in rows} == {
        ("env", "DB_PASSWORD", "differs"),
        ("env", "EXTRA", "extra"),
        ("env", "LEVEL", "missing"),
    }
    assert "nothing differs" in running("compare", "a.json", "a.json").stdout


def test_env_diff_and_lint_name_what_differs(running: Any) -> None:
    (running.folder / "local.env").write_text(
        "DB_PASSWORD=planted-other-9\nLEVEL=info\nNEW=1\nMODE=\n"
    )
    done = running("env", "diff", "local.env", "prod.env", code=6)
    assert [line.split()[:2] for line in done.stdout.splitlines()] == [
        ["differs", "DB_PASSWORD"], ["empty", "MODE"], ["missing", "NEW"],
    ]  # fmt: skip
    assert "planted" not in done.stdout + done.stderr
    assert running("env", "diff", "prod.env", "prod.env").returncode == 0
    assert "differs" in running("env", "diff", "usher.toml:api", "local.env", code=6).stdout

    (running.folder / "app.js").write_text("f(process.env.GEMINI_API_KEY)\n")
    (running.folder / ".env.example").write_text("GOOGLE_API_KEY=\n")
    done = running("env", "lint", code=6)
    assert "undeclared GEMINI_API_KEY  app.js:1" in done.stdout
    assert "is GEMINI_API_KEY meant?" in done.stdout


def test_env_diff_of_a_running_app_shows_what_its_process_has(running: Any) -> None:
    assert "same variables" in running("env", "diff", "api", "usher.toml:api", code=None).stdout
    (running.folder / "prod.env").write_text("DB_PASSWORD=planted-other-9\nLEVEL=info\nNEW=1\n")
    done = running("env", "diff", "api", "usher.toml:api", code=6)
    rows = [line.split()[:2] for line in done.stdout.splitlines()]
    assert rows == [["differs", "DB_PASSWORD"], ["extra", "NEW"]]
    assert "planted" not in done.stdout + done.stderr
    running("stop", "api")
    assert "it does not run" in running("env", "diff", "api", "prod.env", code=3).stderr


CONTRACT = """
[apps.needs]
command = ["sleep", "1000"]
env = { DATABASE_URL = "%s", SYNC = "%s" }
[apps.needs.env_contract]
DATABASE_URL = { required = true, schemes = ["postgres"] }
SYNC = { not = "true", when = "production" }
[apps.other]
command = ["sleep", "1000"]
"""


@pytest.mark.parametrize(
    ("url", "sync", "code"),
    [("", "false", "env.empty"), ("mysql://h/x", "false", "env.kind")],
)
def test_the_daemon_holds_the_contract_whoever_asks(
    usher: Any, monkeypatch: pytest.MonkeyPatch, url: str, sync: str, code: str
) -> None:
    usher.config(CONTRACT % (url, sync))
    usher("start", "usher.toml", "other")
    client = connect(str(usher.home))
    monkeypatch.chdir(usher.folder)
    plan = load(Path("usher.toml")).plan
    with pytest.raises(ProblemError, match="cannot start 'needs': 'DATABASE_URL'") as refused:
        list(client.apply(plan, ["needs"]))
    assert (refused.value.exit_code, refused.value.problem().codes) == (2, [code])
    assert usher.pids().get(("needs", 0)) is None
    # Defined without a start it is as harmless as a file, and a start by name is judged too.
    list(client.apply(plan, []))
    with pytest.raises(ProblemError, match="DATABASE_URL"):
        list(client.start(["needs"]))
    usher("start", "usher.toml", "needs", "--force", code, "--reason", "a test")
    usher.config(CONTRACT % ("postgres://db/x", sync))
    usher("start", "usher.toml")
