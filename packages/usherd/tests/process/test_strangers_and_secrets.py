"""Acceptance 5: a second user reaches nothing, and a secret stands in no output and no file."""

import json
import os
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.process

NOBODY = 65534

SECRET = "planted-7Zq9-value"

CONFIG = f"""
[apps.api]
command = ["sh", "-c", "echo I have $API_TOKEN; sleep 1000"]
env.API_TOKEN = "{SECRET}"
env.DATABASE_URL = "postgres://u:{SECRET}@db/x"

[apps.breaks]
command = ["sh", "-c", "exit 5"]
restart = "never"
env = {{ DB_PASSWORD = "{SECRET}" }}
"""

STRANGER = """
import os, socket, sys
reached = []
for path in sys.argv[1:]:
    try:
        kind = os.stat(path).st_mode & 0o170000
        if kind == 0o140000:
            for type in (socket.SOCK_STREAM, socket.SOCK_SEQPACKET, socket.SOCK_DGRAM):
                try:
                    socket.socket(socket.AF_UNIX, type).connect(path)
                    reached.append(path)
                except OSError:
                    pass
        elif kind == 0o040000:
            os.listdir(path)
            reached.append(path)
        else:
            open(path, 'rb').close()
            reached.append(path)
    except OSError:
        pass
print(*reached, sep="\\n")
"""

ASKS = """
import socket, sys
with socket.socket(socket.AF_UNIX, getattr(socket, sys.argv[2])) as channel:
    channel.settimeout(10)
    try:
        channel.connect(sys.argv[1])
        channel.send(sys.argv[3].encode())
        print(channel.recv(4096))
    except (ConnectionError, BrokenPipeError) as error:
        print(b"")
"""

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")


@pytest.fixture
def running(usher: Any) -> Any:
    usher.config(CONFIG)
    usher("start", "usher.toml", "api")
    usher("save")
    return usher


def below(folder: Path) -> Iterator[Path]:
    yield folder
    for parent, folders, files in os.walk(folder):
        yield from (Path(parent, name) for name in (*folders, *files))


def as_nobody(*words: str) -> str:
    done = subprocess.run(
        ["/usr/bin/env", "-i", "/usr/bin/python3", "-c", *words],
        user=NOBODY, group=NOBODY, extra_groups=[], cwd="/",
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_every_file_is_its_owners_alone(running: Any) -> None:
    wrong = [
        f"{path} {stat.filemode(path.lstat().st_mode)}"
        for path in below(running.home)
        if path.lstat().st_mode & 0o077 and not path.is_symlink()
    ]
    assert wrong == []


@needs_root
@pytest.mark.skipif(not Path("/usr/bin/python3").exists(), reason="no Python that all may run")
def test_another_user_can_neither_connect_nor_read(running: Any) -> None:
    paths = [str(path) for path in below(running.home)]
    assert any(path.endswith("usher.sock") for path in paths)
    assert as_nobody(STRANGER, *paths) == ""


@needs_root
@pytest.mark.skipif(not Path("/usr/bin/python3").exists(), reason="no Python that all may run")
@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("usher.sock", "SOCK_STREAM", "GET /v1/services HTTP/1.0\r\n\r\n"),
        ("keeper.sock", "SOCK_SEQPACKET", 'i{"kind":"hello","id":1,"protocol":1,"pid":1}'),
    ],
)
def test_even_through_an_open_door_the_kernel_tells_who_asks(
    running: Any, name: str, kind: str, words: str
) -> None:
    """Somebody loosened the modes by hand; SO_PEERCRED still says who it is."""
    running.home.chmod(0o755)
    path = running.home / name
    path.chmod(0o666)
    before = running.ping()["daemon"]["pid"]
    assert as_nobody(ASKS, str(path), kind, words) == "b''"
    assert running.ping()["daemon"]["pid"] == before


COMMANDS = [
    ["list"], ["list", "--json"], ["jlist"], ["describe", "api"], ["describe", "api", "--json"],
    ["env", "api"], ["env", "api", "--json"], ["events"], ["events", "--json"],
    ["history"], ["history", "--json"], ["undo", "--dry-run"], ["check"], ["check", "--json"],
    ["ping", "--json"], ["save"], ["logs"], ["logs", "--json"], ["monit", "--once"],
    ["start", "breaks", "--json"], ["restart", "breaks"], ["wait", "api", "--json"],
    ["reload", "breaks"], ["scale", "nope", "2"], ["pid"], ["id", "api"],
    ["pm2", "jlist"], ["pm2", "prettylist"], ["pm2", "describe", "api"], ["pm2", "env", "0"],
    ["pm2", "list"], ["pm2", "logs", "--nostream"], ["pm2", "save"], ["pm2", "report"],
]  # fmt: skip


def test_a_secret_is_in_no_output_and_in_no_file(running: Any) -> None:
    running.env["PM2_HOME"] = str(running.folder / "pm2")
    said: dict[str, str] = {}
    for words in COMMANDS:
        done = running(*words, code=None)
        said[" ".join(words)] = done.stdout + done.stderr
    assert [words for words, text in said.items() if SECRET in text] == []
    assert "***" in said["env api"]
    json.loads(said["jlist"])

    files = [*below(running.home), *below(Path(running.env["PM2_HOME"]))]
    allowed = (str(running.home / "state" / "env"), str(running.home / "logs" / "api"))
    holding = [
        str(path) for path in files if path.is_file() and SECRET.encode() in path.read_bytes()
    ]
    assert any(path.startswith(allowed[0]) for path in holding)  # the search works
    assert [path for path in holding if not path.startswith(allowed)] == []


def test_nor_in_the_command_line_of_any_process_of_ours(running: Any) -> None:
    info = running.ping()
    for pid in (info["daemon"]["pid"], info["keeper"]["pid"]):
        assert SECRET.encode() not in Path(f"/proc/{pid}/cmdline").read_bytes()
        assert SECRET.encode() not in Path(f"/proc/{pid}/environ").read_bytes()


def test_sockets_are_bound_private(running: Any) -> None:
    for path in below(running.home):
        if stat.S_ISSOCK(path.lstat().st_mode):
            assert stat.S_IMODE(path.lstat().st_mode) == 0o600, path
