"""Requests: when one is finished, how, and which others it makes pointless (rule 9).

A request is answered exactly once. Each service knows the open requests that wait for it, so a
step looks only at those of the services it touched.
"""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from usher.model.actions import JobDone, ShutdownComplete
from usher.model.phase import Exited, Failed, Held, Result, Running
from usher.model.spec import Value
from usher.model.world import (
    Goal,
    Handover,
    Instance,
    Job,
    Proving,
    Reverting,
    Rolling,
    Service,
    Settled,
)
from usher.policy import externals
from usher.policy.turn import (
    Turn,
    instances,
    is_live,
    is_stuck,
    is_unprovable,
    ready_fault,
    replace,
    wanted,
)

EXIT_NEEDS_PERSON = 10
"""Exit code of a shutdown that leaves an unkillable process behind (design 2.5)."""


class Reached(Value, frozen=True):
    """The service is where the request wants it."""


class Missed(Value, frozen=True):
    """It will not get there by itself."""

    result: Result
    detail: str


class Pending(Value, frozen=True):
    """Not yet."""


Verdict: TypeAlias = Reached | Missed | Pending


def open_job(
    turn: Turn,
    job_id: str,
    goal: Goal,
    names: Iterable[str],
    slots: Mapping[str, tuple[int, ...]] | None = None,
) -> None:
    """Accept a request for these services, or slots of them. One for nothing is done at once."""
    services = tuple(dict.fromkeys(names))
    job = Job(id=job_id, goal=goal, services=services, pending=frozenset(services))
    turn.put_job(replace(job, slots=dict(slots or {})))
    for name in services:
        service = turn.services[name]
        turn.put_service(replace(service, jobs=(*service.jobs, job_id)))
    if not services:
        _finish(turn, turn.jobs[job_id])


def refuse(turn: Turn, job_id: str, detail: str, result: str = "refused") -> None:
    """Answer a request that is not accepted."""
    turn.emit(JobDone(job=job_id, outcome="refused", result=result, detail=detail))


def supersede(
    turn: Turn,
    names: Iterable[str],
    goals: tuple[Goal, ...],
    by: str,
    slots: Mapping[str, tuple[int, ...]] | None = None,
) -> None:
    """Answer open requests with these goals: a later request wants something else of a service."""
    for name in names:
        meant = (slots or {}).get(name)
        for job_id in turn.services[name].jobs:
            job = turn.jobs[job_id]
            if job.goal in goals and _overlap(meant, job.slots.get(name)):
                _close(turn, job)
                detail = f"a later {by} of {name} took over"
                turn.answer(job, JobDone(job=job_id, outcome="superseded", detail=detail))


def _overlap(one: tuple[int, ...] | None, other: tuple[int, ...] | None) -> bool:
    """Whether both mean an instance; None means all of the service."""
    return one is None or other is None or not set(one).isdisjoint(other)


def review(turn: Turn, service: Service) -> None:
    """See whether the requests that wait for this service got what they want."""
    for job_id in service.jobs:
        job = turn.jobs.get(job_id)
        if job is None or (service.spec.name not in job.pending):
            continue
        match judge(service, job.goal, job.slots.get(service.spec.name)):
            case Pending():
                pass
            case Missed(result=result, detail=detail) if job.goal != "down":
                _close(turn, job)
                outcome = "refused" if result == "refused" else "failed"
                done = JobDone(job=job_id, outcome=outcome, result=result, detail=detail)
                turn.answer(job, done)
            case _:
                _reached(turn, job, service.spec.name)


def gone(turn: Turn, service: Service) -> None:
    """The service was forgotten, and with it everything that was asked of it."""
    for job_id in service.jobs:
        job = turn.jobs.get(job_id)
        if job is not None:
            _reached(turn, job, service.spec.name)


def judge(service: Service, goal: Goal, slots: tuple[int, ...] | None = None) -> Verdict:
    """Where a service, or some slots of it, stand with regard to a goal."""
    match goal:
        case "ready":
            return _readiness(service, slots)
        case "restarted" | "reloaded":
            return _rolled(service, goal, slots)
        case "scaled":
            shrinking = any(each.leaving for each in instances(service))
            return Pending() if shrinking else _readiness(service, slots)
        case "down" | "gone":
            return _ending(service, goal, slots)


def _ending(service: Service, goal: Goal, slots: tuple[int, ...] | None) -> Verdict:
    meant = [each for each in instances(service) if slots is None or each.key.slot in slots]
    if any(is_live(each) and not is_stuck(each) for each in meant):
        return Pending()
    stuck = next((each for each in meant if is_stuck(each)), None)
    if stuck is not None:
        return Missed("kill-timeout", f"{stuck.key} does not end, not even by SIGKILL")
    if goal == "gone":
        # What is to be forgotten is done with when it is gone, not when it is down.
        return Pending() if slots is None or meant else Reached()
    return Reached()


# -- details ---------------------------------------------------------------------------------------


def _rolled(service: Service, goal: Goal, slots: tuple[int, ...] | None) -> Verdict:
    match service.rollout:
        case Proving() | Handover() | Reverting() if goal == "reloaded":
            return Pending()
        case Settled(result=str(result), why=why) if goal == "reloaded":
            return Missed("refused" if result == "refused" else "rejected", why)
        case Rolling():
            verdict = _readiness(service, slots)
            return Pending() if isinstance(verdict, Reached) else verdict
        case _:
            return _readiness(service, slots)


def _readiness(service: Service, slots: tuple[int, ...] | None) -> Verdict:
    if service.want == "down":
        return Reached()
    members = [each for each in wanted(service) if slots is None or each.key.slot in slots]
    for member in members:
        if isinstance(member.phase, Failed):
            detail = f"{member.key}: {member.history.detail}"
            return Missed(member.phase.result, detail)
        if isinstance(member.phase, Held):
            # A fault holds it at its first deaths: for who asks it has crashed, as it would have.
            result = "held" if member.phase.fault is None else member.phase.cause
            return Missed(result, f"{member.key} is held: {member.history.detail}")
        if externals.is_overdue(member):
            return Missed("external", externals.overdue_words(member))
        if is_unprovable(member):
            return Missed("probe", f"{member.key} runs and is not ready: {ready_fault(member)}")
    doomed = service.facts.doomed
    if doomed and doomed != service.spec.name:
        return Missed("dependency", f"{service.spec.name} needs {doomed}, which has given up")
    is_job = service.spec.kind == "job"
    up = all(_done(member) or (not is_job and _serves(member)) for member in members)
    return Reached() if up else Pending()


def _done(instance: Instance) -> bool:
    """Ended by itself with success: what a job is started for."""
    return isinstance(instance.phase, Exited)


def _serves(instance: Instance) -> bool:
    return isinstance(instance.phase, Running) and instance.phase.ready


def _reached(turn: Turn, job: Job, name: str) -> None:
    job = replace(job, pending=job.pending - {name})
    turn.put_job(job)
    if not job.pending:
        _finish(turn, job)


def _finish(turn: Turn, job: Job) -> None:
    """Nobody is pending: look at all of them once more, since what was reached may be lost."""
    known = [turn.services[name] for name in job.services if name in turn.services]
    if job.goal != "gone":
        verdicts = {
            each.spec.name: judge(each, job.goal, job.slots.get(each.spec.name)) for each in known
        }
        lost = frozenset(name for name, found in verdicts.items() if isinstance(found, Pending))
        if lost:
            turn.put_job(replace(job, pending=lost))
            return
        missed = next((found for found in verdicts.values() if isinstance(found, Missed)), None)
    else:
        missed = None
    _close(turn, job)
    if missed is None:
        turn.answer(job, JobDone(job=job.id, outcome="done"))
    else:
        done = JobDone(job=job.id, outcome="failed", result=missed.result, detail=missed.detail)
        turn.answer(job, done)
    if turn.shutdown == job.id:
        turn.emit(ShutdownComplete(code=0 if missed is None else EXIT_NEEDS_PERSON))


def _close(turn: Turn, job: Job) -> None:
    """Take the request off everybody's list."""
    turn.drop_job(job.id)
    for name in job.services:
        service = turn.services.get(name)
        if service is not None:
            left = tuple(other for other in service.jobs if other != job.id)
            turn.put_service(replace(service, jobs=left))
