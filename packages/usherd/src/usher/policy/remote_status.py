"""How remotes stand, for people and programs. Pure, and never stored."""

from typing import assert_never

from usher.api.types import ProbeStatus, RemoteState, RemoteStatus
from usher.model.events import Now
from usher.model.probe_count import ProbeCount
from usher.model.remote import (
    Acting,
    Held,
    Outage,
    Pending,
    Recovered,
    Remote,
    Unproved,
    Up,
    Verifying,
    Waking,
)
from usher.model.world import World
from usher.policy.remote import due
from usher.policy.words import seconds


def remote_views(world: World, now: Now) -> list[RemoteStatus]:
    """All remotes in the order of their definition."""
    return [_view(remote, now.boot) for remote in world.remotes.values()]


def _view(remote: Remote, now: float) -> RemoteStatus:
    state = remote.state
    outage = _outage(remote)
    at = None if isinstance(state, Recovered) else due(remote)
    return RemoteStatus(
        name=remote.spec.name,
        status=_status(remote),
        detail=_detail(remote, now),
        since=round(now - _since(remote), 3),
        next_step=_next_step(remote),
        next_try=None if at is None else max(0.0, round(at - now, 3)),
        done=[] if outage is None else [*outage.done],
        probes=_probes(remote),
        depends_on=[*remote.spec.depends_on],
        origin=remote.spec.origin,
    )


def _outage(remote: Remote) -> Outage | None:
    """The present outage, or the one that it has just recovered from."""
    match remote.state:
        case Unproved() | Up() | Waking():
            return None
        case Pending(outage=outage) | Acting(outage=outage) | Verifying(outage=outage):
            return outage
        case Held(outage=outage) | Recovered(outage=outage):
            return outage
        case _:  # pragma: no cover - the type checker proves this is complete
            assert_never(remote.state)


def _since(remote: Remote) -> float:
    """When what its status says began."""
    match remote.state:
        case Unproved(since=since) | Up(since=since) | Waking(since=since) | Recovered(since=since):
            return since
        case Pending(outage=outage) | Acting(outage=outage) | Verifying(outage=outage):
            return outage.since
        case Held(outage=outage):
            return outage.since
        case _:  # pragma: no cover - the type checker proves this is complete
            assert_never(remote.state)


def _status(remote: Remote) -> RemoteState:
    state = remote.state
    match state:
        case Unproved():
            return "unproved"
        case Up() | Recovered():
            return "degraded" if _failing(remote) else "up"
        case Waking():
            return "waking"
        case Pending():
            return "down"
        case Acting() | Verifying():
            return "recovering"
        case Held(until=until):
            return "failed" if until is None else "held"
        case _:  # pragma: no cover - the type checker proves this is complete
            assert_never(state)


def _detail(remote: Remote, now: float) -> str:
    state = remote.state
    match state:
        case Unproved():
            return _never_passed(remote) or "not all of its probes are answered yet"
        case Up():
            return "; ".join(
                filter(None, (_failing(remote), *_certificates(remote), _never_passed(remote)))
            )
        case Waking(until=until):
            left = seconds(max(0.0, until - now))
            return f"late ({_failing(remote)}): it may be waking, and counts as down in {left}"
        case Pending(at=at, why=why):
            # What was suspended is resumed even if all answers meanwhile.
            how = _failing(remote) or "all of its probes pass"
            return f"{how}{_step_words(remote, at, why, now)}"
        case Acting(outage=outage):
            return f"{_failing(remote)}; {remote.spec.recover[outage.step].name} is carried out"
        case Verifying(outage=outage, until=until):
            left = seconds(max(0.0, until - now))
            return f"{_failing(remote)}; {outage.done[-1]} is done, and has {left} more to help"
        case Held(outage=outage, until=until):
            then = "a person has to look at it" if until is None else _again(until - now)
            return (
                f"{_failing(remote)}; done in vain: {', '.join(outage.done) or 'nothing'}; {then}"
            )
        case Recovered(outage=outage, since=since):
            how = ", ".join(outage.done) or "by itself"
            return f"recovered {seconds(now - since)} ago ({how})"
        case _:  # pragma: no cover - the type checker proves this is complete
            assert_never(state)


def _again(left: float) -> str:
    return f"again in {seconds(max(0.0, left))}"


def _step_words(remote: Remote, at: float | None, why: str, now: float) -> str:
    if at is None:
        return "; nothing is declared that could be done"
    if why:
        return f"; nothing is done: {why}"
    return f"; {_next_step(remote)} in {seconds(max(0.0, at - now))}"


def _next_step(remote: Remote) -> str:
    state, steps = remote.state, remote.spec.recover
    if isinstance(state, Pending | Verifying) and state.outage.step < len(steps):
        return steps[state.outage.step].name
    return ""


def _failing(remote: Remote) -> str:
    """Name each failing probe with what was answered last."""
    return "; ".join(f"{name}: {each.last}" for name, each in remote.probes.items() if each.failing)


def _certificates(remote: Remote) -> list[str]:
    """Say of each certificate that runs out when it does."""
    return [f"{name}: {each.last}" for name, each in remote.probes.items() if each.certificate]


def _never_passed(remote: Remote) -> str:
    """Name the first probe whose question seems to be wrong; empty: there is none."""
    for probe in remote.spec.probes:
        answers = remote.probes.get(probe.name)
        if answers is not None and answers.ok is False and not answers.passed_ever:
            return f"{probe.name} has never passed: {answers.last}"
    return ""


def _probes(remote: Remote) -> list[ProbeStatus]:
    shown: list[ProbeStatus] = []
    for probe in remote.spec.probes:
        answers = remote.probes.get(probe.name, ProbeCount())
        shown.append(
            ProbeStatus(
                name=probe.name,
                scope=probe.scope,
                ok=answers.ok,
                in_row=answers.in_row,
                last=answers.last,
                failing=answers.failing,
                passed_ever=answers.passed_ever,
            )
        )
    return shown
