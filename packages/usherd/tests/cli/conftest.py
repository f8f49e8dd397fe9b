"""Runs the command line in this process, or as a process of its own."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from usher.main import main


class Ran(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no test depend on the language of whoever runs it."""
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


@pytest.fixture
def usher(
    home: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., Ran]:
    """Run `usher` with these words, away from any terminal."""
    monkeypatch.chdir(home)

    def run(*words: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["usher", *words])
        try:
            code = main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        return Ran(code, *capfd.readouterr())

    return run


@pytest.fixture
def spawn(home: Path) -> Callable[..., subprocess.Popen[bytes]]:
    """Start `usher` as a process with pipes."""

    def start(*words: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "usher.main", *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "USHER_HOME": str(home)},
            cwd=home,
        )

    return start
