"""What we do by ourselves about a service that runs: schedules, changed files, too much memory.

All of these restart something that works, so each is bounded: memory by the restart budget, files
by a storm breaker. A person's stop counts for more than any of them, and nothing is begun while a
reload runs.
"""

from typing import Final

from usher.model.events import MemoryExceeded
from usher.model.world import Instance, Rolling, Service
from usher.policy import graph, requests, restart, rolling, rollout
from usher.policy.needs import has_live
from usher.policy.turn import Turn, is_live, replace, wanted
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


def memory_exceeded(turn: Turn, instance: Instance, event: MemoryExceeded) -> None:
    """Reload an instance that uses too much, one at a time and within the restart budget."""
    service = turn.services[instance.key.service]
    ours = instance.key.generation == service.current.number
    if service.want == "down" or not ours or _is_busy(service) or not turn.keeper:
        return  # it is said again with the next sample
    words = f"{mebibytes(event.used)} of {mebibytes(event.limit)}"
    policy, history = service.spec.restart, instance.history
    recent = restart.recent_starts(policy, history, turn.now)
    if len(recent) >= policy.budget_count:
        words = f"left as it is: {count(len(recent), 'restart')} did not help"
        if history.detail != words:
            held_back = turn.put(replace(instance, history=replace(history, detail=words)))
            turn.say(held_back, "withheld", words)
        return
    turn.say(instance, "memory-exceeded", words)
    runaway = event.used > RUNAWAY * event.limit
    if len(wanted(service)) == 1 and not runaway and rollout.is_possible(service, service.spec):
        rollout.begin(turn, service.spec.name, service.spec, automatic=True)
        return
    starts = replace(history, starts=(*recent, turn.now))
    turn.put(replace(instance, history=starts, restart_time=instance.restart_time + 1))
    rolling.begin(turn, service.spec.name, [instance.key.slot])


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
