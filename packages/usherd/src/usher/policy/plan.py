"""A changed definition, or another number of instances: what it means for those that exist."""

from itertools import count, islice
from typing import Literal, TypeAlias

from usher.model.events import Key
from usher.model.phase import Inactive, Waiting
from usher.model.spec import ServiceSpec
from usher.model.world import Generation, Instance, Service
from usher.policy import lifecycle, rolling
from usher.policy.turn import Turn, is_live, reborn, replace

Change: TypeAlias = Literal["unchanged", "adjusted", "replaced"]

IN_PLACE = frozenset(
    {
        "accept_within",
        "autostart",
        "cron_restart",
        "depends_on",
        "externals",
        "guard",
        "instances",
        "label",
        "memory",
        "namespace",
        "origin",
        "restart",
        "restart_with",
        "role",
        "rollout",
        "stop",
        "watch",
    }
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
    empty = Generation(number=1, spec=spec, instances={})
    turn.put_service(Service(id=turn.next_id, current=empty))
    for slot in range(spec.instances):
        _add_slot(turn, turn.services[spec.name], slot)


def change(turn: Turn, spec: ServiceSpec) -> Change:
    """Give a known service a new definition; say what that meant."""
    service = turn.services[spec.name]
    kind = compare(service.spec, spec)
    if kind == "adjusted":
        turn.put_service(replace(service, current=replace(service.current, spec=spec)))
        resize(turn, spec.name, spec.instances)
    elif kind == "replaced":
        resize(turn, spec.name, spec.instances)
        _new_generation(turn, turn.services[spec.name], spec)
    return kind


def resize(turn: Turn, name: str, number: int) -> None:
    """Have this many instances: new ones take the lowest free slots, the highest ones go."""
    current = turn.services[name].current
    spec = replace(current.spec, instances=number)
    turn.put_service(replace(turn.services[name], current=replace(current, spec=spec)))
    staying = sorted(slot for slot, each in current.instances.items() if not each.leaving)
    for slot in staying[number:]:
        give_up(turn, current.instances[slot])
    free = (slot for slot in count() if slot not in current.instances)
    for slot in islice(free, max(0, number - len(staying))):
        _add_slot(turn, turn.services[name], slot)


def give_up(turn: Turn, instance: Instance) -> None:
    """This slot is not wanted any more; what lives in it is stopped when settled."""
    if is_live(instance):
        turn.put(replace(instance, leaving=True))
    else:
        turn.drop(instance)


def _add_slot(turn: Turn, service: Service, slot: int) -> None:
    up = service.want == "up"
    instance = Instance(
        key=Key(service.spec.name, service.current.number, slot),
        id=turn.next_id,
        created=turn.wall,
        phase=Waiting(since=turn.now) if up else Inactive(),
    )
    turn.next_id += 1
    turn.put(instance)


def _new_generation(turn: Turn, service: Service, spec: ServiceSpec) -> None:
    """The new definition becomes current; live instances of the old one go slot by slot."""
    old = service.current
    number = service.last_generation + 1
    fresh = Generation(
        number=number,
        spec=spec,
        instances={
            slot: reborn(instance, Key(spec.name, number, slot))
            for slot, instance in old.instances.items()
            if not instance.leaving
        },
    )
    for instance in old.instances.values():
        if not is_live(instance):
            turn.drop(instance)
    service = turn.services[spec.name]
    older = (service.current, *service.older) if service.current.instances else service.older
    turn.put_service(replace(service, current=fresh, older=older, last_generation=number))
    if service.want == "down":
        return
    occupied = {slot for generation in older for slot in generation.instances}
    for slot, instance in fresh.instances.items():
        if slot not in occupied and not instance.parked:
            lifecycle.start_fresh(turn, instance)
    rolling.begin(turn, spec.name, occupied & fresh.instances.keys())
