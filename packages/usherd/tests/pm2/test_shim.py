"""The `pm2` command that is usher."""

import subprocess
import sys
from argparse import Namespace
from pathlib import Path

import pytest

from usher.api.exit_codes import ExitCode
from usher.cli import shim
from usher.cli.console import Console
from usher.client import UsherError


def run(folder: Path, *, remove: bool = False) -> int:
    return shim.run(Namespace(name="pm2", folder=folder, remove=remove), Console(json=True))


def test_it_stands_in_for_pm2(tmp_path: Path) -> None:
    assert run(tmp_path) == 0

    done = subprocess.run(
        [tmp_path / "pm2", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("7.0.3")
    assert (tmp_path / "pm2").stat().st_mode & 0o777 == 0o755


def test_words_stay_what_they_are(tmp_path: Path) -> None:
    run(tmp_path)
    words = ["start", "a b.js", "--name", 'it\'s $HOME `x` "y"', "--badopt=*"]

    done = subprocess.run([tmp_path / "pm2", *words], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (1, "\n  error: unknown option `--badopt'\n\n")


@pytest.mark.parametrize("program", ["pm2-runtime", "pm2-docker", "pm2-dev"])
def test_the_programs_beside_it_are_there_too(program: str, tmp_path: Path) -> None:
    run(tmp_path)

    done = subprocess.run([tmp_path / program, "-h"], capture_output=True, text=True, check=True)

    assert "--no-auto-exit" in done.stdout


def test_python_is_named_by_its_whole_path() -> None:
    assert f"exec {sys.executable} " in shim.script(("pm2",))


def test_it_replaces_itself_and_goes_away(tmp_path: Path) -> None:
    run(tmp_path)
    run(tmp_path)
    run(tmp_path, remove=True)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("remove", [False, True])
def test_a_file_of_somebody_else_stays(tmp_path: Path, remove: bool) -> None:
    other = tmp_path / "pm2"
    other.write_text("#!/usr/bin/env node\n")

    with pytest.raises(UsherError, match="not written by") as caught:
        run(tmp_path, remove=remove)

    assert caught.value.exit_code == ExitCode.REFUSED
    assert [path.name for path in tmp_path.iterdir()] == ["pm2"]
    assert other.read_text() == "#!/usr/bin/env node\n"


def test_the_folder_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(UsherError, match="there is no such folder"):
        run(tmp_path / "nosuch")
