"""Variables of a living process against those of its definition."""

import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from usher.model.spec import ServiceSpec
from usher.runtime.env_drift import EnvDrift
from usher.runtime.environments import Environments

DEFINED = {"PATH": "/usr/bin:/bin", "COLOUR": "red", "LEVEL": "1"}


@pytest.fixture
def process() -> Iterator[Callable[[dict[str, str]], int]]:
    """Start processes with variables; they end with the test."""
    started: list[subprocess.Popen[bytes]] = []

    def start(env: dict[str, str]) -> int:
        started.append(subprocess.Popen(["/bin/sleep", "60"], env=env))
        deadline = time.monotonic() + 30
        # The kernel shows it a moment after the program was executed.
        while not Path(f"/proc/{started[-1].pid}/environ").read_bytes():
            assert time.monotonic() < deadline
        return started[-1].pid

    yield start
    for each in started:
        each.kill()
        each.wait()


@pytest.mark.parametrize(
    ("changed", "names"),
    [
        ({}, []),
        ({"COLOUR": "blue"}, ["COLOUR"]),
        ({"PATH": "/home/ops/.pyenv/shims:/usr/bin:/bin"}, []),
        ({"PATH": "/bin"}, ["PATH"]),
        ({"PATH": "/opt/usr/bin:/bin"}, ["PATH"]),
    ],
)
def test_what_a_launcher_puts_before_a_path_is_no_difference(
    tmp_path: Path,
    process: Callable[[dict[str, str]], int],
    changed: dict[str, str],
    names: list[str],
) -> None:
    kept = Environments(tmp_path / "environments")
    spec = ServiceSpec("api", ("x",), "/", env_digest=kept.put(DEFINED))
    assert EnvDrift(kept).of(spec, [process(DEFINED | changed)]) == names
