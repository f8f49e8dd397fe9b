"""What was wanted when, and the way back to it."""

import asyncio
import secrets
from datetime import datetime

import msgspec

from usher.api.exit_codes import ExitCode
from usher.api.types import Problem, Undo, UndoPreview, VersionList, VersionRecord
from usher.daemon import ledger, requests
from usher.daemon.server import Answer, Call, HttpError, reply
from usher.model import events as ev
from usher.model.actions import JobDone
from usher.runtime import versions
from usher.runtime.supervisor import Supervisor


async def history(supervisor: Supervisor, call: Call) -> Answer:
    """List the kept versions, newest first."""
    del call
    return reply(VersionList(versions=[_record(each) for each in supervisor.versions.all()][::-1]))


async def preview(supervisor: Supervisor, call: Call) -> Answer:
    """Say what going back would change; nothing is changed."""
    target = _target(supervisor, call.query.get("version", ""))
    present = versions.desired(supervisor.world)
    changes = versions.differences(present, target.desired)
    return reply(
        UndoPreview(version=_record(target), changes=[*map(supervisor.redacting.text, changes)])
    )


async def undo(supervisor: Supervisor, call: Call) -> Answer:
    """Make it exactly as it was in a version."""
    body = msgspec.json.decode(call.body or b"{}", type=Undo)
    target = _target(supervisor, str(body.version or ""))
    _check_environments(supervisor, target)
    mark = supervisor.history.last_seq
    origin = ledger.who(call)
    way = versions.way(versions.desired(supervisor.world), target.desired)
    names, job = way.names, _job()
    entry = await _admitted(supervisor, call, body, target, names)
    ledger.asked(supervisor, call, entry, job)
    with supervisor.one_change(origin, f"undo to {target.n}"):
        answers = [supervisor.request(event) for event in _down(supervisor, target, origin)]
        answers += [supervisor.request(event) for event in _up(supervisor, target, origin)]
    done = asyncio.ensure_future(_all_done(answers, f"as in version {target.n}"))
    done.add_done_callback(lambda ended: ledger.ended(supervisor, entry, job, ended))
    return requests.frames(supervisor, done, mark, names, None)


async def _admitted(
    supervisor: Supervisor,
    call: Call,
    body: Undo,
    target: versions.Version,
    names: tuple[str, ...],
) -> ledger.Entry:
    """Have the guard look at what is to be up then, of what is touched."""
    specs = {spec.name: spec for spec in target.desired.services}
    started = [name for name in target.desired.up if name in names]
    entry = ledger.Entry("undo", names)
    return await requests.admitted(supervisor, call, body, entry, specs, started)


async def _all_done(answers: list[asyncio.Future[JobDone]], detail: str) -> JobDone:
    """Wait for all; the first that is not done is the answer of the whole."""
    ended = [await answer for answer in answers]
    bad = [each for each in ended if each.outcome != "done"]
    return bad[0] if bad else JobDone("undo", "done", detail=detail)


def _down(supervisor: Supervisor, target: versions.Version, origin: str) -> list[ev.Request]:
    """What has to end comes first: a port may change hands."""
    way = versions.way(versions.desired(supervisor.world), target.desired)
    asked: list[ev.Request] = []
    if way.stop:
        asked.append(ev.Stop(job=_job(), origin=origin, services=way.stop))
    if way.park:
        services = tuple(way.park)
        asked.append(ev.Stop(job=_job(), origin=origin, services=services, slots=way.park))
    if way.delete:
        asked.append(ev.Delete(job=_job(), origin=origin, services=way.delete))
    if way.dismiss:
        asked.append(ev.Dismiss(job=_job(), origin=origin, remotes=way.dismiss))
    return asked


def _up(supervisor: Supervisor, target: versions.Version, origin: str) -> list[ev.Request]:
    """Define and start, as things stand now: a stop takes dependents along that are wanted."""
    way = versions.way(versions.desired(supervisor.world), target.desired)
    if not (way.define or way.start or way.watch):
        return []
    change = ev.PlanChanged(
        job=_job(),
        origin=origin,
        services=way.define,
        start=way.start,
        slots=way.slots,
        remotes=way.watch,
    )
    return [change]


def _target(supervisor: Supervisor, asked: str) -> versions.Version:
    """Find the version asked for, else the one before the newest. Raises HttpError."""
    kept = supervisor.versions.all()
    found = supervisor.versions.find(int(asked)) if asked.isdigit() else None
    if not asked and len(kept) > 1:
        found = kept[-2]
    if found is None:
        error = f"cannot find version {asked!r}" if asked else "cannot undo: nothing was changed"
        hint = "`usher history` lists the versions that are kept"
        raise HttpError(404, Problem(error=error, exit_code=ExitCode.USAGE, hint=hint))
    return found


def _check_environments(supervisor: Supervisor, target: versions.Version) -> None:
    for spec in (*target.desired.services, *target.desired.remotes):
        try:
            supervisor.environments.get(spec.env_digest)
        except OSError:
            problem = Problem(
                error=f"cannot undo to {target.n}: the environment of {spec.name!r} is not kept",
                exit_code=ExitCode.REFUSED,
                hint="start it from its file",
            )
            raise HttpError(409, problem) from None


def _record(version: versions.Version) -> VersionRecord:
    return VersionRecord(
        n=version.n,
        time=datetime.fromtimestamp(version.at).astimezone().isoformat("T", "seconds"),
        who=version.who,
        what=version.what,
        services=len(version.desired.services),
        up=len(version.desired.up),
    )


def _job() -> str:
    return secrets.token_hex(8)
