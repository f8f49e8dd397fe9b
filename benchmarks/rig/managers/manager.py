"""What the measurements need of a manager."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benchmarks.rig.command import Command
    from benchmarks.rig.services import Service
    from benchmarks.rig.web import Web


class Manager(Protocol):
    """A process manager in a folder of its own."""

    dates: ClassVar[bool]
    """Whether it can put a time stamp before each line of a log."""

    def start(self, services: Sequence[Service]) -> None:
        """Start the manager and under it `services`; they may come up after the return."""
        ...

    def list_command(self) -> Command:
        """Return the command by which people look at all services."""
        ...

    def roots(self) -> list[int]:
        """Return the process ids from which all processes of the manager descend."""
        ...

    def revive(self) -> None:
        """Bring a manager that was killed back as its documentation says."""
        ...

    def known(self, service: Service) -> int | None:
        """Return the process that the manager takes for the service, if any."""
        ...

    def log_file(self, service: Service) -> Path:
        """Return where the service's standard output goes."""
        ...

    def end(self) -> None:
        """Stop all services and the manager itself."""
        ...


@runtime_checkable
class Reloader(Protocol):
    """A manager that can replace the workers of a web server while they serve."""

    def serve(self, web: Web) -> None:
        """Start the manager and two workers of a Node program; they may come up later."""
        ...

    def reload(self) -> None:
        """Replace the workers; returns when the manager says that it is done."""
        ...


@runtime_checkable
class Saver(Protocol):
    """A manager that must be told to keep its list of services for a later `revive`."""

    def save(self) -> None:
        """Keep the list of services as it is now."""
        ...
