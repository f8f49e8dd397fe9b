"""Reload by generations: the new one runs beside the old, which goes only when it is proved.

A rollout is a value of the service, and moves like everything else, by what the state asks for:

- *proving*: instances of the candidate generation, `max_surge` slots at a time, start beside the
  old ones. Each must be ready, stay healthy for `min_healthy` seconds, and pass its own probes.
- *draining*: what the batch replaces takes no new connections, drains and stops. Then comes the
  next batch; after the last one the candidate is the current generation.
- *reverting*: whatever went wrong with any instance of the candidate, all of them go, and the old
  generation serves as before. Slots that were taken over already are given back first: the old
  instance is started beside the new one, and the new one goes when the old one is ready.
- *done*: how it ended, until the next one begins.

So our own actions never leave fewer ready instances than there were (rule 10). Everything is in
the world: a daemon or keeper that dies in the middle finds the rollout where it was.
"""

from collections.abc import Iterable
from typing import Final

from usher.model.events import Key
from usher.model.phase import (
    Draining,
    Exited,
    Failed,
    Held,
    Inactive,
    Result,
    Running,
    Stopping,
    Waiting,
)
from usher.model.spec import Dependency, ServiceSpec, Value
from usher.model.world import (
    Generation,
    Handover,
    History,
    Instance,
    ProbeCount,
    Proving,
    Reverting,
    Service,
    Settled,
)
from usher.policy import graph, lifecycle, rolling
from usher.policy.needs import unfulfilled, unfulfilled_words
from usher.policy.turn import (
    READY_PROBE,
    Turn,
    is_live,
    is_ready,
    is_stoppable,
    is_stuck,
    reborn,
    replace,
    wanted,
)
from usher.policy.words import seconds

ACTIVE = (Proving, Handover, Reverting)
"""Stages in which two generations run: nothing else may change the service then."""


NOT_OF_COMPANY: Final[frozenset[Result]] = frozenset({"refused", "exec", "dependency", "unknown"})
"""Results of a candidate that do not say that it could run if its predecessor did not."""


class Fault(Value, frozen=True):
    """What is wrong with the candidate."""

    key: Key
    result: Result
    why: str


def is_active(service: Service) -> bool:
    """Whether a rollout by generations is under way."""
    return isinstance(service.rollout, ACTIVE)


def is_possible(service: Service, spec: ServiceSpec) -> bool:
    """Whether there is something that serves and can go on serving beside a new generation."""
    serves = any(is_ready(instance) for instance in service.current.instances.values())
    beside = spec.kind == "service" and not spec.rollout.in_place
    return beside and serves and service.want == "up" and not service.older


def begin(turn: Turn, name: str, spec: ServiceSpec, *, automatic: bool = False) -> None:
    """Give a service whose instances serve a new generation with this definition."""
    service = turn.services[name]
    number = service.last_generation + 1
    candidate = Generation(number=number, spec=spec, instances={})
    slots = tuple(instance.key.slot for instance in wanted(service))
    service = replace(service, candidate=candidate, last_generation=number)
    turn.put_service(service)
    turn.dependents = graph.dependents_of(turn.services.values())
    _next_batch(turn, service, slots, automatic=automatic)


def advance(turn: Turn, service: Service) -> None:
    """Take the one step, if any, that the state of the rollout asks for."""
    stage = service.rollout
    if not isinstance(stage, ACTIVE):
        if service.restart_due:
            turn.put_service(replace(service, restart_due=False))
            rolling.begin(turn, service.spec.name, _live_slots(service))
    elif service.want == "down":
        _abandon(turn, service)
    elif isinstance(stage, Reverting):
        _revert(turn, service, stage)
    elif (fault := _fault(turn, service)) is not None:
        _reject(turn, service, stage, fault)
    elif isinstance(stage, Handover):
        _hand_over(turn, service, stage)
    elif all(_is_proved(service, slot) for slot in stage.batch):
        _trust(turn, service, stage)


# -- proving ---------------------------------------------------------------------------------------


def _next_batch(turn: Turn, service: Service, slots: Iterable[int], *, automatic: bool) -> None:
    """Start the candidate's instances of the next slots; nothing left: the rollout is done."""
    left = tuple(slots)
    candidate = service.candidate
    if candidate is None or not left:
        _finish(turn, service)
        return
    surge = max(1, candidate.spec.rollout.max_surge)
    stage = Proving(batch=left[:surge], todo=left[surge:], automatic=automatic)
    turn.put_service(replace(service, rollout=stage))
    for slot in stage.batch:
        old = service.current.instances[slot]
        key = Key(service.spec.name, candidate.number, slot)
        # What we do by ourselves must not make the budget forget what we did before.
        history = History(starts=old.history.starts) if automatic else History()
        passed = {n: ProbeCount(passed_ever=True) for n, c in old.probes.items() if c.passed_ever}
        turn.put(
            replace(reborn(old, key), phase=Waiting(since=turn.now), history=history, probes=passed)
        )


def _live_slots(service: Service) -> list[int]:
    return [each.key.slot for each in wanted(service) if is_live(each)]


def _is_proved(service: Service, slot: int) -> bool:
    """Ready, healthy for long enough, and passing every probe of its own."""
    if service.candidate is None:
        return False
    instance = service.candidate.instances[slot]
    phase = instance.phase
    if not isinstance(phase, Running) or not phase.ready:
        return False
    if phase.trial is not None and phase.trial.until is not None:
        return False
    own = [probe.name for probe in service.candidate.spec.probes if probe.scope == "self"]
    return all(instance.probes.get(name, ProbeCount()).ok for name in own)


def _trust(turn: Turn, service: Service, stage: Proving) -> None:
    """The batch is proved: it gets connections, and what it replaces is to go."""
    if service.candidate is None:
        return
    for slot in stage.batch:
        instance = service.candidate.instances[slot]
        old = service.current.instances.get(slot)
        restart_time = instance.restart_time if old is None else old.restart_time + 1
        if isinstance(instance.phase, Running):
            phase = replace(instance.phase, trial=None)
            put = turn.put(replace(instance, phase=phase, restart_time=restart_time))
            healthy = seconds(turn.now - phase.since)
            turn.say(put, "proved", f"healthy for {healthy}; it takes over from its predecessor")
    stage_after = Handover(batch=stage.batch, todo=stage.todo, automatic=stage.automatic)
    turn.put_service(replace(turn.services[service.spec.name], rollout=stage_after))


def _hand_over(turn: Turn, service: Service, stage: Handover) -> None:
    """End what the batch replaces; go on when it is gone."""
    replaced = [service.current.instances[slot] for slot in stage.batch]
    for old in replaced:
        _retire(turn, old)
    service = turn.services[service.spec.name]
    still = [service.current.instances[slot] for slot in stage.batch]
    if not any(is_live(old) and not is_stuck(old) for old in still):
        _next_batch(turn, service, stage.todo, automatic=stage.automatic)


def _retire(turn: Turn, old: Instance) -> None:
    if is_stoppable(old):
        lifecycle.begin_stop(turn, old, "handover")
    elif not is_live(old) and not isinstance(old.phase, Inactive):
        turn.put(replace(old, phase=Inactive(), incident=None))


def _finish(turn: Turn, service: Service) -> None:
    """Every slot is taken over: the candidate is the current generation now."""
    if service.candidate is None:
        return
    name = service.spec.name
    for old in service.current.instances.values():
        if old.parked:
            _carry_over(turn, old, service.candidate.number)
        if not is_live(old):
            turn.drop(old)
    service = turn.services[name]
    if service.candidate is None:
        return
    left = (service.current,) if service.current.instances else ()
    done = replace(
        service,
        current=service.candidate,
        candidate=None,
        older=(*left, *service.older),
        rollout=Settled(),
    )
    turn.put_service(done)
    turn.dependents = graph.dependents_of(turn.services.values())
    for instance in wanted(done)[:1]:
        turn.say(instance, "reloaded", f"generation {instance.key.generation} has taken over")


def _carry_over(turn: Turn, old: Instance, generation: int) -> None:
    """An instance that a person stopped stays stopped in the new generation."""
    key = Key(old.key.service, generation, old.key.slot)
    turn.put(replace(reborn(old, key), last_exit=old.last_exit))


# -- failing ---------------------------------------------------------------------------------------


def _fault(turn: Turn, service: Service) -> Fault | None:
    """The first thing that is wrong with any instance of the candidate; None if nothing is."""
    candidate = service.candidate
    if candidate is None:
        return None
    for instance in candidate.instances.values():
        found = _fault_of(turn, candidate.spec, instance)
        if found is not None:
            return Fault(instance.key, *found)
    return None


def _fault_of(turn: Turn, spec: ServiceSpec, instance: Instance) -> tuple[Result, str] | None:
    match instance.phase:
        case Failed(result=result):
            return result, instance.history.detail
        case Stopping(why="timeout"):
            answer = instance.probes.get(READY_PROBE)
            last = f": {answer.last}" if answer is not None and answer.last else ""
            return "timeout", f"not ready after {seconds(spec.ready.timeout)}{last}"
        case Running():
            return _failing_probe(spec, instance)
        case Waiting():
            missing = [need for need in unfulfilled(turn.services, spec) if _in_vain(turn, need)]
            return ("dependency", unfulfilled_words(missing)) if missing else None
        case Inactive() | Exited() | Held():
            return "unknown", "it was stopped"
        case _:
            return None


def _in_vain(turn: Turn, need: Dependency) -> bool:
    """Whether nothing will bring what is needed."""
    service = turn.services.get(need.name)
    return service is None or service.want == "down" or bool(service.facts.doomed)


def _failing_probe(spec: ServiceSpec, instance: Instance) -> tuple[Result, str] | None:
    """A candidate has to pass: here a probe that never passed counts as failing, too."""
    for probe in spec.probes:
        answers = instance.probes.get(probe.name)
        if probe.scope != "self" or answers is None or answers.ok is not False:
            continue
        if answers.failing or answers.in_row >= probe.failures:
            return "probe", f"{probe.name}: {answers.last}"
    return None


def _reject(turn: Turn, service: Service, stage: Proving | Handover, fault: Fault) -> None:
    """The candidate is not to be trusted: say why and take it back."""
    instance = turn.instance(fault.key)
    why = f"{fault.key}: {fault.why}"
    if instance is not None:
        turn.say(instance, "reload-rejected", why)
    if stage.automatic and fault.result not in NOT_OF_COMPANY:
        service = replace(service, current=replace(service.current, alone=True))
    back = Reverting(result=fault.result, why=why, automatic=stage.automatic)
    turn.put_service(replace(service, rollout=back))
    if stage.automatic and fault.result == "refused":
        # Nobody can be told to ask for it in place, so that is what is done.
        _revert(turn, turn.services[service.spec.name], back)
        rolling.begin(turn, service.spec.name, {*stage.batch, *stage.todo})


def _revert(turn: Turn, service: Service, stage: Reverting) -> None:
    """Take the candidate down, instance by instance, never before what it replaced serves again."""
    for old in wanted(service):
        if isinstance(old.phase, Inactive):
            # No person starts it: what counts against the budget goes on counting.
            counted = History(starts=old.history.starts)
            turn.put(replace(lifecycle.start_fresh(turn, old), history=counted))
    service = turn.services[service.spec.name]
    candidate = service.candidate
    kept: list[Instance] = []
    for instance in () if candidate is None else tuple(candidate.instances.values()):
        old = service.current.instances.get(instance.key.slot)
        if not is_live(instance):
            turn.drop(instance)
        elif old is None or is_ready(old) or not is_ready(instance):
            if is_stoppable(instance):
                lifecycle.begin_stop(turn, instance, "rejected")
        elif isinstance(old.phase, Failed | Held | Exited):
            kept.append(instance)
    service = turn.services[service.spec.name]
    if service.candidate is None:
        return
    left = [each for each in service.candidate.instances.values() if not is_stuck(each)]
    ending = any(_is_handing_over(old) and not is_stuck(old) for old in wanted(service))
    if len(left) == len(kept) and not ending:
        # What serves while its predecessor cannot be started again stays, as an older generation.
        rest = (service.candidate,) if service.candidate.instances else ()
        over = Settled(result=stage.result, why=stage.why, automatic=stage.automatic)
        older = (*rest, *service.older)
        turn.put_service(replace(service, candidate=None, older=older, rollout=over))
        turn.dependents = graph.dependents_of(turn.services.values())


def _is_handing_over(old: Instance) -> bool:
    """It was told to go before the candidate failed: it is started again when it has ended."""
    return isinstance(old.phase, Draining | Stopping) and old.phase.why == "handover"


def _abandon(turn: Turn, service: Service) -> None:
    """A person stopped the service: the candidate ends with it, the old definition stays."""
    candidate = service.candidate
    for instance in () if candidate is None else tuple(candidate.instances.values()):
        if not is_live(instance):
            turn.drop(instance)
    service = turn.services[service.spec.name]
    if service.candidate is None or service.candidate.instances:
        return
    over = Settled(result="refused", why="the service was stopped meanwhile")
    turn.put_service(replace(service, candidate=None, rollout=over))


def busy_words(service: Service) -> str:
    """What is under way, for those who are told to wait."""
    if service.older:
        return "an older generation of it is still ending"
    match service.rollout:
        case Proving():
            return "a reload is proving its new generation"
        case Handover():
            return "a reload is draining its old generation"
        case _:
            return "a rejected reload is being taken back"
