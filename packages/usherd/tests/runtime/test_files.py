"""State files are whole or untouched, and private."""

import stat
from pathlib import Path

import pytest

from usher.runtime import files
from usher.runtime.environments import Environments


def test_write_atomically_replaces_and_is_private(tmp_path: Path) -> None:
    path = tmp_path / "state"
    files.write_atomically(path, b"one")
    files.write_atomically(path, b"two")
    assert path.read_bytes() == b"two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_write_that_fails_leaves_the_old_content(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    with pytest.raises(OSError, match="state"):
        files.write_atomically(tmp_path / "state", b"new")
    assert [entry.name for entry in tmp_path.iterdir()] == ["state"]


def test_environments_are_private_and_named_without_telling(tmp_path: Path) -> None:
    store = Environments(tmp_path / "env")
    digest = store.put({"PASSWORD": "hunter2"})
    assert Environments(tmp_path / "env").get(digest) == {"PASSWORD": "hunter2"}
    assert store.put({"PASSWORD": "hunter2"}) == digest
    assert store.put({}) == ""
    assert Environments(tmp_path / "other").put({"PASSWORD": "hunter2"}) != digest
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "env").iterdir()}
    assert modes == {0o600}
    assert stat.S_IMODE((tmp_path / "env").stat().st_mode) == 0o700
    store.keep_only(set())
    with pytest.raises(FileNotFoundError):
        Environments(tmp_path / "env").get(digest)
