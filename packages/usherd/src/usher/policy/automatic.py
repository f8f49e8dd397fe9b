"""What we do by ourselves about a service that runs: schedules, changed files, too much memory.

All of these restart something that works, so each is bounded: memory by the restart budget, files
by a storm breaker. A person's stop counts for more than any of them, and nothing is begun while a
reload runs.
"""

from typing import Final

from usher.model.actions import CollectEvidence
from usher.model.events import Examined, Key, MemoryExceeded, MemoryWithin
from usher.model.fault import Fault
from usher.model.world import Excess, Instance, Rolling, Service, Settled, World
from usher.policy import graph, requests, restart, rolling, rollout
from usher.policy.needs import has_live
from usher.policy.turn import Turn, is_live, is_ready, replace, wanted
from usher.policy.words import Word, count, mebibytes, seconds

STORM_RESTARTS: Final = 5
STORM_WINDOW: Final = 60.0
"""More restarts than this because of changed files within so many seconds pause the watching."""


def schedule_due(turn: Turn, service: Service) -> None:
    """A job starts if it is not running; a service restarts, or starts if it is down by itself."""
    stays_down = not service.spec.cron_when_stopped and _is_stopped_by_person(turn, service)
    if turn.shutdown is not None or stays_down:
        return
    if service.spec.kind == "job" or service.want == "down":
        if not has_live(service):
            requests.bring_up(turn, [service.spec.name])
    elif not _is_busy(service):
        _restart(turn, service, "scheduled", "its schedule was due")


def files_changed(turn: Turn, service: Service, path: str) -> None:
    """Restart for a changed file, until that happens so often that the restarts may cause it."""
    if service.want == "down" or service.watch_paused or _is_busy(service):
        return
    recent = tuple(at for at in service.changes if at > turn.now - STORM_WINDOW)
    if len(recent) < STORM_RESTARTS:
        turn.put_service(replace(service, changes=(*recent, turn.now)))
        _restart(turn, turn.services[service.spec.name], "files-changed", path)
        return
    turn.put_service(replace(service, watch_paused=True))
    for instance in wanted(service)[:1]:
        often = f"{count(len(recent), 'restart')} within {seconds(STORM_WINDOW)}"
        turn.say(instance, "watch-paused", f"{path} changed again after {often}")


RUNAWAY: Final = 1.5
"""How many times its limit an instance must use to be replaced in place: while a successor is
proved beside it, it would go on growing."""

PORT_IN_USE: Final = "net.port_in_use"
"""The fault of what cannot run beside its predecessor."""


def memory_read(turn: Turn, instance: Instance, event: MemoryExceeded | MemoryWithin) -> None:
    """Take what a reading says of the limit; what cannot be heeded now is said with the next one.

    Of a candidate it is no word yet: it has not the place of what uses too much.
    """
    service = turn.services[instance.key.service]
    ours = instance.key.generation == service.current.number
    if service.want == "down" or not ours or not turn.keeper:
        return
    words = f"{mebibytes(event.used)} of {mebibytes(event.limit)}"
    if isinstance(event, MemoryWithin):
        if instance.excess is not None and is_ready(instance):
            turn.say(turn.put(replace(instance, excess=None)), "within-limit", words)
    elif not _is_busy(service):
        _relieve(turn, instance, words, runaway=event.used > RUNAWAY * event.limit)


def _relieve(turn: Turn, instance: Instance, used: str, *, runaway: bool) -> None:
    """Replace an instance that uses too much, one at a time and within the restart budget."""
    if _is_used_up(turn, instance):
        _give_up(turn, instance, used)
        return
    service = turn.services[instance.key.service]
    put = turn.put(replace(instance, excess=Excess()))
    turn.say(put, "memory-exceeded", used)
    turn.emit(CollectEvidence(key=put.key, run=put.run))
    beside = len(wanted(service)) == 1 and not runaway and not service.current.alone
    if beside and rollout.is_possible(service, service.spec):
        _count(turn, put)
        rollout.begin(turn, service.spec.name, service.spec, automatic=True)
    else:
        _replace_in_place(turn, put)


def candidate_examined(turn: Turn, event: Examined) -> None:
    """Why the candidate of an automatic replacement ended is known, when it is gone already.

    It needs what its predecessor holds: that is ended first, at once. A fault that a start only
    repeats would leave nothing that serves, so what runs is not touched for it.
    """
    service, fault = turn.services.get(event.key.service), event.fault
    if service is None or fault is None or not _tried_last(service, event.key):
        return
    if fault.id == PORT_IN_USE:
        for instance in wanted(service):
            if instance.excess and is_ready(instance) and not _is_used_up(turn, instance):
                _replace_in_place(turn, instance)
    elif fault.restart in ("no", "wait"):
        turn.put_service(replace(service, current=replace(service.current, alone=False)))


def met_its_predecessor(world: World, key: Key, fault: Fault | None) -> bool:
    """Whether a candidate ended only because we began it beside what it replaces: that is why it
    ended, and no fault of the service."""
    service = world.services.get(key.service)
    is_tried = service is not None and _tried_last(service, key)
    return is_tried and fault is not None and fault.id == PORT_IN_USE


def _tried_last(service: Service, key: Key) -> bool:
    """Whether it is of the candidate that we began by ourselves, and that was rejected."""
    stage = service.rollout
    automatic = isinstance(stage, Settled) and stage.automatic
    return automatic and key.generation == service.last_generation


def _is_used_up(turn: Turn, instance: Instance) -> bool:
    policy = turn.spec(instance).restart
    return len(restart.recent_starts(policy, instance.history, turn.now)) >= policy.budget_count


def _give_up(turn: Turn, instance: Instance, used: str) -> None:
    """Leave it as it is, and say so once: it serves, and restarts do not help."""
    if instance.excess is not None and instance.excess.exhausted:
        return
    policy, history = turn.spec(instance).restart, instance.history
    recent = restart.recent_starts(policy, history, turn.now)
    often = f"{count(len(recent), 'restart')} within {seconds(policy.budget_window)}"
    words = f"{used}; {often} did not help: left as it is"
    history = replace(history, detail=words)
    put = turn.put(replace(instance, history=history, excess=Excess(exhausted=True)))
    turn.say(put, "over-limit", words)


def _count(turn: Turn, instance: Instance) -> Instance:
    """Count an automatic start in the slot's own history, whatever becomes of a candidate."""
    recent = restart.recent_starts(turn.spec(instance).restart, instance.history, turn.now)
    history = replace(instance.history, starts=(*recent, turn.now))
    return turn.put(replace(instance, history=history))


def _replace_in_place(turn: Turn, instance: Instance) -> None:
    counted = _count(turn, instance)
    turn.put(replace(counted, restart_time=counted.restart_time + 1))
    rolling.begin(turn, instance.key.service, [instance.key.slot])


def _restart(turn: Turn, service: Service, word: Word, detail: str) -> None:
    """Replace what lives, one after the other; start what is down and was not stopped singly."""
    live: list[int] = []
    for instance in wanted(service):
        turn.say(instance, word, detail)
        if is_live(instance):
            live.append(instance.key.slot)
            turn.put(replace(instance, restart_time=instance.restart_time + 1))
    down = tuple(each.key.slot for each in wanted(service) if requests.is_down(each))
    if down:
        requests.bring_up(turn, [service.spec.name], {service.spec.name: down})
    if live:
        rolling.begin(turn, service.spec.name, live)


def _is_busy(service: Service) -> bool:
    return rollout.is_active(service) or isinstance(service.rollout, Rolling)


def _is_stopped_by_person(turn: Turn, service: Service) -> bool:
    """Whether somebody stopped it, or something that would have to be started for it."""
    names = graph.with_needs(turn.services, [service.spec.name])
    closure = [turn.services[name] for name in names]
    return any(each.want == "down" and not wanted(each) for each in closure)
