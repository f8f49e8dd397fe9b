"""Who needs whom: walks over the dependency graph of the services that are known.

What is wrong with a graph is found by `usher.model.graph`, which the configuration shares.
"""

from collections.abc import Iterable, Mapping

from usher.model.world import Service


def dependents_of(services: Iterable[Service]) -> dict[str, tuple[str, ...]]:
    """The graph turned round: for each name those that need it, in order of definition.

    What a candidate generation needs counts as well: it waits for it.
    """
    found: dict[str, dict[str, None]] = {}
    for service in services:
        specs = (
            [service.spec] if service.candidate is None else [service.spec, service.candidate.spec]
        )
        for need in (need for spec in specs for need in spec.depends_on):
            found.setdefault(need.name, {})[service.spec.name] = None
    return {name: tuple(needy) for name, needy in found.items()}


def with_needs(services: Mapping[str, Service], names: Iterable[str]) -> list[str]:
    """These services and everything they need, directly or not; what is needed comes first."""
    found: dict[str, None] = {}
    started: set[str] = set()
    stack = list(reversed(list(names)))
    while stack:
        name = stack[-1]
        service = services.get(name)
        if service is None or name in found:
            stack.pop()
        elif name in started:
            found[stack.pop()] = None
        else:
            started.add(name)
            stack += [need.name for need in reversed(service.spec.depends_on)]
    return list(found)


def with_dependents(
    services: Mapping[str, Service], dependents: Mapping[str, tuple[str, ...]], names: Iterable[str]
) -> list[str]:
    """These services and everything that needs them, directly or not."""
    found: dict[str, None] = {}
    stack = list(reversed(list(names)))
    while stack:
        name = stack.pop()
        if name in services and name not in found:
            found[name] = None
            stack += reversed(dependents.get(name, ()))
    return list(found)
