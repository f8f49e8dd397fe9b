"""Looks again at what the guard refused: when the reason is gone, it starts by itself.

Refused services are rare, so nothing runs while there are none.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, Final, Protocol

from usher.model import events as ev
from usher.model.phase import Failed
from usher.model.spec import ServiceSpec
from usher.model.world import Service, World

INTERVAL: Final = 15.0
"""Seconds from one look to the next."""


class Office(Protocol):
    """What there is, what stands against it, and where the start is asked for."""

    @property
    def world(self) -> World:
        """Return the present state."""
        ...

    async def refusals(self, spec: ServiceSpec) -> tuple[str, ...]:
        """Say why a definition must not start; nothing: it may."""
        ...

    def post(self, event: ev.Event) -> None:
        """Take the request."""
        ...


class SecondLook:
    """One a daemon; `begin` whenever something was refused."""

    def __init__(self, office: Office, begin: Callable[[Coroutine[Any, Any, None]], None]) -> None:
        """`begin` runs a task in the background."""
        self._office = office
        self._begin = begin
        self._waiting: asyncio.TimerHandle | None = None

    def soon(self, delay: float = INTERVAL) -> None:
        """Look after `delay` seconds, if something is refused then."""
        if self._waiting is not None:
            self._waiting.cancel()
        self._waiting = asyncio.get_running_loop().call_later(delay, self._fire)

    def close(self) -> None:
        """Look no more."""
        if self._waiting is not None:
            self._waiting.cancel()

    def _fire(self) -> None:
        self._waiting = None
        self._begin(self._look())

    async def _look(self) -> None:
        refused = dict(_refused(self._office.world))
        for name, slots in refused.items():
            service = self._office.world.services.get(name)
            if service is not None and not await self._office.refusals(service.spec):
                start = ev.Start("second-look", "guard", services=(name,), slots={name: slots})
                self._office.post(start)
        if refused:
            self.soon()


def _refused(world: World) -> Iterator[tuple[str, tuple[int, ...]]]:
    for name, service in world.services.items():
        slots = tuple(_refused_slots(service))
        if slots and service.want == "up":
            yield name, slots


def _refused_slots(service: Service) -> Iterator[int]:
    for slot, instance in service.current.instances.items():
        phase = instance.phase
        if isinstance(phase, Failed) and phase.result == "refused" and not instance.parked:
            yield slot
