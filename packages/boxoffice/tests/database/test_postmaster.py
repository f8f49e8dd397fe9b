"""Reading the server's entry, and telling a crashed server's from a living one's."""

import os
import subprocess
from pathlib import Path

import pytest

from boxoffice.database.postmaster import Postmaster, clear_the_way, read_postmaster

ENTRY = "{pid}\n/data\n1795230456\n15432\n/data/run\n127.0.0.1\n  2146533        11\n{status}\n"


@pytest.mark.parametrize(("status", "ready"), [("ready   ", True), ("starting", False)])
def test_entry_names_process_and_address(tmp_path: Path, status: str, ready: bool) -> None:
    (tmp_path / "postmaster.pid").write_text(ENTRY.format(pid=7, status=status))
    expected = Postmaster(pid=7, port=15432, sockets=Path("/data/run"), ready=ready)
    assert read_postmaster(tmp_path) == expected


@pytest.mark.parametrize("text", ["", "7\n", "7\n/data\n1\n15432\n/run\n", "x\n" * 8])
def test_half_written_entry_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "postmaster.pid").write_text(text)
    assert read_postmaster(tmp_path) is None


def test_no_entry_no_server(tmp_path: Path) -> None:
    assert read_postmaster(tmp_path) is None
    assert clear_the_way(tmp_path, tmp_path / "run", None) is None


def test_entry_of_a_strangers_pid_is_moved_aside(tmp_path: Path) -> None:
    stranger = subprocess.Popen(["sleep", "60"], cwd=tmp_path)
    try:
        (tmp_path / "postmaster.pid").write_text(ENTRY.format(pid=stranger.pid, status="ready"))
        aside = clear_the_way(tmp_path, tmp_path / "run", None)
    finally:
        stranger.kill()
        stranger.wait()
    assert aside == tmp_path / "postmaster.pid.stale"
    assert not (tmp_path / "postmaster.pid").exists()
    assert str(stranger.pid) in aside.read_text()


def test_entry_of_a_zombie_is_moved_aside(tmp_path: Path) -> None:
    zombie = subprocess.Popen(["true"])
    os.waitid(os.P_PID, zombie.pid, os.WEXITED | os.WNOWAIT)
    (tmp_path / "postmaster.pid").write_text(ENTRY.format(pid=zombie.pid, status="ready"))
    assert clear_the_way(tmp_path, tmp_path / "run", None)
    zombie.wait()
