"""Logs in folders of a service's user: a root keeper must not be led elsewhere."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from usher.keeper.child import Identity
from usher.keeper.owner import Owner, is_safe

NOBODY = 65534
WHO = Identity(NOBODY, NOBODY, [])

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes another user")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that belongs to nobody, as a user's home does to its user."""
    made = Path(tempfile.mkdtemp(prefix="usher-owner-"))
    os.chown(made, NOBODY, NOBODY)
    yield made
    shutil.rmtree(made, ignore_errors=True)  # a keeper that is ending may still write into it


def test_which_folders_are_safe(folder: Path, tmp_path: Path) -> None:
    assert is_safe(str(tmp_path))
    assert is_safe(str(tmp_path / "missing" / "too"))
    assert not is_safe(str(folder))
    assert not is_safe(str(folder / "missing"))
    (folder / "of-root").mkdir()
    assert not is_safe(str(folder / "of-root"))  # it can be renamed by who owns the one above
    (tmp_path / "link").symlink_to(tmp_path)
    assert not is_safe(str(tmp_path / "link"))
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared").chmod(0o777)
    assert not is_safe(str(tmp_path / "shared"))


def test_what_is_made_for_a_user_is_the_users(folder: Path) -> None:
    path = folder / "logs" / "out.log"
    os.close(Owner(str(path), WHO).open(os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW))
    found = path.stat()
    assert (found.st_uid, found.st_gid, found.st_mode & 0o777) == (NOBODY, NOBODY, 0o600)
    assert path.parent.stat().st_mode & 0o777 == 0o750


def test_a_link_leads_nowhere_the_user_may_not_go(folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.mkdir(0o700)
    (folder / "logs").symlink_to(secret)
    owner = Owner(str(folder / "logs" / "out.log"), WHO)
    with pytest.raises(PermissionError):
        owner.open(os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW)
    (secret / "a").write_text("kept")
    with pytest.raises(PermissionError):
        owner.do((folder / "logs" / "a").unlink)
    assert [each.name for each in secret.iterdir()] == ["a"]


def test_in_a_safe_folder_nothing_is_forked(tmp_path: Path) -> None:
    pids: list[int] = []
    Owner(str(tmp_path / "x"), WHO).do(lambda: pids.append(os.getpid()))
    assert pids == [os.getpid()]


def test_a_service_with_a_user_logs_into_that_users_folder(folder: Path, house: Any) -> None:
    house.home.chmod(0o711)
    who = {"uid": NOBODY, "gid": NOBODY, "groups": []}
    log = {"path": str(folder / "out.log"), "max_size": 1000, "retain": 3, **who}
    house.keeper()
    daemon = house.daemon()
    code = "i=0; while [ $i -lt 200 ]; do echo line $i; i=$((i+1)); done"
    daemon.start("a", house.spec("/bin/sh", "-c", code, cwd="/", stdout=log, **who))
    assert daemon.wait("exited", run="a")["status"] == {"code": 0}
    names = ["out.log", "out.log.1"]
    lines = [line for name in names[::-1] for line in (folder / name).read_text().splitlines()]
    assert lines == [f"line {n}" for n in range(200)]
    assert {(folder / name).stat().st_uid for name in names} == {NOBODY}
    (folder / "elsewhere").symlink_to(house.home / "logs")
    stolen = {**log, "path": str(folder / "elsewhere" / "stolen.log")}
    daemon.start("b", house.spec("/bin/echo", "x", cwd="/", stdout=stolen, **who))
    assert "Permission denied" in daemon.wait("log-trouble", run="b")["error"]
    assert not (house.home / "logs" / "stolen.log").exists()
