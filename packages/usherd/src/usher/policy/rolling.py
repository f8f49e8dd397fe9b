"""Replacing the instances of a service in place, one after the other.

Without a second set of instances exactly one has to be out at a time, so rule 10 reads here: our
own stops never leave fewer ready instances than min(wanted - 1, ready at the start). Instances
that are not ready go first: if the new definition is broken, those that serve are never touched.
Where the first that is ready may vouch for the others, an instance that lives counts as ready then.
"""

from collections.abc import Iterable

from usher.model.phase import Exited, Failed, Held, Starting
from usher.model.world import Instance, Rolling, Service
from usher.policy import lifecycle
from usher.policy.turn import (
    Turn,
    instances,
    is_asked_for,
    is_live,
    is_ready,
    is_stoppable,
    is_unprovable,
    replace,
    wanted,
)


def begin(turn: Turn, name: str, slots: Iterable[int]) -> None:
    """Have these slots replaced; a rolling that is under way begins anew."""
    service = turn.services[name]
    ready = sum(is_ready(instance) for instance in instances(service))
    floor = min(len(wanted(service)) - 1, ready)
    turn.put_service(replace(service, rollout=Rolling(todo=tuple(sorted(slots)), floor=floor)))


def advance(turn: Turn, service: Service) -> None:
    """Take the next slot when the last one is back, if that leaves enough that serve."""
    rolling = service.rollout
    if not isinstance(rolling, Rolling):
        return
    if service.want == "down" or (rolling.active is None and not rolling.todo):
        turn.put_service(replace(service, rollout=None))
        return
    if rolling.active is not None:
        _await(turn, service, rolling, rolling.active)
        return
    slot = _next_slot(service, rolling)
    if slot is not None:
        left = tuple(other for other in rolling.todo if other != slot)
        taken = replace(rolling, todo=left, active=slot)
        _take(turn, turn.put_service(replace(service, rollout=taken)), slot)


def predecessors(service: Service, slot: int) -> list[Instance]:
    """Live instances of older generations that still occupy the slot."""
    return [
        instance
        for generation in service.older
        for instance in generation.instances.values()
        if instance.key.slot == slot and is_live(instance)
    ]


def _await(turn: Turn, service: Service, rolling: Rolling, slot: int) -> None:
    """See whether the slot that is out is back, or will not come back."""
    instance = service.current.instances.get(slot)
    if instance is not None and (
        isinstance(instance.phase, Failed | Held) or is_unprovable(instance)
    ):
        turn.put_service(replace(service, rollout=None))
        if rolling.todo:
            turn.say(instance, "rolling-stopped", f"{len(rolling.todo)} left as they are")
        return
    arrived = (
        instance is None
        or instance.parked
        or instance.leaving
        or _counts_as_ready(rolling, instance)
        or isinstance(instance.phase, Exited)
    )
    if arrived and not predecessors(service, slot):
        vouched = service.spec.rollout.first_vouches and instance is not None and is_ready(instance)
        after = replace(rolling, active=None, vouched=rolling.vouched or vouched)
        turn.put_service(replace(service, rollout=after))


def _counts_as_ready(rolling: Rolling, instance: Instance) -> bool:
    if is_ready(instance):
        return True
    return rolling.vouched and isinstance(instance.phase, Starting) and instance.phase.only_lives


def _next_slot(service: Service, rolling: Rolling) -> int | None:
    ready = {each.key.slot for each in instances(service) if _counts_as_ready(rolling, each)}
    for slot in sorted(rolling.todo, key=lambda slot: (slot in ready, slot)):
        # A spawn that is not answered yet cannot be signalled.
        if any(is_asked_for(each) for each in instances(service) if each.key.slot == slot):
            continue
        if slot not in ready or len(ready) - 1 >= rolling.floor:
            return slot
    return None


def _take(turn: Turn, service: Service, slot: int) -> None:
    for instance in instances(service):
        if instance.key.slot == slot and is_stoppable(instance):
            lifecycle.begin_stop(turn, instance, "restart")
    current = service.current.instances.get(slot)
    if current is not None and not is_live(current) and not current.parked:
        lifecycle.start_fresh(turn, current)
