"""Secrets of an app: asked for at its start, in its process, and nowhere else."""

import os
import stat
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.usher_home import until

pytestmark = pytest.mark.process

CONFIG = """
[apps.api]
command = ["sh", "-c", "echo got $FROM_FILE; cat $AS_FILE; echo; echo $AS_FILE; sleep 1000"]
[apps.api.secrets]
FROM_FILE = { file = "db.txt" }
FROM_COMMAND = { command = ["sh", "-c", "echo noise >&2; cat db3.txt"] }
AS_FILE = { file = "db2.txt", as = "file" }

[apps.lacks]
command = ["sleep", "1000"]
restart = "never"
autostart = false
secrets.TOKEN = { file = "nowhere.txt" }

[apps.fails]
command = ["sleep", "1000"]
restart = "never"
autostart = false
secrets.TOKEN = { command = ["sh", "-c", "cat db3.txt; exit 4"] }

[apps.outside]
command = ["sleep", "1000"]
restart = "never"
autostart = false
secrets.TOKEN = { credential = "token" }
"""

PLANTED = ("planted-file-1", "planted-as-file-2", "planted-command-9")


PM2_FORM = """
module.exports = { apps: [{
  name: "pm2-form",
  script: "%s",
  args: ["-c", "import time; time.sleep(1000)"],
  interpreter: "none",
  usher: { secrets: {
    FROM_FILE: { file: "db.txt" },
    FROM_CREDENTIAL: { credential: "session" },
    AS_FILE: { credential: "session", as: "file" },
  } },
}] }
"""


@pytest.fixture
def running(usher: Any) -> Any:
    (usher.folder / "db.txt").write_text(f"{PLANTED[0]}\n")
    (usher.folder / "db2.txt").write_text(PLANTED[1])
    (usher.folder / "db3.txt").write_text(f"{PLANTED[2]}\r\n")
    usher.config(CONFIG)
    usher("start", "usher.toml")
    return usher


def environ(pid: int) -> dict[str, str]:
    words = Path(f"/proc/{pid}/environ").read_text().split("\0")
    return dict(word.split("=", 1) for word in words if "=" in word)


def test_secrets_are_in_the_process_and_nowhere_else(running: Any) -> None:
    service = running.services()["api"]
    pid = service["instances"][0]["pid"]
    env = environ(pid)
    assert env["FROM_FILE"] == PLANTED[0]
    assert env["FROM_COMMAND"] == PLANTED[2]
    path = Path(env["AS_FILE"])
    assert path.read_text() == PLANTED[1]
    assert stat.S_IMODE(path.stat().st_mode) == 0o400
    assert any(
        line.split()[1] in str(path) and line.split()[2] == "tmpfs"
        for line in Path("/proc/self/mounts").read_text().splitlines()
    )
    running("save")
    until(lambda: "got" in running("logs", "api").stdout)
    for words in (["logs"], ["list", "--json"], ["jlist"], ["describe", "api"], ["env", "api"]):
        said = running(*words).stdout
        assert [each for each in PLANTED if each in said] == [], words
    for file in running.home.rglob("*"):
        if file.is_file() and "/logs/" not in str(file):
            content = file.read_bytes()
            assert [each for each in PLANTED if each.encode() in content] == [], file
    running("delete", "api")
    until(lambda: not path.exists())


def test_a_new_daemon_knows_what_a_running_process_was_given(running: Any) -> None:
    until(lambda: "got" in running("logs", "api").stdout)
    daemon = running.ping()["daemon"]["pid"]
    os.kill(daemon, 9)
    until(lambda: running("ping", "--json", code=None).returncode == 0)
    until(lambda: running.ping()["daemon"]["pid"] != daemon)
    said = running("logs", "api").stdout
    assert "got [redacted:env]" in said
    assert PLANTED[0] not in said


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("lacks", "'TOKEN' (file '{folder}/nowhere.txt'): no such file or directory"),
        ("fails", "cannot get the value of 'TOKEN' (command 'sh'): it ended with code 4"),
        ("outside", "usher was not started by systemd with LoadCredential="),
    ],
)
def test_what_cannot_be_had_is_said_and_nothing_is_started(
    running: Any, name: str, said: str
) -> None:
    done = running("start", name, "--timeout", "20s", code=None)
    text = done.stdout + done.stderr
    assert done.returncode != 0
    assert said.format(folder=running.folder) in text
    assert PLANTED[2] not in text


def test_in_pm2s_form_a_file_and_a_credential_of_systemd_are_given(usher: Any) -> None:
    """LoadCredential= puts files into a folder that the unit's processes find in a variable."""
    credentials = usher.folder / "credentials"
    credentials.mkdir(0o500)
    credentials.chmod(0o700)
    (credentials / "session").write_text("planted-credential-7\n")
    (usher.folder / "db.txt").write_text(f"{PLANTED[0]}\n")
    usher.env["CREDENTIALS_DIRECTORY"] = str(credentials)
    usher.env["PM2_HOME"] = str(usher.folder / "pm2")
    usher.script("ecosystem.config.js", PM2_FORM % sys.executable)
    usher("start", "ecosystem.config.js")
    env = environ(usher.pids()["pm2-form", 0])
    assert (env["FROM_FILE"], env["FROM_CREDENTIAL"]) == (PLANTED[0], "planted-credential-7")
    assert Path(env["AS_FILE"]).read_text() == "planted-credential-7"
    for words in (["describe", "pm2-form"], ["env", "pm2-form"], ["pm2", "jlist"], ["jlist"]):
        assert "planted" not in usher(*words).stdout, words
    for path in usher.home.rglob("*"):
        if path.is_file() and "env" not in path.parts:
            assert b"planted" not in path.read_bytes(), path
