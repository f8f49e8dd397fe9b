"""Every example is right, starts, and ends."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from usher.config.load import load
from usher.model.graph import levels

EXAMPLES = sorted((Path(__file__).parents[4] / "examples").glob("*/usher.toml"))


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.parent.name)
def test_it_can_be_read(file: Path) -> None:
    assert levels(load(file).plan.services)


@pytest.mark.process
@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.parent.name)
def test_it_runs(file: Path, tmp_path: Path) -> None:
    def usher(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "usher.main", *words],
            cwd=file.parent,
            env={**os.environ, "USHER_HOME": str(tmp_path / "home")},
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )

    try:
        started = usher("start")
        assert started.returncode == 0, started.stderr
        names = [service.name for service in load(file).plan.services]
        assert all(name in started.stdout for name in names)
        assert usher("restart", names[-1]).returncode == 0
    finally:
        killed = usher("kill")
    assert killed.returncode == 0, killed.stderr
    assert usher("ping").returncode == 3
