"""The verbs that must be quick: what they load, and that they only pass bytes on."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from usher.cli import hot

SLOW = {"argparse", "asyncio", "msgspec", "json", "socket", "re", "typing", "pathlib", "enum"}

PROGRAM = """
import sys
before = set(sys.modules)
sys.argv = ["usher", *sys.argv[1:]]
from usher.main import main
code = main()
print(*sorted(set(sys.modules) - before), file=sys.stderr)
sys.exit(code)
"""


@pytest.mark.parametrize(
    "words", [["list"], ["ls"], ["jlist"], ["list", "--json"], ["ping", "--json"]]
)
def test_what_is_loaded(daemon: Any, words: list[str]) -> None:
    daemon.answers |= {
        "GET /v1/list.txt": b"the table\n",
        "GET /v1/jlist": b"[]",
        "GET /v1/services": b'{"services":[]}',
    }
    # Isolated from site: an editable install loads modules of its own before us.
    source = str(Path(hot.__file__).parents[2])
    ran = subprocess.run(
        [
            sys.executable,
            "-I",
            "-S",
            "-c",
            f"import sys; sys.path.append({source!r}){PROGRAM}",
            *words,
        ],
        capture_output=True,
        check=True,
        text=True,
        env={"USHER_HOME": str(daemon.home)},
    )
    assert SLOW.isdisjoint(ran.stderr.split())
    assert ran.stdout.endswith("\n")
    assert len(daemon.requests) == 1


def test_bytes_are_passed_on(daemon: Any, usher: Callable[..., Any]) -> None:
    daemon.answers["GET /v1/list.txt"] = "표 \x1b[32mgreen\x1b[0m\n".encode() * 50_000
    ran = usher("list")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.encode() == daemon.answers["GET /v1/list.txt"]
    assert daemon.requests[-1].target == "/v1/list.txt?columns=240&color=0"


def test_json_ends_with_a_newline(daemon: Any, usher: Callable[..., Any]) -> None:
    daemon.answers["GET /v1/jlist"] = b'[{"name":"api"}]'
    assert usher("jlist").out == '[{"name":"api"}]\n'
    assert json.loads(usher("ping", "--json").out)["keeper"]["pid"] == 42


@pytest.mark.parametrize(
    "words",
    [[], ["list", "x"], ["list", "--home"], ["stop", "--json"], ["jlist", "--json", "x"], ["ping"]],
)
def test_everything_else_is_left_to_the_full_command_line(home: Path, words: list[str]) -> None:
    assert hot.run(words) is None


def test_an_answer_that_is_late_or_not_whole_is_left_to_it_too(
    daemon: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    daemon.answers["GET /v1/list.txt"] = None
    assert hot.run(["list"]) is None
    monkeypatch.setattr(hot, "_PATIENCE", 0.05)
    daemon.endless.add("GET /v1/list.txt")
    assert hot.run(["list"]) is None
    daemon.close()
    assert hot.run(["list"]) is None


def test_color_is_for_terminals_without_no_color(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.isatty", lambda fd: fd == 1)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert hot.wants_color()
    monkeypatch.setenv("NO_COLOR", "1")
    assert not hot.wants_color()
    monkeypatch.setenv("NO_COLOR", "")
    monkeypatch.setenv("TERM", "dumb")
    assert not hot.wants_color()
