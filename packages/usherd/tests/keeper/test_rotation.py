"""Names of rotated logs, while their writer changes them."""

import os
from pathlib import Path
from typing import Any

import pytest

from usher.keeper import rotation


def test_a_file_that_goes_away_hides_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2, 3):
        (tmp_path / f"out.log.{number}").write_text("x")
    look = os.lstat

    def lstat(path: str, **more: Any) -> os.stat_result:
        if path.endswith(".2"):
            (tmp_path / "out.log.2").unlink(missing_ok=True)
        return look(path, **more)

    monkeypatch.setattr(os, "lstat", lstat)
    found = {Path(each).name for each in rotation.rotated(str(tmp_path / "out.log"))}
    assert found == {"out.log.1", "out.log.3"}


def test_a2_15_only_files_of_the_log_are_rotated_ones(tmp_path: Path) -> None:
    for name in ("out.log", "out.log.1", "out.log.1.gz.new", "out.log.x", "other.log.1"):
        (tmp_path / name).write_text("x")
    (tmp_path / "out.log.2").mkdir()
    (tmp_path / "out.log.3").symlink_to("out.log")
    assert rotation.rotated(str(tmp_path / "out.log")) == [str(tmp_path / "out.log.1")]
    assert rotation.rotated(str(tmp_path / "nowhere" / "out.log")) == []
