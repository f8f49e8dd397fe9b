"""Requests that change something: they stream what happens and end with a Report.

The request is decided before the first byte is sent; a client that goes away changes nothing.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Final, TypeAlias

import msgspec

from usher.api.exit_codes import ExitCode
from usher.api.types import Apply, Forced, Frame, Names, Problem, Report, Scale, Tail
from usher.daemon import guard, ledger, renewal, selectors, state
from usher.daemon.server import Answer, Call, HttpError, reply
from usher.model import events as ev
from usher.model import graph
from usher.model.actions import JobDone
from usher.model.spec import Plan, ServiceSpec
from usher.redaction.stream import Stream
from usher.runtime import log_files
from usher.runtime.environments import with_digests
from usher.runtime.history import Follower
from usher.runtime.supervisor import Supervisor

EVIDENCE_LINES: Final = 20

Make: TypeAlias = Callable[[str, str], ev.Request]
"""(job id, origin) -> the request."""

EXIT_CODES: Final = {
    "start-limit-hit": ExitCode.CRASHED,
    "exit-code": ExitCode.CRASHED,
    "signal": ExitCode.CRASHED,
    "core-dump": ExitCode.CRASHED,
    "exec": ExitCode.CRASHED,
    "unknown": ExitCode.CRASHED,
    "kill-timeout": ExitCode.TIMEOUT,
    "busy": ExitCode.BUSY,
    "same-count": ExitCode.USAGE,
    "bad-count": ExitCode.USAGE,
}
"""Exit code of a command (design 2.5) for a way a request fails; NOT_READY for all others."""


async def apply(supervisor: Supervisor, call: Call) -> Answer:
    """Take a plan, checked as a whole against what is there, and start some of it."""
    body = msgspec.json.decode(call.body, type=Apply)
    plan = msgspec.json.decode(body.plan, type=Plan)
    known = {name: each.spec for name, each in supervisor.world.services.items()}
    merged = {**known, **{spec.name: spec for spec in plan.services}}
    problems = graph.problems(tuple(merged.values()))
    if problems:
        details = [str(problem) for problem in problems]
        raise HttpError(
            422,
            Problem(
                error="cannot take the plan", exit_code=ExitCode.USAGE, hint="", details=details
            ),
        )
    given = plan.services
    if body.keep_env:
        given = tuple(renewal.keep_inherited(supervisor, spec) for spec in given)
    specs = tuple(with_digests(spec, supervisor.environments) for spec in given)
    stay_down = {spec.name for spec in specs if not spec.autostart and not _is_up(supervisor, spec)}
    change = ev.PlanChanged(
        job="",
        origin="",
        services=specs,
        start=tuple(name for name in body.start if name not in stay_down),
        restart=tuple(body.restart),
        reload=tuple(body.reload),
        in_place=body.in_place,
        remotes=tuple(with_digests(each, supervisor.environments) for each in plan.remotes),
    )
    named = tuple(dict.fromkeys([*body.start, *body.restart, *body.reload]))
    changed = [spec.name for spec in specs if _is_up(supervisor, spec)]
    entry = ledger.Entry("apply", named, plan.source, plan.digest)
    meant = merged | {spec.name: spec for spec in specs}
    entry = await admitted(supervisor, call, body, entry, meant, (*named, *changed))
    if guard.crowded(supervisor, [meant[name] for name in body.reload if name in meant]):
        change = msgspec.structs.replace(change, in_place=True)
    return _stream(
        supervisor,
        lambda job, origin: msgspec.structs.replace(change, job=job, origin=origin),
        call,
        entry,
        body.timeout if body.wait else 0.0,
    )


async def admitted(
    supervisor: Supervisor,
    call: Call,
    body: Forced,
    entry: ledger.Entry,
    specs: Mapping[str, ServiceSpec],
    names: Sequence[str],
) -> ledger.Entry:
    """Have the guard look at what this starts; who is refused is recorded and told why."""
    up = [name for name, service in supervisor.world.services.items() if service.want == "up"]
    try:
        asked = guard.to_start(specs, names, up)
        forced = await guard.admit(supervisor, asked, body, ledger.who(call), specs.values())
    except HttpError as error:
        ledger.refused(supervisor, call, entry, error.problem)
        raise
    return entry._replace(forced=forced, reason=body.reason if forced else "")


async def start(supervisor: Supervisor, call: Call) -> Answer:
    """Want services up."""
    return await _on_names(supervisor, call, ev.Start)


async def stop(supervisor: Supervisor, call: Call) -> Answer:
    """Want services down."""
    return await _on_names(supervisor, call, ev.Stop)


async def restart(supervisor: Supervisor, call: Call) -> Answer:
    """Replace the instances of services, one after the other."""
    return await _on_names(supervisor, call, ev.Restart)


async def reload(supervisor: Supervisor, call: Call) -> Answer:
    """Replace services by a new generation beside the old one."""
    return await _on_names(supervisor, call, ev.Reload)


async def scale(supervisor: Supervisor, call: Call) -> Answer:
    """Change how many instances a service has."""
    body = msgspec.json.decode(call.body, type=Scale)
    names = state.resolve(supervisor.world, [body.service])
    if len(names) != 1:
        detail = f"{body.service!r} means {len(names)} services"
        problem = Problem(error=f"cannot scale: {detail}", exit_code=ExitCode.USAGE)
        raise HttpError(400, problem)
    (name,) = names
    spec = supervisor.spec(name)
    number = _number(body.instances, spec.instances)
    entry = ledger.Entry("scale", names)
    if number > spec.instances and _is_up(supervisor, spec):
        more = msgspec.structs.replace(spec, instances=number)
        entry = await admitted(supervisor, call, body, entry, {name: more}, names)
    return _stream(
        supervisor,
        lambda job, origin: ev.Scale(job=job, origin=origin, service=name, instances=number),
        call,
        entry,
        body.timeout if body.wait else 0.0,
    )


def _number(text: str, now: int) -> int:
    """Read 4, +2 or -1. Raises HttpError."""
    sign, digits = (text[0], text[1:]) if text[:1] in ("+", "-") else ("", text)
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 4):
        problem = Problem(
            error=f"cannot scale to {text!r}: it is no number",
            exit_code=ExitCode.USAGE,
            hint="4 for four instances, +2 for two more, -1 for one fewer",
        )
        raise HttpError(400, problem)
    return int(digits) if not sign else now + int(text)


def _is_up(supervisor: Supervisor, spec: ServiceSpec) -> bool:
    service = supervisor.world.services.get(spec.name)
    return service is not None and service.want == "up"


async def delete(supervisor: Supervisor, call: Call) -> Answer:
    """Stop services and forget them; watch remotes no more."""
    body = msgspec.json.decode(call.body, type=Names)
    remotes = tuple(name for name in body.services if name in supervisor.world.remotes)
    if not remotes:
        return await _on_names(supervisor, call, ev.Delete)
    if len(remotes) < len(body.services):
        problem = Problem(
            error=f"cannot delete apps together with remotes ({', '.join(remotes)})",
            exit_code=ExitCode.USAGE,
            hint="delete them one after the other",
        )
        raise HttpError(400, problem)
    return _stream(
        supervisor,
        lambda job, origin: ev.Dismiss(job=job, origin=origin, remotes=remotes),
        call,
        ledger.Entry("delete", remotes),
    )


async def reset(supervisor: Supervisor, call: Call) -> Answer:
    """Clear failures and counters."""
    return await _on_names(supervisor, call, ev.ResetFailed)


async def kill(supervisor: Supervisor, call: Call) -> Answer:
    """Stop everything; the daemon and then the keeper end when the answer is out."""
    names = tuple(supervisor.world.services)
    return _stream(
        supervisor,
        lambda job, origin: ev.Shutdown(job=job, origin=origin),
        call,
        ledger.Entry("kill", names),
    )


async def save(supervisor: Supervisor, call: Call) -> Answer:
    """Remember the present list under its own name, for `resurrect`."""
    del call
    saved = state.save(supervisor)
    return reply(_report(supervisor, JobDone("save", "done", detail=saved), ()))


async def resurrect(supervisor: Supervisor, call: Call) -> Answer:
    """Bring back the saved list: define what is missing, start what was up.

    What must not run here is refused one by one: it does not keep the others down.
    """
    saved = state.load_saved(supervisor)
    known = supervisor.world.services
    change = ev.PlanChanged(
        job="",
        origin="",
        services=tuple(spec for spec in saved.services if spec.name not in known),
        start=saved.up,
        slots=saved.slots,
        stopped=tuple(name for name in saved.stopped if name not in known),
        remotes=tuple(each for each in saved.remotes if each.name not in supervisor.world.remotes),
    )
    return _stream(
        supervisor,
        lambda job, origin: msgspec.structs.replace(change, job=job, origin=origin),
        call,
        ledger.Entry("resurrect", saved.up),
    )


async def _on_names(supervisor: Supervisor, call: Call, kind: type[ev.OnServices]) -> Answer:
    body = msgspec.json.decode(call.body, type=Names)
    target = selectors.find(supervisor.world, body.services)
    entry = ledger.Entry(kind.__name__.lower(), target.services)
    renews = body.env is not None or body.toggle_watch or body.changes
    renews = renews and kind in (ev.Restart, ev.Reload)
    changed = renewal.renewed(supervisor, target.services, body) if renews else ()
    if kind in (ev.Start, ev.Restart, ev.Reload):
        specs = {name: each.spec for name, each in supervisor.world.services.items()}
        specs |= {spec.name: spec for spec in changed}
        entry = await admitted(supervisor, call, body, entry, specs, target.services)
        crowded = kind is ev.Reload and guard.crowded(
            supervisor, [specs[name] for name in target.services]
        )
        body = msgspec.structs.replace(body, in_place=body.in_place or crowded)
    if renews:
        return _renewing(supervisor, call, body, entry, changed, kind)
    chosen = {name: tuple(slots) for name, slots in body.slots.items()}
    options = {"in_place": body.in_place} if kind is ev.Reload else {}
    stream = _stream(
        supervisor,
        lambda job, origin: kind(
            job=job,
            origin=origin,
            services=target.services,
            slots={**target.slots, **chosen},
            **options,
        ),
        call,
        entry,
        body.timeout if body.wait else 0.0,
    )
    if kind is ev.Stop and body.toggle_watch:
        _unwatch(supervisor, target.services)
    return stream


def _unwatch(supervisor: Supervisor, names: tuple[str, ...]) -> None:
    """End watching of services that are to be down: the next start does not begin it again."""
    watched = [spec for name in names if (spec := supervisor.spec(name)).watch is not None]
    changed = tuple(msgspec.structs.replace(spec, watch=None) for spec in watched)
    if changed:
        supervisor.request(ev.PlanChanged(job=secrets.token_hex(8), origin="", services=changed))


def _renewing(
    supervisor: Supervisor,
    call: Call,
    body: Names,
    entry: ledger.Entry,
    changed: tuple[ServiceSpec, ...],
    kind: type[ev.OnServices],
) -> Answer:
    """Restart or reload with a changed definition: it is that of all instances."""
    names = entry.services
    change = ev.PlanChanged(
        job="",
        origin="",
        services=changed,
        restart=names if kind is ev.Restart else (),
        reload=names if kind is ev.Reload else (),
        in_place=body.in_place,
    )
    return _stream(
        supervisor,
        lambda job, origin: msgspec.structs.replace(change, job=job, origin=origin),
        call,
        entry,
        body.timeout if body.wait else 0.0,
    )


def _stream(
    supervisor: Supervisor,
    make: Make,
    call: Call,
    entry: ledger.Entry,
    patience: float | None = None,
) -> AsyncIterator[Frame]:
    """Post the request now; stream events until it is answered or patience (seconds) runs out."""
    job = call.key or secrets.token_hex(8)
    mark = supervisor.history.last_seq
    ledger.asked(supervisor, call, entry, job)
    answer = supervisor.request(make(job, ledger.who(call)))
    answer.add_done_callback(lambda done: ledger.ended(supervisor, entry, job, done))
    return frames(supervisor, answer, mark, entry.services, patience)


async def frames(
    supervisor: Supervisor,
    answer: asyncio.Future[JobDone],
    mark: int,
    names: tuple[str, ...],
    patience: float | None,
) -> AsyncIterator[Frame]:
    """Stream the events after `mark` until the answer, then a report on the services `names`.

    `patience`: seconds after which the report says "timeout"; None: as long as it takes.
    """
    loop = asyncio.get_running_loop()
    end = None if patience is None else loop.time() + patience
    with supervisor.history.follow() as follower:
        for record in supervisor.history.recent(mark):
            yield Frame(event=record)
        while not answer.done() or not follower.empty():
            left = None if end is None else end - loop.time()
            if left is not None and left <= 0:
                break
            async for frame in _next_frames(follower, answer, left):
                yield frame
    done = answer.result() if answer.done() else None
    yield Frame(report=_report(supervisor, done, names))


async def _next_frames(
    follower: Follower, answer: asyncio.Future[JobDone], left: float | None
) -> AsyncIterator[Frame]:
    """Wait for the next event, the answer, or the end of patience, whichever comes first."""
    getting = asyncio.ensure_future(follower.get())
    await asyncio.wait((getting, answer), timeout=left, return_when=asyncio.FIRST_COMPLETED)
    if getting.done():
        record = getting.result()
        if record is not None:
            yield Frame(event=record)
    else:
        getting.cancel()


def _report(supervisor: Supervisor, done: JobDone | None, names: tuple[str, ...]) -> Report:
    services = [each for each in state.services(supervisor) if each.name in names or not names]
    if done is None:
        return Report(
            outcome="timeout",
            exit_code=ExitCode.TIMEOUT,
            result="timeout",
            detail="it goes on; `usher list` and `usher events` show how far it is",
            services=services,
            tails=[],
        )
    otherwise = ExitCode.REFUSED if done.outcome == "refused" else ExitCode.NOT_READY
    code = ExitCode.OK if done.outcome == "done" else EXIT_CODES.get(done.result, otherwise)
    return Report(
        outcome=done.outcome,
        exit_code=code,
        result=done.result,
        detail=done.detail,
        services=services,
        tails=_tails(supervisor, names, done) if done.outcome == "failed" else [],
    )


def _tails(supervisor: Supervisor, names: tuple[str, ...], done: JobDone) -> list[Tail]:
    """Collect the last lines of every instance that is not ready: evidence of the failure.

    A rejected release is gone, and its predecessor serves: it wrote into the log of its slot, with
    which the detail begins.
    """
    tails: list[Tail] = []
    for service in state.services(supervisor):
        for instance in service.instances:
            slot = f"{service.name}:{instance.slot}: "
            failed = not instance.ready or (
                done.result == "rejected" and done.detail.startswith(slot)
            )
            if service.name in names and failed and instance.phase != "exited":
                out, err = instance.out_log, instance.err_log
                lines = [
                    shown
                    for path in (out, err)
                    for shown in _redacted(supervisor, log_files.tail(path, EVIDENCE_LINES))
                ]
                tails.append(Tail(service=service.name, slot=instance.slot, lines=lines))
    return tails


def _redacted(supervisor: Supervisor, lines: Sequence[str]) -> list[str]:
    stream = Stream(supervisor.redacting.redactor)
    return [stream.line(line) for line in lines]
