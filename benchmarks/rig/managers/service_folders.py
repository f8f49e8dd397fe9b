"""Service folders of the daemontools family: `NAME/run`, and `NAME/log/run` for a logger."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benchmarks.rig.services import Service


def write(root: Path, services: Sequence[Service], loggers: dict[str, str]) -> None:
    """Write a folder a service below `root`.

    `loggers` says by Service.log how its logger is called; a service of another kind has none:
    one more process for each would be held against a manager that does not need it to run.
    """
    for service in services:
        folder = root / service.name
        _program(folder / "run", f"exec {shlex.join(service.argv)}")
        if service.log in loggers:
            main = folder / "log" / "main"
            main.mkdir(parents=True)
            (main / "config").write_text("s0\nn0\n")  # svlogd: never rotate
            _program(folder / "log" / "run", f"exec {loggers[service.log]} {main}")


def log_file(root: Path, service: Service) -> Path:
    """Return the file that both loggers write."""
    return root / service.name / "log" / "main" / "current"


def _program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o700)
