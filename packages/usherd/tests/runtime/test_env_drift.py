"""Variables of a living process against those of its definition."""

from pathlib import Path

import pytest

from usher.model.spec import ServiceSpec
from usher.runtime.env_drift import EnvDrift
from usher.runtime.environments import Environments

DEFINED = {"PATH": "/usr/bin:/bin", "COLOUR": "red", "LEVEL": "1"}


PID = 41


@pytest.fixture
def environ(tmp_path: Path) -> Path:
    """Where the kernel would show the environment of process 41."""
    folder = tmp_path / "proc" / str(PID)
    folder.mkdir(parents=True)
    return folder / "environ"


def write(environ: Path, values: dict[str, str]) -> None:
    environ.write_text("".join(f"{name}={value}\0" for name, value in values.items()))


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
    tmp_path: Path, environ: Path, changed: dict[str, str], names: list[str]
) -> None:
    kept = Environments(tmp_path / "environments")
    spec = ServiceSpec("api", ("x",), "/", env_digest=kept.put(DEFINED))
    write(environ, DEFINED | changed)
    assert EnvDrift(kept, tmp_path / "proc").of(spec, [PID]) == names


def test_what_is_executed_just_now_is_looked_at_again(tmp_path: Path, environ: Path) -> None:
    """The kernel shows the environment a moment after the program; what is known then stays."""
    kept = Environments(tmp_path / "environments")
    spec = ServiceSpec("api", ("x",), "/", env_digest=kept.put(DEFINED))
    drift = EnvDrift(kept, tmp_path / "proc")
    assert drift.of(spec, [PID]) == []
    environ.touch()
    assert drift.of(spec, [PID]) == []
    write(environ, DEFINED | {"COLOUR": "blue"})
    assert drift.of(spec, [PID]) == ["COLOUR"]
    environ.unlink()
    assert drift.of(spec, [PID]) == ["COLOUR"], "an environment does not change"
