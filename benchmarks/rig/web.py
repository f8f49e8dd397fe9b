"""The web server that is reloaded under load."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Manners = Literal["naive", "graceful"]
"""`naive`: no signal handler; `graceful`: answers what it has, with `Connection: close`."""

SCRIPT = Path(__file__).with_name("server.js")


@dataclass(frozen=True, slots=True)
class Web:
    """A Node program on a port of the loopback interface."""

    manners: Manners
    port: int
    script: Path = SCRIPT

    @classmethod
    def on_free_port(cls, manners: Manners) -> Web:
        """Choose a port that nobody listens on."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return cls(manners, probe.getsockname()[1])

    def answers(self) -> bool:
        """Whether somebody listens."""
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True
