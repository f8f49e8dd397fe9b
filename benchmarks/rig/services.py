"""The services that run under each manager, and what their stamps tell."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

LogWanted = Literal["any", "plain", "dated"]
"""`any`: as the manager does by itself; else kept whole, `plain` or `dated` with time stamps."""


@dataclass(frozen=True, slots=True)
class Service:
    """A name and an argument list: what a manager is told of a service."""

    name: str
    argv: tuple[str, ...]
    log: LogWanted = "any"


@dataclass(frozen=True, slots=True)
class Start:
    """One start of a service: its process, and CLOCK_MONOTONIC at its first instruction in ns."""

    pid: int
    at: int


class Stamps:
    """The file to which each service appends a line when it starts."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def count(self) -> int:
        """Return how many starts there were so far."""
        return self.path.read_bytes().count(b"\n") if self.path.exists() else 0

    def starts(self) -> list[Start]:
        """Return all starts so far, in order."""
        if not self.path.exists():
            return []
        pairs = (line.split() for line in self.path.read_text().splitlines())
        return [Start(int(pid), int(at)) for pid, at in pairs]


def idle_services(child: tuple[str, ...], stamps: Stamps, count: int) -> list[Service]:
    """Return `count` services that stamp their start and then do nothing."""
    names = [f"app{i:04d}" for i in range(count)]
    return [Service(name, (*child, str(stamps.path), name)) for name in names]


def beating_service(child: tuple[str, ...], stamps: Stamps) -> Service:
    """Return a service that prints all the time: it dies when nobody reads its output."""
    return Service("beat", (*child, str(stamps.path), "beat", "beat"))


@dataclass(frozen=True, slots=True)
class Gate:
    """A FIFO at which a service waits until it may do what it is for."""

    path: Path

    @classmethod
    def make(cls, stamps: Stamps) -> Gate:
        """Make it beside the file of stamps."""
        path = stamps.path.with_name("go")
        os.mkfifo(path, 0o600)
        return cls(path)

    @contextmanager
    def opened(self) -> Generator[None]:
        """Let everyone pass who waits or comes within the block; opening it takes no time.

        Open for both directions: neither side has to be there for that.
        """
        file = os.open(self.path, os.O_RDWR | os.O_CLOEXEC)
        try:
            yield
        finally:
            os.close(file)


def crashing_service(child: tuple[str, ...], stamps: Stamps, gate: Gate) -> Service:
    """Return a service that fails as soon as it may pass `gate`, each time it is started."""
    return Service("crash", (*child, str(stamps.path), "crash", "crash", str(gate.path)))


@dataclass(frozen=True, slots=True)
class Flood:
    """A service that prints `lines` lines of 100 bytes once `gate` is open."""

    service: Service
    gate: Gate
    lines: int

    @classmethod
    def make(cls, child: tuple[str, ...], stamps: Stamps, lines: int, log: LogWanted) -> Flood:
        """Return a flood that waits at a gate."""
        gate = Gate.make(stamps)
        argv = (*child, str(stamps.path), "flood", "flood", str(gate.path), str(lines))
        return cls(Service("flood", argv, log), gate, lines)

    def output(self) -> bytes:
        """Return what it prints, as `child.c` has it."""
        return b"".join(map(printed_line, range(self.lines)))


def printed_line(number: int) -> bytes:
    """Return the line that a flood prints as its `number`th, counted from 0."""
    return b"%09d %089d\n" % (number, 0)
