"""Reads a text as a configuration file that lies in a folder with a few programs."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from usher.config.app import Surroundings
from usher.config.load import ALL, Choice, ConfigError, Loaded
from usher.config.load import read as read_bytes
from usher.model.finding import Finding
from usher.model.spec import Plan, ServiceSpec

Read = Callable[..., "Plan | list[Finding]"]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Hold the programs `serve` (on PATH) and `run.py`, `plain.txt` (not executable)."""
    folder = tmp_path_factory.mktemp("config")
    (folder / "bin").mkdir()
    for name in ("serve", "python3", "ruby"):
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
        try:
            return read_bytes(name, data, Surroundings(folder, caller, 4, folder)).plan
        except ConfigError as error:
            return list(error.findings)

    return read_text


@pytest.fixture(scope="session")
def load_text(folder: Path, caller: Mapping[str, str]) -> Callable[..., Loaded]:
    """Load a text as a file, with a choice and further variables of the caller."""

    def load(text: str, name: str = "x.config.js", choice: Choice = ALL, **env: str) -> Loaded:
        return read_bytes(
            name, text.encode(), Surroundings(folder, {**caller, **env}, 4, folder), choice
        )

    return load


@pytest.fixture(scope="session")
def service(read: Read) -> Callable[..., ServiceSpec]:
    """Read the keys of one app called `api` and return its service."""

    def read_keys(keys: str) -> ServiceSpec:
        plan = read(f"[apps.api]\n{keys}\n")
        assert isinstance(plan, Plan), plan
        return plan.services[0]

    return read_keys


@pytest.fixture(scope="session")
def complaints(folder: Path, caller: Mapping[str, str]) -> Callable[..., list[str]]:
    """Read a text and return its findings as lines; a good file of usher's form has none."""

    def lines(text: str | bytes, name: str = "usher.toml") -> list[str]:
        data = text if isinstance(text, bytes) else text.encode()
        try:
            found = read_bytes(name, data, Surroundings(folder, caller, 4, folder)).findings
        except ConfigError as error:
            found = error.findings
        assert found
        return [str(finding) for finding in found]

    return lines
