"""Who needs whom: closures over the dependency graph, and what is wrong with a plan as a whole."""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches

from usher.model.spec import ServiceSpec, Value
from usher.model.world import Service


class Problem(Value, frozen=True):
    """One finding about a plan: `message` is a whole sentence, `field` names what to change."""

    service: str
    field: str
    message: str


def problems(specs: Sequence[ServiceSpec]) -> list[Problem]:
    """Everything that makes these definitions impossible as a whole, all of it at once."""
    known = {spec.name: spec for spec in specs}
    return [*_duplicates(specs), *_dangling(known), *_cycles(known)]


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The name that was probably meant."""
    return next(iter(get_close_matches(name, sorted(known), n=1)), None)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`; did you mean "x"?`, or nothing."""
    guess = nearest(name, known)
    return "" if guess is None else f'; did you mean "{guess}"?'


def dependents_of(specs: Iterable[ServiceSpec]) -> dict[str, tuple[str, ...]]:
    """The graph turned round: for each name those that need it, in order of definition."""
    found: dict[str, list[str]] = {}
    for spec in specs:
        for dependency in spec.depends_on:
            found.setdefault(dependency.name, []).append(spec.name)
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


# -- details ---------------------------------------------------------------------------------------


def _duplicates(specs: Sequence[ServiceSpec]) -> Iterable[Problem]:
    seen: dict[str, ServiceSpec] = {}
    for spec in specs:
        first = seen.setdefault(spec.name, spec)
        if first is not spec:
            where = f" in {first.origin}" if first.origin else " before"
            yield Problem(spec.name, "name", f'cannot define "{spec.name}": defined{where} already')


def _dangling(known: Mapping[str, ServiceSpec]) -> Iterable[Problem]:
    for spec in known.values():
        for need in spec.depends_on:
            cause = _dangling_cause(spec, need.name, need.condition == "completed", known)
            if cause:
                message = f'cannot let "{spec.name}" depend on "{need.name}": {cause}'
                yield Problem(spec.name, "depends_on", message)
        needed = {need.name for need in spec.depends_on}
        for name in spec.restart_with:
            if name not in needed:
                cause = f"it does not depend on it{did_you_mean(name, needed)}"
                message = f'cannot restart "{spec.name}" with "{name}": {cause}'
                yield Problem(spec.name, "restart_with", message)


def _dangling_cause(
    spec: ServiceSpec, need: str, completed: bool, known: Mapping[str, ServiceSpec]
) -> str:
    if need == spec.name:
        return "it is the same service"
    if need not in known:
        return f"no such service{did_you_mean(need, known)}"
    if completed and known[need].kind != "job":
        return "only a job can be completed, and it is a service; wait for ready instead"
    return ""


def _cycles(known: Mapping[str, ServiceSpec]) -> Iterable[Problem]:
    """One finding for each knot of services that need each other, told as one way round it."""
    for knot in _knots(known):
        way = _way_round(known, knot)
        path = " -> ".join([*way, way[0]])
        yield Problem(way[0], "depends_on", f"cannot order services that need each other: {path}")


def _knots(known: Mapping[str, ServiceSpec]) -> list[set[str]]:
    """Services left when those that need nothing, or that nobody needs, are taken away again
    and again; split into connected groups of mutual reach."""
    edges = {
        name: {need.name for need in spec.depends_on if need.name in known and need.name != name}
        for name, spec in known.items()
    }
    reach = {name: _reach(edges, name) for name in _core(edges)}
    knots: list[set[str]] = []
    for name in known:
        if name in reach and name in reach[name] and not any(name in knot for knot in knots):
            knots.append({other for other in reach[name] if name in reach.get(other, ())})
    return knots


def _core(edges: Mapping[str, set[str]]) -> set[str]:
    """Drop what needs nothing that is left, until nothing changes: empty without cycles."""
    left = set(edges)
    waiting = {name: len(needs) for name, needs in edges.items()}
    needed_by: dict[str, list[str]] = {}
    for name, needs in edges.items():
        for need in needs:
            needed_by.setdefault(need, []).append(name)
    free = [name for name, number in waiting.items() if number == 0]
    while free:
        name = free.pop()
        left.discard(name)
        for needy in needed_by.get(name, ()):
            waiting[needy] -= 1
            if waiting[needy] == 0:
                free.append(needy)
    return left


def _reach(edges: Mapping[str, set[str]], start: str) -> set[str]:
    found: set[str] = set()
    stack = list(edges[start])
    while stack:
        name = stack.pop()
        if name not in found:
            found.add(name)
            stack += edges[name]
    return found


def _way_round(known: Mapping[str, ServiceSpec], knot: set[str]) -> list[str]:
    """One cycle inside the knot: follow the first dependency that stays in it until a repeat."""
    name = next(name for name in known if name in knot)
    way: list[str] = []
    while name not in way:
        way.append(name)
        name = next(n.name for n in known[name].depends_on if n.name in knot and n.name != name)
    return way[way.index(name) :]
