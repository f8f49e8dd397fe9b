"""What services say about each other: unknown names, impossible conditions, cycles, order.

Pure functions over whole sets of services. The configuration layer asks them about a file,
the daemon about what it would know after a change.
"""

import difflib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from usher.model.finding import Finding
from usher.model.spec import Dependency, ServiceSpec


def problems(services: Sequence[ServiceSpec]) -> list[Finding]:
    """Everything that is wrong between these services, in the order of their definition.

    `services` must be all there are: a dependency on any other name is unknown.
    """
    by_name = {service.name: service for service in services}
    found = [*_duplicates(services)]
    for service in by_name.values():
        found += _bad_dependencies(service, by_name)
        found += _bad_restart_with(service)
    return found + [_cycle_finding(cycle, by_name) for cycle in _cycles(by_name)]


def levels(services: Sequence[ServiceSpec]) -> tuple[tuple[str, ...], ...]:
    """Names in the order in which they may start: each level needs only the levels before it.

    Within a level the order is that of definition. Raises ValueError on a cycle or unknown name.
    """
    waiting = {s.name: {d.name for d in s.depends_on} for s in services}
    names = frozenset(waiting)
    done: list[tuple[str, ...]] = []
    while waiting:
        level = tuple(name for name, needs in waiting.items() if not needs & waiting.keys())
        if not level:
            raise ValueError(f"cannot order services: cycle among {sorted(waiting)}")
        for name in level:
            if unknown := waiting.pop(name) - names:
                raise ValueError(f"cannot order {name!r}: unknown {sorted(unknown)}")
        done.append(level)
    return tuple(done)


def closest(word: str, known: Iterable[str]) -> str:
    """Return "did you mean 'x'?" for the known word nearest to `word`, or nothing."""
    match = difflib.get_close_matches(word[:100], list(known), n=1, cutoff=0.6)
    return f"did you mean {match[0]!r}?" if match else ""


def _duplicates(services: Iterable[ServiceSpec]) -> Iterator[Finding]:
    for name, times in Counter(service.name for service in services).items():
        if times > 1:
            yield Finding(f"the name is defined {times} times", app=name, field="name")


def _bad_dependencies(service: ServiceSpec, known: Mapping[str, ServiceSpec]) -> Iterator[Finding]:
    for need in service.depends_on:
        if message := _dependency_fault(service, need, known):
            hint = "" if need.name in known else closest(need.name, known)
            field = f"depends_on.{need.name}"
            yield Finding(message, app=service.name, field=field, hint=hint)
    for name, times in Counter(need.name for need in service.depends_on).items():
        if times > 1:
            yield Finding(f"{name!r} stands there {times} times", service.name, "depends_on")


def _dependency_fault(
    service: ServiceSpec, need: Dependency, known: Mapping[str, ServiceSpec]
) -> str:
    if need.name == service.name:
        return "a service cannot depend on itself"
    if need.name not in known:
        return f"no app is called {need.name!r}"
    if need.condition == "completed" and known[need.name].kind != "job":
        return f"{need.name!r} is a service and never completes; only a job does"
    return ""


def _bad_restart_with(service: ServiceSpec) -> Iterator[Finding]:
    needed = {need.name for need in service.depends_on}
    for name in service.restart_with:
        if name not in needed:
            message = f"{name!r} is not among the dependencies"
            hint = closest(name, needed) or "add it to depends_on"
            yield Finding(message, app=service.name, field="restart_with", hint=hint)


def _cycle_finding(cycle: list[str], known: Mapping[str, ServiceSpec]) -> Finding:
    first = min(cycle, key=list(known).index)
    at = cycle.index(first)
    way = " -> ".join([*cycle[at:], *cycle[:at], first])
    return Finding(f"these wait for each other for ever: {way}", app=first, field="depends_on")


def _cycles(known: Mapping[str, ServiceSpec]) -> Iterator[list[str]]:
    """Yield one cycle of each knot, by a depth-first walk with a stack of our own.

    A walk by recursion would end with Python's limit on a chain of a thousand services.
    """
    state: dict[str, str] = {}
    for start in known:
        path: list[str] = []
        pending: list[tuple[str, bool]] = [(start, False)]
        while pending:
            name, leaving = pending.pop()
            if leaving:
                path.pop()
                state[name] = "done"
            elif state.get(name) is None:
                state[name] = "open"
                path.append(name)
                pending.append((name, True))
                needs = [d.name for d in known[name].depends_on if d.name in known]
                for need in reversed(needs):
                    if state.get(need) == "open" and need != name:
                        yield path[path.index(need) :]
                    pending.append((need, False))
