"""The sample app as a service: its table in a configuration file, and questions to it."""

import json
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent

SHORT = 'interval = "500ms", confirm_interval = "200ms", timeout = "500ms"'
"""Times of a probe for tests, which need not wait as long as the defaults do."""


def free_port() -> int:
    """A port that nobody listens on at the moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@dataclass(frozen=True)
class Sample:
    """One service that runs the sample app; `node` is the program to run app.js with."""

    name: str = "api"
    node: str = ""
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    port: int = field(default_factory=free_port)

    @property
    def url(self) -> str:
        """Where it listens, without a path."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def command(self) -> list[str]:
        """What starts it, with PORT and `env` in its environment."""
        program, file = (self.node, "app.js") if self.node else (sys.executable, "app.py")
        return [program, str(FOLDER / file)]

    def table(self, *lines: str) -> str:
        """Its part of usher.toml; `{url}` in a line stands for its address."""
        env = {"PORT": str(self.port), **self.env}
        variables = ", ".join(f"{name} = {json.dumps(value)}" for name, value in env.items())
        head = (
            f"[apps.{self.name}]\ncommand = {json.dumps(self.command)}\nenv = {{ {variables} }}\n"
        )
        return head + "".join(line.replace("{url}", self.url) + "\n" for line in lines) + "\n"

    def ask(self, path: str = "/health", patience: float = 1.0) -> Any:
        """The body of an answer of status 2xx; None when there is none in time."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=patience) as answer:
                return json.loads(answer.read())
        except (OSError, urllib.error.URLError):
            return None
