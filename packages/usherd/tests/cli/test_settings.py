"""set, get, unset, conf and ecosystem: files only, no daemon."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from usher.cli.ecosystem import SAMPLE
from usher.host import beside

Usher = Callable[..., Any]


@pytest.fixture(autouse=True)
def folder(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """PM2's folder, beside no PM2."""
    monkeypatch.setenv("PM2_HOME", str(home / "pm2"))
    monkeypatch.setattr(beside, "find", list)
    return home / "pm2"


def test_what_is_set_is_shown_and_forgotten(usher: Usher, folder: Path) -> None:
    assert usher("set", "pm2-logrotate:max_size", "1K")[:2] == (0, "1K\n")
    assert usher("set", "plain", "a b")[:2] == (0, "a b\n")
    assert usher("get", "pm2-logrotate:max_size").out == "1K\n"
    assert usher("get", "pm2-logrotate").out == "pm2-logrotate:max_size 1K\n"
    assert usher("conf").out == "plain a b\npm2-logrotate:max_size 1K\n"
    assert json.loads(usher("conf", "--json").out)["plain"] == "a b"
    assert usher("unset", "pm2-logrotate")[:2] == (0, "")
    assert usher("conf").out == "plain a b\n"
    assert (folder / "module_conf.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["get", "nope"], "cannot find 'nope': it was not set"),
        (["unset", "nope"], "cannot unset 'nope': it was not set"),
        (["set", "a:", "1"], "cannot use 'a:' as a key"),
    ],
)
def test_what_is_not_there_is_said(usher: Usher, words: list[str], said: str) -> None:
    ran = usher(*words)
    assert (ran.code, ran.out) == (1, "")
    assert said in ran.err


def test_the_file_of_a_living_pm2_is_not_touched(
    usher: Usher, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beside, "find", lambda: [beside.Living(77, folder, (), frozenset())])
    for words in (["set", "a", "1"], ["unset", "a"]):
        ran = usher(*words)
        assert ran.code == 2
        assert "PM2 (pid 77) lives there" in ran.err
    assert usher("conf").code == 0
    assert not folder.exists()


def test_the_sample_is_a_file_without_findings_and_never_replaces_one(
    usher: Usher, home: Path
) -> None:
    assert usher("ecosystem").code == 0
    assert (home / "usher.toml").read_text() == SAMPLE
    assert usher("check").code == 0
    again = usher("ecosystem")
    assert again.code == 2
    assert "cannot write 'usher.toml': file exists" in again.err
