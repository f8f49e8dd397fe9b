"""Phase 2 of a step: state-triggered transitions, to a fixed point.

A service is looked at when something of it, or a fact it depends on, was changed in this step; of
its instances those that the change concerns (`Turn.put` tells which). Looking may change it, or
facts that others depend on; those are looked at again. Deadlines are facts too: what they lead to
stands here and nowhere else.
"""

from typing import assert_never

from usher.model.actions import Forget, Steer
from usher.model.events import Key
from usher.model.phase import (
    Backoff,
    Checking,
    Draining,
    Exited,
    Failed,
    Held,
    Inactive,
    Running,
    Starting,
    Stopping,
    Trial,
    Waiting,
)
from usher.model.world import Facts, Instance, Rolling, Service
from usher.policy import (
    blocked,
    escalation,
    externals,
    graph,
    jobs,
    lifecycle,
    recovery,
    rolling,
    rollout,
)
from usher.policy.needs import facts_of, has_live, unfulfilled
from usher.policy.turn import READY_PROBE, Turn, instances, is_candidate, is_live, replace
from usher.policy.words import seconds


def settle(turn: Turn) -> None:
    """Take every transition that the state itself asks for."""
    while (touched := turn.next_touched()) is not None or turn.call_next():
        if touched is not None:
            service, keys = touched
            _settle(turn, service.spec.name, keys)


def _settle(turn: Turn, name: str, touched: list[Key]) -> None:
    # Without a keeper nothing can be spawned or signalled: transitions wait for it.
    if turn.keeper:
        for key in touched:
            instance = turn.instance(key)
            if instance is not None:
                _move(turn, instance)
            if (moved := turn.instance(key)) is not None:
                escalation.watch(turn, moved)
        rolling.advance(turn, turn.services[name])
        rollout.advance(turn, turn.services[name])
    _spread(turn, turn.services[name])
    jobs.review(turn, turn.services[name])
    _forget_deleted(turn, turn.services[name])


# -- one instance ----------------------------------------------------------------------------------


def _move(turn: Turn, instance: Instance) -> None:
    """The one transition, if any, that the state of this instance asks for."""
    service = turn.services[instance.key.service]
    phase = instance.phase
    match phase:
        case Starting() | Running() | Draining() | Stopping():
            _move_live(turn, service, instance)
        case Inactive():
            pass
        case _ if service.want == "down" or instance.parked:
            turn.put(replace(instance, phase=Inactive(), incident=None))
        case Waiting():
            _move_waiting(turn, service, instance, phase)
        case Backoff(until=at):
            if at <= turn.now:
                lifecycle.start_again(turn, instance)
        case Held(recheck_at=at):
            if at is not None and at <= turn.now:
                blocked.due(turn, instance, phase)
        case Checking() | Exited() | Failed():
            pass
        case _:  # pragma: no cover - the type checker proves this is complete
            assert_never(phase)


def _move_waiting(turn: Turn, service: Service, instance: Instance, phase: Waiting) -> None:
    """Start it when what it needs is there and its slot is free (rules 3 and 6)."""
    if unfulfilled(turn.services, turn.spec(instance)):
        externals.not_now(turn, instance, phase)
        return
    if rolling.predecessors(service, instance.key.slot):
        externals.not_now(turn, instance, phase)
        return
    if not externals.are_there(turn, instance, phase):
        return
    if not turn.has_place(instance, phase):
        return
    if phase.check:
        lifecycle.check(turn, instance)
    else:
        lifecycle.spawn(turn, instance, instance.run + 1)


def _move_live(turn: Turn, service: Service, instance: Instance) -> None:
    phase = instance.phase
    match phase:
        case Starting(process=None):
            return
        case Starting() | Running() if _is_leaving(turn, service, instance):
            lifecycle.begin_stop(turn, instance, "stop")
        case Starting(process=process, alive_at=at) if process and at and at <= turn.now:
            lifecycle.become_ready(turn, instance, process, "alive")
        case Starting(deadline=at) if at is not None and at <= turn.now:
            _not_ready_in_time(turn, instance)
        case Running():
            _move_running(turn, instance, phase)
        case Draining(process=process, until=at, why=why) if at <= turn.now:
            lifecycle.signal_stop(turn, instance, process, why)
        case Stopping(deadline=at) if at is not None and at <= turn.now:
            lifecycle.patience_ended(turn, instance, phase)
        case _:
            pass


def _not_ready_in_time(turn: Turn, instance: Instance) -> None:
    """A start that takes too long has failed; this stop obeys no order (rule 4)."""
    patience = turn.spec(instance).ready.timeout
    answer = instance.probes.get(READY_PROBE)
    last = f": {answer.last}" if answer is not None and answer.last else ""
    wrong = "" if answer is None else answer.wrong
    phase = instance.phase
    if wrong and isinstance(phase, Starting) and not _is_tried(turn, instance):
        # No restart makes the question right, and the app may well work (A.2.5).
        asked_on = turn.put(replace(instance, phase=replace(phase, deadline=None)))
        turn.say(asked_on, "probe-never-passed", f"not ready after {seconds(patience)}: {wrong}")
        return
    turn.say(instance, "timeout", f"not ready after {seconds(patience)}{last}")
    lifecycle.begin_stop(turn, instance, "timeout")


def _is_tried(turn: Turn, instance: Instance) -> bool:
    """Whether it has to prove itself beside another generation."""
    return is_candidate(turn.services[instance.key.service], instance)


def _move_running(turn: Turn, instance: Instance, phase: Running) -> None:
    if phase.stable_at is not None and phase.stable_at <= turn.now:
        history = replace(instance.history, attempt=0, tries=0)
        phase = replace(phase, stable_at=None)
        instance = turn.put(replace(instance, phase=phase, history=history))
    if phase.trial is not None and phase.trial.until is not None and phase.trial.until <= turn.now:
        phase = replace(phase, trial=Trial(until=None))
        instance = turn.put(replace(instance, phase=phase))
    if instance.excess is not None and _has_no_limit(turn, instance):
        instance = turn.put(replace(instance, excess=None))
        turn.say(instance, "within-limit", "it has no memory limit any more")
    if instance.incident is not None:
        recovery.next_rung(turn, instance, instance.incident)


def _has_no_limit(turn: Turn, instance: Instance) -> bool:
    """Whether no reading will say that it is within its limit, because a person took that away."""
    service = turn.services[instance.key.service]
    return service.spec.memory is None and instance.key.generation == service.current.number


def _is_leaving(turn: Turn, service: Service, instance: Instance) -> bool:
    """Whether this live run is to end, and its turn has come (rule 4)."""
    if service.want == "down":
        return _may_stop(turn, service)
    if instance.parked or instance.leaving:
        return True
    key = instance.key
    active = service.rollout.active if isinstance(service.rollout, Rolling) else None
    old = key.generation != service.current.number and not is_candidate(service, instance)
    return old and (key.slot == active or key.slot not in service.current.instances)


def _may_stop(turn: Turn, service: Service) -> bool:
    """Intended stops go in reverse order: first whatever needs this service is down."""
    needy = turn.dependents.get(service.spec.name, ())
    return not any(has_live(turn.services[name]) for name in needy if name in turn.services)


# -- what others need to know ----------------------------------------------------------------------


def _spread(turn: Turn, service: Service) -> None:
    """Compare what others see of the service with what they last saw, and tell them."""
    steer = lifecycle.has_steering(service.spec)
    old = service.facts
    new = facts_of(turn.services, service, steer=steer)
    if not turn.keeper:
        new = replace(new, serving=old.serving)
    if new == old:
        return
    turn.put_service(replace(service, facts=new))
    name = service.spec.name
    if new.serving != old.serving:
        turn.emit(Steer(service=name, keys=new.serving))
    if old.live and not new.live:
        for need in service.spec.depends_on:
            turn.touch(need.name)
    for needy in turn.dependents.get(name, ()):
        if needy in turn.services:
            turn.touch(needy)
            _tell(turn, service, old, new, turn.services[needy])


def _tell(turn: Turn, service: Service, old: Facts, new: Facts, needy: Service) -> None:
    """A dependent that runs is degraded or restored by this change; perhaps it restarts."""
    name = service.spec.name
    conditions = {need.condition for need in needy.spec.depends_on if need.name == name}
    lost = old.ready and not new.ready and "ready" in conditions
    found = new.ready and not old.ready and "ready" in conditions
    lost = lost or (old.started and not new.started and "started" in conditions)
    found = found or (new.started and not old.started and "started" in conditions)
    running = [each for each in instances(needy) if isinstance(each.phase, Running)]
    if lost and needy.want == "up":
        for each in running:
            turn.say(each, "degraded", f"{name} is not there")
    elif found:
        for each in running:
            turn.say(each, "restored", f"{name} is there again")
    if new.ready and not old.ready and name in needy.spec.restart_with:
        born = _born(service)
        slots = {each.key.slot for each in instances(needy) if _is_older(each, born)}
        if slots and needy.want == "up":
            if rollout.is_active(needy):
                turn.put_service(replace(needy, restart_due=True))
            else:
                rolling.begin(turn, needy.spec.name, slots & needy.current.instances.keys())


def _born(service: Service) -> float:
    """When the latest run of the service that is ready now began."""
    phases = [each.phase for each in instances(service)]
    return max((p.process.since for p in phases if isinstance(p, Running)), default=0.0)


def _is_older(instance: Instance, born: float) -> bool:
    """Whether this run began before its dependency's, so that it knows the one that is gone."""
    phase = instance.phase
    return isinstance(phase, Running | Starting) and (
        phase.process is not None and phase.process.since < born
    )


def _forget_deleted(turn: Turn, service: Service) -> None:
    if service.deleting and not any(is_live(instance) for instance in instances(service)):
        for instance in service.current.instances.values():
            turn.say(instance, "deleted")
        turn.drop_service(service.spec.name)
        turn.dependents = graph.dependents_of(turn.services.values())
        turn.emit(Forget(service=service.spec.name))
        jobs.gone(turn, service)
