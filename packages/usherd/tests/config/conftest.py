"""Reads a text as a configuration file that lies in a folder with a few programs."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from usher.config.app import Surroundings
from usher.config.document import Document
from usher.config.load import ALL, Choice, ConfigError, Loaded, concluded
from usher.config.load import read as read_bytes
from usher.config.pm2.file import read_pm2
from usher.config.positions import Positions
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
    """Load a text as a file of PM2's form, with a choice and further variables of the caller.

    The folder has `app.js`, `worker.js` and a `node` that is never run: the embedded engine reads.
    """
    for name in ("app.js", "worker.js"):
        (folder / name).write_text("")
    (folder / "js").mkdir()
    node = folder / "js" / "node"
    node.write_text("#!/bin/false\n")
    node.chmod(0o755)
    env = {**caller, "PATH": f"{caller['PATH']}:{folder}/js", "PM2_HOME": "/pm2"}

    def load(text: str, name: str = "x.config.js", choice: Choice = ALL, **more: str) -> Loaded:
        (folder / name).write_text(text)
        around = Surroundings(folder, {**env, **more}, 4, folder, engine="")
        return read_bytes(name, text.encode(), around, choice)

    return load


@pytest.fixture(scope="session")
def pm2_tree(load_text: Callable[..., Loaded], folder: Path) -> Callable[..., Loaded]:
    """Build the apps of what a program exports, without running one."""
    assert load_text("module.exports = []") is not None
    env = {"PATH": f"{folder}/bin:{folder}/js", "HOME": "/home/me"}

    def build(tree: object, choice: Choice = ALL) -> Loaded:
        around = Surroundings(folder, env, 4, folder)
        return concluded(read_pm2("x.js", Document(tree, Positions()), around, choice), Plan(()))

    return build


@pytest.fixture(scope="session")
def pm2_app(load_text: Callable[..., Loaded]) -> Callable[..., ServiceSpec]:
    """Build one app from its fields, written in JavaScript; its script is app.js."""

    def build(fields: str = "", choice: Choice = ALL, **more: str) -> ServiceSpec:
        text = f"module.exports = [{{ name: 'api', script: 'app.js', {fields} }}]"
        return load_text(text, choice=choice, **more).plan.services[0]

    return build


@pytest.fixture(scope="session")
def pm2_findings(load_text: Callable[..., Loaded]) -> Callable[..., list[str]]:
    """Return what is said about one app, given by its fields."""

    def say(fields: str = "", choice: Choice = ALL, **more: str) -> list[str]:
        text = f"module.exports = [{{ name: 'api', script: 'app.js',\n{fields} }}]"
        try:
            found = load_text(text, choice=choice, **more).findings
        except ConfigError as error:
            found = error.findings
        return [str(finding) for finding in found]

    return say


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
