"""The services that run under each manager, and what their stamps tell."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Service:
    """A name and an argument list: what a manager is told of a service."""

    name: str
    argv: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Start:
    """One start of a service: its process, and CLOCK_MONOTONIC at its first instruction in ns."""

    pid: int
    at: int


class Stamps:
    """The file to which each service appends a line when it starts."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def starts(self) -> list[Start]:
        """Return all starts so far, in order."""
        if not self.path.exists():
            return []
        pairs = (line.split() for line in self.path.read_text().splitlines())
        return [Start(int(pid), int(at)) for pid, at in pairs]


def idle_services(child: tuple[str, ...], stamps: Stamps, count: int) -> list[Service]:
    """Return `count` services that stamp their start and then do nothing."""
    return [Service(f"app{i:04d}", (*child, str(stamps.path))) for i in range(count)]


@dataclass(frozen=True, slots=True)
class Flood:
    """A service that prints `lines` lines of 100 bytes once `release` was called."""

    service: Service
    go: Path
    lines: int

    @classmethod
    def make(cls, child: tuple[str, ...], stamps: Stamps, lines: int) -> Flood:
        """Return a flood that waits at a FIFO beside the file of stamps."""
        go = stamps.path.with_name("go")
        os.mkfifo(go, 0o600)
        service = Service("flood", (*child, str(stamps.path), str(go), str(lines)))
        return cls(service, go, lines)

    def release(self) -> None:
        """Let it print; returns at once, for the service already waits at the FIFO."""
        self.go.write_bytes(b"g")

    def output(self) -> bytes:
        """Return what it prints, as `child.c` has it."""
        return b"".join(b"%09d %089d\n" % (i, 0) for i in range(self.lines))
