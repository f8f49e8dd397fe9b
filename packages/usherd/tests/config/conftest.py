"""Reads a text as a configuration file that lies in a folder with a few programs."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from usher.config.app import Surroundings
from usher.config.load import read_plan
from usher.model.finding import Finding
from usher.model.spec import Plan, ServiceSpec

Read = Callable[..., "Plan | list[Finding]"]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Hold the programs `serve` (on PATH) and `run.py`, `plain.txt` (not executable)."""
    folder = tmp_path_factory.mktemp("config")
    (folder / "bin").mkdir()
    for name in ("serve", "python3", "node"):
        program = folder / "bin" / name
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
    (folder / "run.py").write_text("")
    (folder / "plain.txt").write_text("")
    return folder


@pytest.fixture(scope="session")
def caller(folder: Path) -> dict[str, str]:
    """Hold the environment of whoever calls."""
    return {"PATH": str(folder / "bin"), "HOME": "/home/me", "SECRET": "s3cret", "LC_ALL": "C"}


@pytest.fixture(scope="session")
def read(folder: Path, caller: Mapping[str, str]) -> Read:
    """Read a text (or bytes) as the file `usher.toml`, or another name."""

    def read_text(text: str | bytes, name: str = "usher.toml") -> Plan | list[Finding]:
        data = text if isinstance(text, bytes) else text.encode()
        return read_plan(name, data, Surroundings(folder, caller, 4))

    return read_text


@pytest.fixture(scope="session")
def service(read: Read) -> Callable[..., ServiceSpec]:
    """Read the keys of one app called `api` and return its service."""

    def read_keys(keys: str) -> ServiceSpec:
        plan = read(f"[apps.api]\n{keys}\n")
        assert isinstance(plan, Plan), plan
        return plan.services[0]

    return read_keys


@pytest.fixture(scope="session")
def complaints(read: Read) -> Callable[..., list[str]]:
    """Read a text and return its findings as lines."""

    def lines(text: str | bytes, name: str = "usher.toml") -> list[str]:
        found = read(text, name)
        assert isinstance(found, list), found
        return [str(finding) for finding in found]

    return lines
