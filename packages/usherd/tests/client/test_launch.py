"""Starting a keeper: what is said when it does not come up. (That it does: tests/process.)"""

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from usher.client import UsherError, ensure_running
from usher.client import launch as module


def test_a_running_daemon_is_used(daemon: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "keeper_argv", lambda _: ["/nowhere"])
    assert ensure_running(daemon.home).ping().daemon.pid == 41


def test_a_keeper_that_ends_is_said_with_its_last_words(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = "open(sys.argv[1], 'w').write('cannot lock: no space'); sys.exit(2)"
    log = home / "logs" / "keeper.log"
    log.parent.mkdir()
    argv = [sys.executable, "-c", f"import sys; {words}", str(log)]
    monkeypatch.setattr(module, "keeper_argv", lambda _: argv)
    with pytest.raises(UsherError, match="cannot start usher in") as caught:
        ensure_running(home)
    assert caught.value.details == ("cannot lock: no space",)
    assert str(log) in caught.value.hint


def test_a_home_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert not module.was_killed(tmp_path)
    with pytest.raises(UsherError, match="cannot create") as caught:
        ensure_running(tmp_path / "file" / "home")
    assert caught.value.exit_code == 2


def test_a_home_of_somebody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 2**31)
    with pytest.raises(UsherError, match="it belongs to user") as caught:
        ensure_running(tmp_path)
    assert caught.value.exit_code == 2


def test_the_home_is_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    argv = [sys.executable, "-c", "import sys; sys.exit(1)"]
    monkeypatch.setattr(module, "keeper_argv", lambda _: argv)
    with pytest.raises(UsherError):
        ensure_running(tmp_path / "a" / "home")
    assert (tmp_path / "a" / "home").stat().st_mode & 0o777 == 0o700
