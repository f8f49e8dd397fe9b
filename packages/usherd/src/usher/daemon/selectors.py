"""What people write to name services and instances, turned into what a request names.

api            the service, or all that carry this label; else a number or a namespace
3   id:3       one instance, by PM2's id
ns:shop        every service of a namespace
/^api-/        every service whose name or label the pattern is found in
app:3          the service or label, never an id or a namespace
service:api    exactly this service, whatever shares its label
all            every service
"""

import re
from collections.abc import Callable
from typing import Final, NamedTuple, TypeAlias

from usher.api.types import Problem
from usher.daemon.server import HttpError
from usher.model import graph
from usher.model.world import Service, World

PATTERN_LIMIT: Final = 200
"""Characters of a pattern; it runs inside the daemon."""

Found: TypeAlias = dict[str, tuple[int, ...] | None]
"""Service -> its chosen slots; None: all of it."""


class Target(NamedTuple):
    """What a request is for: services, and of those in `slots` only these instances."""

    services: tuple[str, ...]
    slots: dict[str, tuple[int, ...]]


def find(world: World, selectors: list[str]) -> Target:
    """Find what these selectors mean together, in their order.

    Raises HttpError (404) if one of them finds nothing or none is given.
    """
    if not selectors:
        raise HttpError(404, Problem(error="cannot act: no service named", exit_code=1))
    merged: Found = {}
    for selector in selectors:
        found = _one(world, selector)
        if not found and selector != "all":
            raise HttpError(404, _nothing(world, selector))
        for name, slots in found.items():
            before = merged.get(name, ())
            both = None if before is None or slots is None else (*before, *slots)
            merged[name] = None if both is None else tuple(sorted(set(both)))
    single = {name: slots for name, slots in merged.items() if slots is not None}
    return Target(tuple(merged), single)


def _one(world: World, selector: str) -> Found:
    kind, colon, rest = selector.partition(":")
    if colon and kind in _KINDS:
        return _KINDS[kind](world, rest)
    if selector == "all":
        return _where(world, _any)
    if len(selector) > 2 and selector.startswith("/") and selector.endswith("/"):
        return _by_pattern(world, selector[1:-1])
    by_id = _by_id(world, selector) if selector.isascii() and selector.isdecimal() else {}
    return by_id or _by_name(world, selector) or _by_namespace(world, selector)


def _where(world: World, holds: Callable[[Service], bool]) -> Found:
    services = sorted(world.services.items(), key=_order)
    return {name: None for name, service in services if holds(service)}


def _order(item: tuple[str, Service]) -> int:
    return item[1].id


def _any(_service: Service) -> bool:
    return True


def _by_name(world: World, name: str) -> Found:
    return _where(world, lambda service: name in (service.spec.name, service.spec.label))


def _by_namespace(world: World, namespace: str) -> Found:
    return _where(world, lambda service: service.spec.namespace == namespace)


def _by_pattern(world: World, text: str) -> Found:
    if len(text) > PATTERN_LIMIT:
        wrong = f"cannot take a pattern of {len(text)} characters: at most {PATTERN_LIMIT}"
        raise HttpError(400, Problem(error=wrong, exit_code=1))
    try:
        pattern = re.compile(text)
    except re.error as error:
        problem = Problem(error=f"cannot read pattern {text!r}: {error}", exit_code=1)
        raise HttpError(400, problem) from None
    return _where(
        world,
        lambda service: bool(
            pattern.search(service.spec.name) or pattern.search(service.spec.label)
        ),
    )


def _by_id(world: World, text: str) -> Found:
    wanted = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1
    for name, service in world.services.items():
        for slot, instance in service.current.instances.items():
            if instance.id == wanted:
                return {name: (slot,)}
    return {}


_KINDS: Final[dict[str, Callable[[World, str], Found]]] = {
    "id": _by_id,
    "ns": _by_namespace,
    "app": _by_name,
    "service": lambda world, name: {name: None} if name in world.services else {},
}


def _nothing(world: World, selector: str) -> Problem:
    if not world.services:
        hint = "nothing is defined yet: `usher start FILE` defines services"
    else:
        near = graph.closest(selector, world.services)
        hint = near or f"known are: {', '.join(sorted(world.services))}"
    return Problem(error=f"cannot find service {selector!r}", exit_code=1, hint=hint)
