"""The guard at the interface: a request that would start something is refused before it is posted.

A running service is not stopped for a restart that must not happen, and nobody gets around it:
what comes over the socket, from whichever program, is judged like the command line's own.
"""

from collections.abc import Iterable, Mapping, Sequence

from usher.api.exit_codes import ExitCode
from usher.api.types import Forced, Problem
from usher.daemon.server import HttpError
from usher.guard import overrides
from usher.model.finding import Finding
from usher.model.spec import ServiceSpec
from usher.runtime import clock
from usher.runtime.keeper_channel import KeeperGoneError, RefusedError
from usher.runtime.supervisor import Supervisor


async def admit(
    supervisor: Supervisor,
    specs: Sequence[ServiceSpec],
    asked: Forced,
    who: str,
    beside: Iterable[ServiceSpec] = (),
) -> tuple[str, ...]:
    """Let these definitions be started, or raise HttpError; return the codes that were forced."""
    now = clock.read().wall
    meant, others = map(supervisor.known_as, specs), map(supervisor.known_as, beside)
    try:
        found = await supervisor.gate.found([*meant], [*others])
    except (KeeperGoneError, RefusedError) as error:
        raise _refusal(f"cannot check what is to be started: {error}", "try again") from None
    force = overrides.Force(tuple(asked.force), asked.reason, asked.force_for)
    if force.codes:
        from usher.guard.catalogue import CATALOGUE  # with every rule: most daemons never need it

        if wrong := overrides.objection(force, found, CATALOGUE):
            hint = "--force CODE --reason TEXT overrides single codes"
            raise _refusal(wrong, hint, _codes(found))
    given = overrides.granted(force, found, at=now, who=who)
    holding = [*supervisor.gate.memory.overrides, *given]
    left = [each for each in overrides.standing(found, holding, now) if each.severity == "error"]
    if left:
        raise refused(left)
    if given:
        supervisor.gate.grant(given, now)
    for each in given:
        told = f"{each.code} overridden for {each.lasting_words} by {who}: {each.reason}"
        supervisor.history.note("forced", told, clock.read(), each.service)
    return tuple(dict.fromkeys(each.code for each in given))


def crowded(supervisor: Supervisor, specs: Sequence[ServiceSpec]) -> bool:
    """Tell whether a reload beside itself exceeds a declared budget; it is said in the events."""
    why = supervisor.gate.crowded([supervisor.known_as(spec) for spec in specs])
    if why:
        told = f"replaced in place: {why}"
        for spec in specs:
            supervisor.history.note("in-place", told, clock.read(), spec.name)
    return bool(why)


def refused(found: Sequence[Finding]) -> HttpError:
    """Say what was found: one finding is the message, several are listed."""
    first, *more = found
    if not more:
        return _refusal(first.message, first.hint, _codes(found))
    apps = dict.fromkeys(each.app for each in found if each.app)
    names = ", ".join(map(repr, apps))
    details = [f"{each.message}; {each.hint}" if each.hint else each.message for each in found]
    return _refusal(f"cannot start {names}: refused by the guard", "", _codes(found), details)


def _codes(found: Iterable[Finding]) -> list[str]:
    return list(dict.fromkeys(each.code for each in found if each.severity == "error"))


def _refusal(
    error: str, hint: str, codes: Sequence[str] = (), details: Sequence[str] = ()
) -> HttpError:
    problem = Problem(
        error=error,
        exit_code=ExitCode.REFUSED,
        hint=hint or "`usher role` shows the role of this host and its evidence",
        details=[*details],
        codes=[*codes],
    )
    return HttpError(403, problem)


def to_start(
    specs: Mapping[str, ServiceSpec], names: Iterable[str], up: Iterable[str]
) -> list[ServiceSpec]:
    """List what a start of `names` starts: these, and what they need that is not `up` already."""
    wanted = dict.fromkeys(name for name in names if name in specs)
    running, found = set(up), list(wanted)
    for name in found:
        for need in specs[name].depends_on:
            if need.name in specs and need.name not in wanted and need.name not in running:
                wanted[need.name] = None
                found.append(need.name)
    return [specs[name] for name in found]
