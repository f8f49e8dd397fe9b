"""The version of the interpreter that a process runs; nothing strange is executed for it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from usher.host.program_version import UnknownVersionError, of_process


@contextmanager
def running(program: str, *arguments: str) -> Generator[int]:
    with subprocess.Popen([program, *arguments], stdin=subprocess.PIPE) as process:
        yield process.pid


def test_a_python_names_its_version() -> None:
    said = of_process(os.getpid(), 30)
    assert said.endswith(f"Python {sys.version.split()[0]}")


def test_a_node_names_its_version(node: str) -> None:
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True)
    with running(node, "-e", "process.stdin.resume()") as pid:
        assert of_process(pid, 30) == f"node {version.stdout.strip()}"


def test_what_is_no_interpreter_is_not_run() -> None:
    with running("cat") as pid, pytest.raises(UnknownVersionError, match="no interpreter"):
        of_process(pid, 30)


@pytest.mark.parametrize(
    ("mode", "why"), [(0o757, "belongs to another user"), (None, "was replaced since its start")]
)
def test_what_others_may_have_written_is_not_run(
    tmp_path: Path, mode: int | None, why: str
) -> None:
    program = tmp_path / "python3"
    shutil.copy(shutil.which("cat") or "", program)
    program.chmod(0o755)
    with running(str(program)) as pid:
        if mode is None:
            program.unlink()
        else:
            program.chmod(mode)
        with pytest.raises(UnknownVersionError, match=why):
            of_process(pid, 30)


def test_who_is_gone_has_none() -> None:
    with pytest.raises(UnknownVersionError, match="not shown"):
        of_process(2**22 + 1, 30)
