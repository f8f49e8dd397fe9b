"""The page for PM2's users, followed word by word."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.process

PAGE = Path(__file__).parents[4] / "docs" / "how-to" / "move-from-pm2.md"

FILES = re.compile(r"`([\w.]+)`:\n\n```(?:js|python|bash)\n(.*?)```", re.DOTALL)
COMMANDS = re.compile(r"```sh\n(.*?)```", re.DOTALL)


class Reader:
    """Somebody who types what the page says."""

    def __init__(self, folder: Path, path: str, port: int) -> None:
        self.folder = folder / "project"
        self.folder.mkdir()
        self.env = {"PATH": path, "HOME": str(folder), "LANG": "C.UTF-8"}
        self.text = PAGE.read_text().replace("3900", str(port))

    def type(self, line: str) -> str:
        done = subprocess.run(
            ["/bin/sh", "-c", line],
            cwd=self.folder,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        return done.stdout


@pytest.fixture
def reader(tmp_path: Path, node: str, free_port: int) -> Iterator[Reader]:
    scripts = Path(sys.executable).parent
    path = f"{Path(node).parent}:{scripts}:{os.environ['PATH']}"
    reader = Reader(tmp_path, path, free_port)
    yield reader
    subprocess.run(["usher", "kill"], env=reader.env, cwd=reader.folder, check=False)


def test_the_page_works(reader: Reader) -> None:
    files = dict(FILES.findall(reader.text))
    assert sorted(files) == ["api.js", "cleanup.sh", "ecosystem.config.js", "worker.py"]
    for name, content in files.items():
        (reader.folder / name).write_text(content)

    said = {line: type_patiently(reader, line) for line in lines(reader.text)}

    assert "nothing" in said["usher check ecosystem.config.js"]
    listed = said["usher pm2 list"]
    assert [listed.count(f"│ {name} ") for name in ("api", "worker", "cleanup")] == [2, 1, 1]
    assert listed.count("online") == 4
    assert "one order handled" in said["usher pm2 logs worker --nostream --lines 3"]
    assert said["bin/pm2 list"].count("│ api ") == 2
    assert "ExecStart" in said["usher startup --print"]


def lines(text: str) -> list[str]:
    return [line for block in COMMANDS.findall(text) for line in block.splitlines()]


def type_patiently(reader: Reader, line: str) -> str:
    """Type a line; what only looks at the apps is typed again until they have had the time."""
    deadline = time.monotonic() + 30
    while line.startswith(("curl", "usher pm2 logs")):
        try:
            said = reader.type(line)
        except AssertionError:
            said = ""
        if "hello from" in said or "one order" in said:
            return said
        assert time.monotonic() < deadline, said
        time.sleep(0.2)
    return reader.type(line)
