"""What each request changes: wishes, slots and definitions. Each is checked as a whole before.

A request names services, or single instances of them (`slots`). What follows from the changed
wishes is left to settle.py; when the request is finished, and how, is the affair of jobs.py.
"""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from usher.model.events import (
    Delete,
    Dismiss,
    OnServices,
    PlanChanged,
    Reload,
    Request,
    ResetFailed,
    Restart,
    Scale,
    Shutdown,
    Start,
    Stop,
)
from usher.model.graph import closest, problems
from usher.model.phase import Backoff, Exited, Failed, Held, Inactive
from usher.model.spec import ServiceSpec, Value
from usher.model.world import Escalation, History, Instance, Service, Settled
from usher.policy import externals, graph, jobs, lifecycle, plan, remote, rolling, rollout
from usher.policy.turn import Turn, instances, is_live, replace, wanted

Slots: TypeAlias = Mapping[str, tuple[int, ...]]


class Objection(Value, frozen=True):
    """Why a request is refused as a whole."""

    detail: str
    result: str = "refused"
    """Or busy (a reload is under way), same-count, bad-count."""


def accept(turn: Turn, event: Request) -> None:
    """Refuse the request, or change what it says and open its job; a known one changes nothing."""
    if turn.is_known(event.job):
        return
    objection = _objection(turn, event)
    if objection is not None:
        jobs.refuse(turn, event.job, objection.detail, objection.result)
        return
    _begin_anew(turn, event)
    match event:
        case Start(services=names, slots=slots):
            bring_up(turn, names, slots)
            jobs.open_job(turn, event.job, "ready", names, slots)
        case Stop(services=names, slots=slots):
            _stop(turn, names, slots)
            jobs.open_job(turn, event.job, "down", names, slots)
        case Restart(services=names, slots=slots):
            _restart(turn, names, slots)
            jobs.open_job(turn, event.job, "restarted", names, slots)
        case Reload(services=names, slots=slots):
            for name in names:
                _reload(turn, name, None, slots, in_place=event.in_place)
            jobs.open_job(turn, event.job, "reloaded", names, slots)
        case Delete(services=names, slots=slots):
            _delete(turn, names, slots)
            jobs.open_job(turn, event.job, "gone", names, slots)
        case ResetFailed(services=names, slots=slots):
            for name in names:
                _reset(turn, turn.services[name], slots.get(name))
            jobs.open_job(turn, event.job, "gone", ())
        case Scale(service=name, instances=number):
            plan.resize(turn, name, number)
            jobs.open_job(turn, event.job, "scaled", [name])
        case PlanChanged():
            _plan_changed(turn, event)
        case Dismiss(remotes=names):
            for name in names:
                remote.dismiss(turn, name)
            jobs.open_job(turn, event.job, "gone", ())
        case Shutdown():
            turn.shutdown = event.job
            bring_down(turn, turn.services, by="shutdown")
            jobs.open_job(turn, event.job, "down", turn.services)
        case _:
            raise TypeError(f"cannot apply {event!r}: it is no request we know")


def _begin_anew(turn: Turn, event: Request) -> None:
    """How the last rollout ended, and that files changed too often, is over when a person acts."""
    match event:
        case Start(services=names) | Restart(services=names) | Reload(services=names):
            pass
        case PlanChanged():
            names = (*event.start, *event.restart, *event.reload)
        case _:
            return
    for name in names:
        service = turn.services.get(name)
        if service is not None:
            over = None if isinstance(service.rollout, Settled) else service.rollout
            turn.put_service(replace(service, rollout=over, watch_paused=False, changes=()))


# -- objections ------------------------------------------------------------------------------------


def _objection(turn: Turn, event: Request) -> Objection | None:
    verb = type(event).__name__.lower()
    if turn.shutdown is not None:
        return Objection(f"cannot {verb}: usher is shutting down")
    if isinstance(event, PlanChanged):
        return _plan_objection(turn, event)
    if isinstance(event, Dismiss):
        return _unknown(verb, event.remotes, turn.remotes)
    if isinstance(event, Scale):
        unknown = _unknown(verb, (event.service,), turn.services)
        return unknown or _busy(turn, verb, [event.service]) or _count_objection(turn, event)
    if isinstance(event, OnServices):
        unknown = _unknown(verb, event.services, turn.services)
        alters = isinstance(event, Restart | Reload)
        altered = [name for name in event.services if alters or name in event.slots]
        return unknown or _unknown_slot(turn, verb, event) or _busy(turn, verb, altered)
    return None


def _unknown(verb: str, names: Iterable[str], known: Iterable[str]) -> Objection | None:
    known = list(known)
    lines = [
        f"cannot {verb} {name!r}: no such service; {closest(name, known)}".removesuffix("; ")
        for name in names
        if name not in known
    ]
    return Objection("\n".join(lines)) if lines else None


def _unknown_slot(turn: Turn, verb: str, event: OnServices) -> Objection | None:
    for name in event.services:
        members = turn.services[name].current.instances
        for slot in event.slots.get(name, ()):
            if slot not in members:
                return Objection(f"cannot {verb} {name}:{slot}: it has no such instance")
    return None


def _busy(turn: Turn, verb: str, names: Iterable[str]) -> Objection | None:
    """While two generations run, nothing else may change the service (design 2.3)."""
    for name in names:
        service = turn.services[name]
        if rollout.is_active(service):
            why = rollout.busy_words(service)
            return Objection(f"cannot {verb} {name!r}: {why}; try again later", "busy")
    return None


def _count_objection(turn: Turn, event: Scale) -> Objection | None:
    name, number = event.service, event.instances
    if number < 1:
        what = f"cannot scale {name!r} to {number}: at least one instance must stay"
        return Objection(f"{what}; stop or delete it instead", "bad-count")
    if number == turn.services[name].spec.instances:
        return Objection(f"cannot scale {name!r}: it has {number} instances already", "same-count")
    return None


def _plan_objection(turn: Turn, event: PlanChanged) -> Objection | None:
    wrong = _new_problems(turn, event.services)
    if wrong:
        return Objection("\n".join(wrong))
    defined = {spec.name for spec in event.services}
    remotes = turn.remotes.keys() | {spec.name for spec in event.remotes}
    for name in remotes & (defined | turn.services.keys()):
        return Objection(f"cannot take the plan: {name!r} would be an app and a remote")
    named = (*event.start, *event.restart, *event.reload, *event.stopped)
    changed = [
        spec.name
        for spec in event.services
        if spec.name in turn.services
        and plan.compare(turn.services[spec.name].spec, spec) != "unchanged"
    ]
    rolled = [name for name in (*event.restart, *event.reload) if name in turn.services]
    unknown = _unknown("start", named, turn.services.keys() | defined)
    return unknown or _busy(turn, "change", dict.fromkeys([*changed, *rolled]))


def _new_problems(turn: Turn, specs: tuple[ServiceSpec, ...]) -> list[str]:
    """What would be wrong after the change, and is its doing: what others lack is their affair."""
    defined = {spec.name for spec in specs}
    known = {name: service.spec for name, service in turn.services.items()}
    kept = [spec for name, spec in known.items() if name not in defined]
    wrong = problems([*kept, *specs])
    old = problems(list(known.values())) if wrong else []
    return [str(finding) for finding in wrong if finding.app in defined or finding not in old]


# -- up --------------------------------------------------------------------------------------------


def bring_up(turn: Turn, names: Iterable[str], slots: Slots | None = None) -> None:
    """Want these up, and what they need (rule 3); what is down starts with a clean history."""
    named, slots = tuple(names), slots or {}
    closure = graph.with_needs(turn.services, named)
    jobs.supersede(turn, closure, ("down", "gone"), by="start", slots=slots)
    for name in closure:
        service = turn.services[name]
        was_up = service.want == "up"
        if was_up and rollout.is_active(service):
            continue  # rule 9; what is down of the old generation has its successor
        up = turn.put_service(replace(service, want="up", deleting=False))
        for instance in up.current.instances.values():
            if name not in slots:
                meant = name in named
                _bring_up_one(turn, instance, named=meant or not was_up, again=meant)
            elif instance.key.slot in slots[name]:
                _bring_up_one(turn, instance, named=True, again=True)
            elif not was_up:
                turn.put(replace(instance, parked=True))
        stuck_in_past = {old.key.slot for old in instances(service) if _is_older(service, old)}
        if stuck_in_past and (service.rollout is None or isinstance(service.rollout, Settled)):
            rolling.begin(turn, name, stuck_in_past & service.current.instances.keys())


def _bring_up_one(turn: Turn, instance: Instance, *, named: bool, again: bool) -> None:
    """`named`: even if a person stopped it singly. `again`: even if it has done its work.

    A job that others need and that has done its work is not done again for them.
    """
    if instance.leaving or (instance.parked and not named):
        return
    if instance.parked:
        instance = turn.put(replace(instance, parked=False))
    service = turn.services[instance.key.service]
    down = is_down(instance) or (again and externals.is_overdue(instance))
    startable = down and (again or not isinstance(instance.phase, Exited))
    if startable and not rolling.predecessors(service, instance.key.slot):
        lifecycle.start_fresh(turn, instance)


def is_down(instance: Instance) -> bool:
    """Whether it has no run and none is under way."""
    return isinstance(instance.phase, Inactive | Backoff | Held | Exited | Failed)


def _is_older(service: Service, instance: Instance) -> bool:
    candidate = service.candidate
    trusted = candidate is None or instance.key.generation != candidate.number
    return is_live(instance) and trusted and instance.key.generation != service.current.number


# -- down ------------------------------------------------------------------------------------------


def bring_down(turn: Turn, names: Iterable[str], by: str) -> None:
    """Want these down, and what needs them (rule 3)."""
    closure = graph.with_dependents(turn.services, turn.dependents, names)
    jobs.supersede(turn, closure, ("ready", "restarted", "reloaded", "scaled"), by=by)
    for name in closure:
        turn.put_service(replace(turn.services[name], want="down"))


def _stop(turn: Turn, names: Iterable[str], slots: Slots) -> None:
    """A person's stop: what they named stays down, even for its schedule, until they start it."""
    whole = [name for name in names if _is_whole(turn.services[name], slots.get(name))]
    bring_down(turn, whole, by="stop")
    for name in names:
        for instance in _chosen(turn.services[name], slots.get(name)):
            turn.put(replace(turn.services[name].current.instances[instance.key.slot], parked=True))
    single = [name for name in names if name not in whole]
    jobs.supersede(turn, single, ("ready", "restarted", "reloaded"), by="stop", slots=slots)


def _delete(turn: Turn, names: Iterable[str], slots: Slots) -> None:
    whole = [n for n in names if n not in slots or _is_all(turn.services[n], slots[n])]
    bring_down(turn, whole, by="delete")
    for name in names:
        if name in whole:
            turn.put_service(replace(turn.services[name], deleting=True))
            continue
        for instance in _chosen(turn.services[name], slots.get(name)):
            plan.give_up(turn, instance)
        current = turn.services[name].current
        left = sum(not each.leaving for each in current.instances.values())
        smaller = replace(current, spec=replace(current.spec, instances=left))
        turn.put_service(replace(turn.services[name], current=smaller))
        jobs.supersede(turn, [name], ("ready", "restarted"), by="delete", slots=slots)


def _is_all(service: Service, slots: tuple[int, ...]) -> bool:
    members = service.current.instances.values()
    return all(each.leaving or each.key.slot in slots for each in members)


def _is_whole(service: Service, slots: tuple[int, ...] | None) -> bool:
    """Whether nothing of the service would be left running."""
    return slots is None or all(each.key.slot in slots for each in wanted(service))


def _chosen(service: Service, slots: tuple[int, ...] | None) -> list[Instance]:
    members = service.current.instances
    return [members[slot] for slot in sorted(members) if slots is None or slot in slots]


# -- anew ------------------------------------------------------------------------------------------


def _restart(turn: Turn, names: tuple[str, ...], slots: Slots) -> None:
    jobs.supersede(turn, names, ("restarted",), by="restart", slots=slots)
    living = {name: _live_slots(turn.services[name], slots.get(name)) for name in names}
    for name, live in living.items():
        _count_restart(turn, turn.services[name], live)
    bring_up(turn, names, slots)
    for name, live in living.items():
        if live:
            rolling.begin(turn, name, live)


def _live_slots(service: Service, slots: tuple[int, ...] | None) -> set[int]:
    members = service.current.instances
    live = {each.key.slot for each in instances(service) if is_live(each)} & members.keys()
    return live if slots is None else live & set(slots)


def _count_restart(turn: Turn, service: Service, slots: Iterable[int]) -> None:
    """PM2 counts a person's restart of what runs; for us it forgets what was counted."""
    for slot in slots:
        instance = service.current.instances[slot]
        counted = replace(
            instance,
            restart_time=instance.restart_time + 1,
            unstable=0,
            history=History(result=instance.history.result, detail=instance.history.detail),
        )
        turn.put(counted)


def _reload(
    turn: Turn, name: str, spec: ServiceSpec | None, slots: Slots, *, in_place: bool
) -> None:
    """By generations where something serves that must not be lost; else as a restart.

    Single slots are replaced in place, after draining: the others serve meanwhile. An instance
    that a person stopped singly stays down, unlike after a restart.
    """
    service = turn.services[name]
    beside = not in_place and _is_whole(service, slots.get(name))
    if beside and rollout.is_possible(service, spec or service.spec):
        jobs.supersede(turn, [name], ("down", "gone", "restarted"), by="reload")
        if spec is not None:
            plan.resize(turn, name, spec.instances)
            missing = [need.name for need in spec.depends_on if _is_unwanted(turn, need.name)]
            bring_up(turn, missing)
        rollout.begin(turn, name, spec or service.spec)
        return
    if spec is not None:
        plan.change(turn, spec)
    if service.want == "up" and name not in slots:
        slots = {name: tuple(each.key.slot for each in wanted(turn.services[name]))}
    _restart(turn, (name,), slots)


def _is_unwanted(turn: Turn, name: str) -> bool:
    service = turn.services.get(name)
    return service is not None and service.want == "down"


def _reset(turn: Turn, service: Service, slots: tuple[int, ...] | None) -> None:
    """Clear what failed without starting it."""
    turn.put_service(replace(service, watch_paused=False, changes=()))
    for instance in _chosen(service, slots):
        cleared = replace(
            instance,
            history=History(),
            restart_time=0,
            unstable=0,
            created=turn.wall,
            escalation=instance.escalation and Escalation(turn.now),
        )
        if isinstance(instance.phase, Failed | Held):
            cleared = replace(cleared, phase=Inactive(), incident=None)
        turn.put(cleared)


# -- definitions -----------------------------------------------------------------------------------


def _plan_changed(turn: Turn, event: PlanChanged) -> None:
    known = set(turn.services)
    affected: list[str] = []
    for spec in event.services:
        if spec.name not in known:
            plan.add(turn, spec)
        elif spec.name not in event.reload and plan.change(turn, spec) != "unchanged":
            affected.append(spec.name)
    turn.dependents = graph.dependents_of(turn.services.values())
    for name in event.reload:
        spec = next((each for each in event.services if each.name == name), None)
        _reload(turn, name, spec if name in known else None, {}, in_place=event.in_place)
    turn.dependents = graph.dependents_of(turn.services.values())
    for name in event.stopped:
        for instance in _chosen(turn.services[name], None):
            turn.put(replace(instance, parked=True))
    _restart(turn, event.restart, {})
    affected = [name for name in affected if turn.services[name].want == "up"]
    needed = [name for name in graph.with_needs(turn.services, affected) if name not in affected]
    # What an affected service needs now may be something that is down.
    bring_up(turn, [name for name in needed if turn.services[name].want == "down"])
    bring_up(turn, event.start, event.slots)
    named = [*affected, *event.start, *event.restart, *event.reload]
    for each in event.remotes:
        remote.define(turn, each)
    jobs.open_job(turn, event.job, "reloaded", named, event.slots)
