"""Phase 1 of a step: one function for each event, changing only what the event says.

What follows from the changed state is left to settle.py. Requests are checked as a whole before
they change anything; observations reach this file only if table.py accepts them.
"""

from collections.abc import Iterable

from usher.model.actions import Check
from usher.model.events import (
    Adopted,
    CheckDone,
    Delete,
    Diagnosed,
    Drained,
    Event,
    FilesChanged,
    KeeperBack,
    KeeperLost,
    Lost,
    MemoryExceeded,
    Observation,
    OnServices,
    PlanChanged,
    ProbeResult,
    ProcessExited,
    Ready,
    Reload,
    Request,
    ResetFailed,
    Restart,
    Scale,
    ScheduleDue,
    Shutdown,
    Spawned,
    SpawnFailed,
    Stalled,
    Start,
    Stop,
    Tick,
    Vanished,
)
from usher.model.graph import closest, problems
from usher.model.phase import (
    Backoff,
    Checking,
    Draining,
    Exited,
    Failed,
    Held,
    Inactive,
    Process,
    Running,
    Starting,
)
from usher.model.spec import NotifyReady, ServiceSpec
from usher.model.world import Continued, Evidence, History, Incident, Instance, Service
from usher.policy import graph, health, jobs, lifecycle, plan, recovery, rolling
from usher.policy.needs import has_live, unfulfilled
from usher.policy.table import is_accepted
from usher.policy.turn import Turn, instances, is_live, replace
from usher.policy.words import result_of, seconds, status_words


def apply(turn: Turn, event: Event) -> None:
    """Let one event change the working copy."""
    match event:
        case Request():
            _request(turn, event)
        case Observation():
            instance = turn.instance(event.key)
            # Rule 1: what is not of the current run, or cannot be true in this phase, is dropped.
            if instance and instance.run == event.run and is_accepted(instance.phase, event):
                _observation(turn, instance, event)
        case Tick():
            for key in turn.due_now():
                turn.touch(key.service)
        case ScheduleDue(service=name):
            service = turn.services.get(name)
            if service is not None and turn.shutdown is None and not has_live(service):
                _bring_up(turn, [name])
        case FilesChanged():
            pass
        case Stalled():
            turn.stalled_at = turn.now
        case KeeperLost():
            turn.keeper = False
        case KeeperBack():
            turn.keeper = True
            for service in turn.services.values():
                _keeper_back(turn, service)


# -- requests --------------------------------------------------------------------------------------


def _request(turn: Turn, event: Request) -> None:
    objection = _objection(turn, event)
    if objection:
        jobs.refuse(turn, event.job, objection)
        return
    match event:
        case Start(services=names):
            _bring_up(turn, names)
            jobs.open_job(turn, event.job, "ready", names)
        case Stop(services=names):
            _bring_down(turn, names, by="stop")
            jobs.open_job(turn, event.job, "down", names)
        case Restart(services=names) | Reload(services=names):
            _restart(turn, event.job, names)
        case Scale(service=name, instances=instances_wanted):
            spec = replace(turn.services[name].spec, instances=instances_wanted)
            plan.change(turn, spec)
            jobs.open_job(turn, event.job, "restarted", [name])
        case Delete(services=names):
            _bring_down(turn, names, by="delete")
            for name in names:
                turn.put_service(replace(turn.services[name], deleting=True))
            jobs.open_job(turn, event.job, "gone", names)
        case ResetFailed(services=names):
            for name in names:
                _reset(turn, turn.services[name])
            jobs.open_job(turn, event.job, "gone", ())
        case PlanChanged():
            _plan_changed(turn, event)
        case Shutdown():
            turn.shutdown = event.job
            _bring_down(turn, turn.services, by="shutdown")
            jobs.open_job(turn, event.job, "down", turn.services)
        case _:
            raise TypeError(f"cannot apply {event!r}: it is no request we know")


def _objection(turn: Turn, event: Request) -> str:
    """Why the request is refused as a whole; empty if it is accepted."""
    verb = type(event).__name__.lower()
    if turn.shutdown is not None:
        return f"cannot {verb}: usher is shutting down"
    names: Iterable[str] = ()
    known = turn.services.keys()
    if isinstance(event, PlanChanged):
        defined = {spec.name for spec in event.services}
        wrong = _new_problems(turn, event.services)
        if wrong:
            return "\n".join(wrong)
        names, known = event.start, known | defined
    elif isinstance(event, OnServices):
        names = event.services
    elif isinstance(event, Scale):
        names = (event.service,)
    return "\n".join(
        f"cannot {verb} {name!r}: no such service; {closest(name, known)}".removesuffix("; ")
        for name in names
        if name not in known
    )


def _new_problems(turn: Turn, specs: tuple[ServiceSpec, ...]) -> list[str]:
    """What would be wrong after the change, and is its doing: what others lack is their affair."""
    defined = {spec.name for spec in specs}
    known = {name: service.spec for name, service in turn.services.items()}
    kept = [spec for name, spec in known.items() if name not in defined]
    wrong = problems([*kept, *specs])
    old = problems(list(known.values())) if wrong else []
    return [str(finding) for finding in wrong if finding.app in defined or finding not in old]


def _bring_up(turn: Turn, names: Iterable[str]) -> None:
    """Want these up, and what they need (rule 3); what is down starts with a clean history."""
    named = tuple(names)
    closure = graph.with_needs(turn.services, named)
    jobs.supersede(turn, closure, ("down", "gone"), by="start")
    for name in closure:
        service = turn.services[name]
        turn.put_service(replace(service, want="up", deleting=False))
        for instance in service.current.instances.values():
            # A job that others need and that has done its work is not done again for them.
            done_before = isinstance(instance.phase, Exited) and name not in named
            if _is_down(instance) and not done_before:
                occupied = rolling.predecessors(service, instance.key.slot)
                if not occupied:
                    lifecycle.start_fresh(turn, instance)
        stuck_in_past = {old.key.slot for old in instances(service) if _is_older(service, old)}
        if stuck_in_past and service.rollout is None:
            rolling.begin(turn, name, stuck_in_past & service.current.instances.keys())


def _is_down(instance: Instance) -> bool:
    return isinstance(instance.phase, Inactive | Backoff | Held | Exited | Failed)


def _is_older(service: Service, instance: Instance) -> bool:
    return is_live(instance) and instance.key.generation != service.current.number


def _bring_down(turn: Turn, names: Iterable[str], by: str) -> None:
    """Want these down, and what needs them (rule 3)."""
    closure = graph.with_dependents(turn.services, turn.dependents, names)
    jobs.supersede(turn, closure, ("ready", "restarted"), by=by)
    for name in closure:
        turn.put_service(replace(turn.services[name], want="down"))


def _restart(turn: Turn, job_id: str, names: tuple[str, ...]) -> None:
    jobs.supersede(turn, names, ("restarted",), by="restart")
    living = {name: _live_slots(turn.services[name]) for name in names}
    _bring_up(turn, names)
    for name, slots in living.items():
        if slots:
            rolling.begin(turn, name, slots)
    jobs.open_job(turn, job_id, "restarted", names)


def _live_slots(service: Service) -> set[int]:
    members = service.current.instances
    return {each.key.slot for each in instances(service) if is_live(each)} & members.keys()


def _reset(turn: Turn, service: Service) -> None:
    """Clear what failed without starting it."""
    for instance in service.current.instances.values():
        cleared = replace(instance, history=History())
        if isinstance(instance.phase, Failed | Held):
            cleared = replace(cleared, phase=Inactive(), incident=None)
        turn.put(cleared)


def _plan_changed(turn: Turn, event: PlanChanged) -> None:
    affected: list[str] = []
    for spec in event.services:
        service = turn.services.get(spec.name)
        if service is None:
            plan.add(turn, spec)
        elif plan.change(turn, spec) != "unchanged" and service.want == "up":
            affected.append(spec.name)
    turn.dependents = graph.dependents_of(each.spec for each in turn.services.values())
    needed = [name for name in graph.with_needs(turn.services, affected) if name not in affected]
    # What an affected service needs now may be something that is down.
    _bring_up(turn, [name for name in needed if turn.services[name].want == "down"])
    _bring_up(turn, event.start)
    jobs.open_job(turn, event.job, "restarted", [*affected, *event.start])


# -- observations ----------------------------------------------------------------------------------


def _observation(turn: Turn, instance: Instance, event: Observation) -> None:
    match event:
        case Spawned() | SpawnFailed() if not _spawn_unanswered(instance):
            pass
        case Spawned(pid=pid):
            lifecycle.spawned(turn, instance, pid)
        case SpawnFailed(stage=stage, error=error):
            lifecycle.ended(turn, instance, "exec", f"could not be executed ({stage}): {error}")
        case Ready():
            _notified(turn, instance)
        case ProbeResult():
            health.answered(turn, instance, event)
        case ProcessExited(status=status):
            words = status_words(status) + _age(turn, instance)
            lifecycle.ended(turn, instance, result_of(status), words)
        case Drained():
            if isinstance(instance.phase, Draining):
                turn.put(replace(instance, phase=replace(instance.phase, until=turn.now)))
        case Diagnosed():
            recovery.diagnosed(turn, instance, event)
        case CheckDone(findings=findings):
            _checked(turn, instance, findings)
        case MemoryExceeded():
            pass
        case Adopted(pid=pid):
            _adopted(turn, instance, pid)
        case Lost():
            turn.say(instance, "lost", "its process was not found any more")
            lifecycle.ended(turn, instance, "unknown", status_words(Vanished()))
        case _:
            raise TypeError(f"cannot apply {event!r}: it is no observation we know")


def _spawn_unanswered(instance: Instance) -> bool:
    return isinstance(instance.phase, Starting) and instance.phase.process is None


def _age(turn: Turn, instance: Instance) -> str:
    process: Process | None = getattr(instance.phase, "process", None)
    return "" if process is None else f" after {seconds(turn.now - process.since)}"


def _notified(turn: Turn, instance: Instance) -> None:
    phase = instance.phase
    proof = turn.spec(instance).ready.proof
    if isinstance(phase, Starting) and phase.process and isinstance(proof, NotifyReady):
        lifecycle.become_ready(turn, instance, phase.process, "it said READY=1")


def _checked(turn: Turn, instance: Instance, findings: tuple[str, ...]) -> None:
    if findings:
        detail = "; ".join(findings)
        history = replace(instance.history, result="refused", detail=detail)
        refused = replace(instance, phase=Failed(result="refused"), history=history)
        turn.say(turn.put(refused), "refused", detail)
    elif unfulfilled(turn.services, turn.spec(instance)) or not turn.keeper:
        # What it needs went away meanwhile: the check is made again when it is back.
        lifecycle.wait(turn, instance, check=True)
    elif isinstance(instance.phase, Checking):
        lifecycle.spawn(turn, instance, instance.run)


def _adopted(turn: Turn, instance: Instance, pid: int) -> None:
    """Watched again: what was asked is asked anew, what was counted stays counted."""
    phase = instance.phase
    if _spawn_unanswered(instance):
        instance = lifecycle.spawned(turn, instance, pid)
        turn.say(instance, "adopted", f"pid {pid}")
        return
    if isinstance(phase, Starting):
        patience = turn.spec(instance).ready.timeout
        phase = replace(phase, deadline=turn.now + patience)
        instance = turn.put(replace(instance, phase=phase))
    elif isinstance(phase, Running) and instance.incident is not None:
        instance = _incident_adopted(turn, instance, instance.incident)
    turn.say(instance, "adopted", f"pid {pid}")
    lifecycle.start_probes(turn, instance)


def _incident_adopted(turn: Turn, instance: Instance, incident: Incident) -> Instance:
    """Nobody answers any more what was asked before: the next failing answer asks anew."""
    if isinstance(incident.stage, Evidence):
        return turn.put(replace(instance, incident=None))
    if isinstance(incident.stage, Continued):
        return recovery.await_continued(turn, instance, incident)
    return instance


def _keeper_back(turn: Turn, service: Service) -> None:
    """What was held back may happen now; a check that was under way is asked for again."""
    turn.touch(service.spec.name)
    for instance in service.current.instances.values():
        if isinstance(instance.phase, Checking):
            turn.emit(Check(key=instance.key, run=instance.run))
