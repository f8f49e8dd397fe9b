"""Folders, files and limits as whoever asks finds them."""

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from usher.guard.checks.room import judge_folders
from usher.guard.definition import Definition
from usher.host import room
from usher.model.spec import LogSpec, ServiceSpec


@pytest.fixture
def nobody() -> Iterator[None]:
    """Ask as somebody who owns nothing, where the test runs as root."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    yield
    os.seteuid(0)


@pytest.fixture
def closed(open_folder: Path) -> Iterator[Path]:
    """Hold a folder that nobody may write into."""
    closed = open_folder / "closed"
    closed.mkdir(0o555)
    yield closed
    closed.chmod(0o755)


def judged(path: Path) -> list[str]:
    spec = ServiceSpec("api", ("sleep",), "/", logs=LogSpec(out=f"{path}/out.log"))
    seen = room.folder(str(path))
    home = msgspec.structs.replace(seen, free=1 << 60)
    found = judge_folders([Definition(spec)], {("api", str(path)): seen}, home)
    return [finding.message for finding in found if finding.code == "log.folder"]


def test_a0_07_a_folder_that_cannot_be_written_is_refused_with_owner_and_mode(
    closed: Path, nobody: None
) -> None:
    owner = room.folder(str(closed)).owner
    assert judged(closed) == [f"cannot write into {str(closed)!r}: owner {owner!r}, mode 0555"]
    missing = closed / "logs" / "api"
    assert judged(missing) == [
        f"cannot make {str(missing)!r} in {str(closed)!r}: owner {owner!r}, mode 0555"
    ]


def test_a_folder_that_can_be_made_is_no_finding(tmp_path: Path) -> None:
    assert judged(tmp_path) == judged(tmp_path / "logs") == []


def test_modes_and_times_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    assert room.plain_file(str(file), "env") is None
    file.write_text("A=b")
    file.chmod(0o640)
    seen = room.plain_file(str(file), "env")
    assert seen is not None
    assert (seen.kind, seen.mode, seen.changed) == ("env", 0o640, file.stat().st_mtime)


def test_the_machine_is_seen() -> None:
    seen = room.machine()
    assert seen.memory is not None
    assert seen.memory > 64 << 20
    assert seen.is_root == (os.geteuid() == 0)
    assert room.machine(clock=False).synchronised is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts apps as other users")
def test_a_log_folder_is_judged_for_the_apps_own_user(open_folder: Path) -> None:
    """As the keeper opens logs: as root where only root may change the path, else as the user."""
    user = room.account("nobody", None)
    assert user is not None
    safe, theirs, open_to_all, of_daemon = (open_folder / name for name in "abcd")
    for path, mode, uid in (
        (safe, 0o755, 0),
        (theirs, 0o700, user.uid),
        (open_to_all, 0o777, 0),
        (of_daemon, 0o755, 1),
    ):
        path.mkdir()
        path.chmod(mode)
        os.chown(path, uid, -1)
    seen = {path.name: room.folder(str(path), user) for path in open_folder.iterdir()}
    writable = {name: each.writable for name, each in seen.items()}
    assert writable == {"a": True, "b": True, "c": True, "d": False}
    assert seen["d"].asked_by == "nobody"
    missing = room.folder(str(of_daemon / "logs" / "api"), user)
    assert (missing.existing, missing.writable) == (str(of_daemon), False)
    # Whoever is asked about is not there: the start itself says so.
    assert room.account("no-such-user-at-all", None) is None
    assert room.account("nobody", "no-such-group-at-all") is None
