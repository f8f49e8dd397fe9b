"""A project with an ecosystem file under a real usher, and Node on its PATH."""

import json
import socket
from pathlib import Path
from typing import Any

import pytest

from usher.client.client import Client, connect


class House:
    """Writes programs and the ecosystem file, and starts them."""

    def __init__(self, usher: Any, node: str) -> None:
        self.usher = usher
        usher.env["PATH"] = f"{Path(node).parent}:{usher.env['PATH']}"

    def start(self, app: dict[str, Any], code: int = 0) -> Client:
        """Start one app; its reloads do not wait for long."""
        app = {"name": "app", "script": "app.js", **app}
        app["usher"] = {"rollout": {"min_healthy": "200ms"}, **app.get("usher", {})}
        text = f"module.exports = {json.dumps({'apps': [app]})};"
        config = self.usher.script("ecosystem.config.js", text)
        self.usher("start", str(config), code=code)
        return connect(str(self.usher.home))

    def program(self, text: str, name: str = "app.js") -> None:
        self.usher.script(name, text)

    def output(self) -> str:
        """Everything the app has printed."""
        logs = sorted((self.usher.folder / ".pm2" / "logs").glob("app-out*.log"))
        return "".join(path.read_text() for path in logs)


@pytest.fixture
def house(usher: Any, node: str) -> House:
    return House(usher, node)


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
