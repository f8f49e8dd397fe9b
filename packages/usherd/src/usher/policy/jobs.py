"""Requests: when one is finished, how, and which others it makes pointless (rule 9).

A request is answered exactly once. Each service knows the open requests that wait for it, so a
step looks only at those of the services it touched.
"""

from collections.abc import Iterable
from typing import TypeAlias

from usher.model.actions import JobDone, ShutdownComplete
from usher.model.phase import Exited, Failed, Held, Result, Running, Stopping
from usher.model.spec import Value
from usher.model.world import Goal, Instance, Job, Rolling, Service
from usher.policy.needs import has_live
from usher.policy.turn import Turn, instances, replace

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


def open_job(turn: Turn, job_id: str, goal: Goal, names: Iterable[str]) -> None:
    """Accept a request for these services. One for nothing is done at once."""
    services = tuple(dict.fromkeys(names))
    turn.put_job(Job(id=job_id, goal=goal, services=services, pending=frozenset(services)))
    for name in services:
        service = turn.services[name]
        turn.put_service(replace(service, jobs=(*service.jobs, job_id)))
    if not services:
        _finish(turn, turn.jobs[job_id])


def refuse(turn: Turn, job_id: str, detail: str) -> None:
    """Answer a request that is not accepted."""
    turn.emit(JobDone(job=job_id, outcome="refused", result="refused", detail=detail))


def supersede(turn: Turn, names: Iterable[str], goals: tuple[Goal, ...], by: str) -> None:
    """Answer open requests with these goals: a later request wants something else of a service."""
    for name in names:
        for job_id in turn.services[name].jobs:
            job = turn.jobs[job_id]
            if job.goal in goals:
                _close(turn, job)
                detail = f"a later {by} of {name} took over"
                turn.emit(JobDone(job=job_id, outcome="superseded", detail=detail))


def review(turn: Turn, service: Service) -> None:
    """See whether the requests that wait for this service got what they want."""
    for job_id in service.jobs:
        job = turn.jobs.get(job_id)
        if job is None or (service.spec.name not in job.pending):
            continue
        match judge(service, job.goal):
            case Pending():
                pass
            case Missed(result=result, detail=detail) if job.goal != "down":
                _close(turn, job)
                outcome = "refused" if result == "refused" else "failed"
                turn.emit(JobDone(job=job_id, outcome=outcome, result=result, detail=detail))
            case _:
                _reached(turn, job, service.spec.name)


def gone(turn: Turn, service: Service) -> None:
    """The service was forgotten, and with it everything that was asked of it."""
    for job_id in service.jobs:
        job = turn.jobs.get(job_id)
        if job is not None:
            _reached(turn, job, service.spec.name)


def judge(service: Service, goal: Goal) -> Verdict:
    """Where a service stands with regard to a goal."""
    match goal:
        case "ready":
            return _readiness(service)
        case "restarted" | "reloaded" | "scaled":
            verdict = _readiness(service)
            rolling = isinstance(service.rollout, Rolling)
            return Pending() if rolling and isinstance(verdict, Reached) else verdict
        case "down" | "gone":
            stuck = next((each for each in instances(service) if is_stuck(each)), None)
            if stuck is not None:
                return Missed("kill-timeout", f"{stuck.key} does not end, not even by SIGKILL")
            # What is to be forgotten is done with when it is gone, not when it is down.
            return Pending() if goal == "gone" or has_live(service) else Reached()


def is_stuck(instance: Instance) -> bool:
    """The kernel did not end it in time; it is shown, and nobody waits for it any longer."""
    phase = instance.phase
    return isinstance(phase, Stopping) and phase.killed and phase.deadline is None


# -- details ---------------------------------------------------------------------------------------


def _readiness(service: Service) -> Verdict:
    members = service.current.instances.values()
    for member in members:
        if isinstance(member.phase, Failed):
            detail = f"{member.key}: {member.history.detail}"
            return Missed(member.phase.result, detail)
        if isinstance(member.phase, Held):
            return Missed("held", f"{member.key} is held: {member.history.detail}")
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
        verdicts = {service.spec.name: judge(service, job.goal) for service in known}
        lost = frozenset(name for name, found in verdicts.items() if isinstance(found, Pending))
        if lost:
            turn.put_job(replace(job, pending=lost))
            return
        missed = next((found for found in verdicts.values() if isinstance(found, Missed)), None)
    else:
        missed = None
    _close(turn, job)
    if missed is None:
        turn.emit(JobDone(job=job.id, outcome="done"))
    else:
        done = JobDone(job=job.id, outcome="failed", result=missed.result, detail=missed.detail)
        turn.emit(done)
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
