"""A changed definition: what it means for the instances that exist."""

from typing import Literal, TypeAlias

from usher.model.events import Key
from usher.model.phase import Inactive, Waiting
from usher.model.spec import ServiceSpec
from usher.model.world import Generation, Instance, Service
from usher.policy import lifecycle, rolling
from usher.policy.turn import Turn, is_live, replace

Change: TypeAlias = Literal["unchanged", "adjusted", "replaced"]

IN_PLACE = frozenset(
    {"origin", "namespace", "instances", "depends_on", "restart_with", "restart", "stop"}
)
"""Fields that a running process does not notice: they count from now on, without a restart."""


def compare(old: ServiceSpec, new: ServiceSpec) -> Change:
    """What a new definition asks for: nothing, other rules or numbers, or other processes."""
    differing = {
        name for name in ServiceSpec.__struct_fields__ if getattr(old, name) != getattr(new, name)
    }
    if not differing:
        return "unchanged"
    return "adjusted" if differing <= IN_PLACE else "replaced"


def add(turn: Turn, spec: ServiceSpec) -> None:
    """A name that was not known: down until somebody starts it."""
    generation = _generation(spec, 1)
    turn.put_service(Service(id=turn.next_id, current=generation))
    turn.next_id += 1


def change(turn: Turn, spec: ServiceSpec) -> Change:
    """Give a known service a new definition; say what that meant."""
    service = turn.services[spec.name]
    kind = compare(service.spec, spec)
    if kind == "adjusted":
        turn.put_service(replace(service, current=replace(service.current, spec=spec)))
        _scale(turn, spec)
    elif kind == "replaced":
        _new_generation(turn, service, spec)
    return kind


def _generation(spec: ServiceSpec, number: int) -> Generation:
    slots = range(spec.instances)
    return Generation(
        number=number,
        spec=spec,
        instances={slot: Instance(key=Key(spec.name, number, slot)) for slot in slots},
    )


def _scale(turn: Turn, spec: ServiceSpec) -> None:
    """More instances are started if the service is up; those too many stop when settled."""
    service = turn.services[spec.name]
    current = service.current
    for slot in range(spec.instances):
        if slot not in current.instances:
            key = Key(spec.name, current.number, slot)
            up = service.want == "up"
            turn.put(Instance(key=key, phase=Waiting(since=turn.now) if up else Inactive()))
    for slot, instance in current.instances.items():
        if slot >= spec.instances and not is_live(instance):
            turn.drop(instance)


def _new_generation(turn: Turn, service: Service, spec: ServiceSpec) -> None:
    """The new definition becomes current; live instances of the old one go slot by slot."""
    old = service.current
    for instance in old.instances.values():
        if not is_live(instance):
            turn.drop(instance)
    service = turn.services[spec.name]
    older = (service.current, *service.older) if service.current.instances else service.older
    fresh = _generation(spec, old.number + 1)
    turn.put_service(replace(service, current=fresh, older=older))
    if service.want == "down":
        return
    occupied = {slot for generation in older for slot in generation.instances}
    for slot, instance in fresh.instances.items():
        if slot not in occupied:
            lifecycle.start_fresh(turn, instance)
    rolling.begin(turn, spec.name, occupied & fresh.instances.keys())
