"""What is done for a remote: judged by its probes, helped by what is declared for it, verified.

Nothing is done for what never worked, nor while a remote that it depends on is down: that is to be
mended first. A step is taken when its time has come (`after`), one at a time, with a gap and a
limit; what was done counts as recovery only when the probes that failed pass again. Steps are
carried out once: after a death of the daemon we look whether the step that was under way helped,
and do not repeat it.
"""

from typing import assert_never

from usher.model.actions import Recover, Unwatch, Watch
from usher.model.events import RemoteActed, RemoteAnswered
from usher.model.probe_count import ProbeCount
from usher.model.remote import (
    Acting,
    Held,
    Outage,
    Pending,
    Recovered,
    Remote,
    State,
    Unproved,
    Up,
    Verifying,
    Waking,
)
from usher.model.spec import ProbeSpec, RecoveryStep, RemoteSpec
from usher.policy import brake
from usher.policy.health import count_answer, just_stalled, told_by
from usher.policy.probed import failed_words
from usher.policy.turn import Turn, replace
from usher.policy.words import count, seconds

CONFIRM_AFTER = 60.0
"""Seconds that a recovery must last, as for services (design 2.3)."""

AGAIN_AFTER = 10.0
"""Seconds after which a step that was put off is considered again."""

AFTER_NEED = 30.0
"""Seconds that a remote is given to recover by itself when what it depends on is back."""

ANSWER_SLACK = 5.0
"""Seconds beyond its timeout after which nobody will tell how a step went."""


# -- definitions -----------------------------------------------------------------------------------


def define(turn: Turn, spec: RemoteSpec) -> None:
    """Watch it from now on; whoever defines it again begins again, with what ever passed."""
    before = turn.remotes.get(spec.name)
    proved = {} if before is None else before.probes
    known = {probe.name for probe in spec.probes}
    remote = Remote(
        spec=spec,
        state=Unproved(since=turn.now),
        run=1 if before is None else before.run + 1,
        attempt=0 if before is None else before.attempt,
        probes={
            name: ProbeCount(passed_ever=each.passed_ever)
            for name, each in proved.items()
            if name in known
        },
        created=turn.wall if before is None else before.created,
    )
    turn.put_remote(remote)
    if turn.keeper:
        turn.emit(Watch(remote=spec.name, run=remote.run))
    turn.tell(remote, "watching", count(len(spec.probes), "probe"))


def dismiss(turn: Turn, name: str) -> None:
    """Forget it."""
    turn.tell(turn.remotes[name], "deleted", "watched no more")
    turn.remotes = {other: each for other, each in turn.remotes.items() if other != name}
    turn.emit(Unwatch(remote=name))


# -- answers ---------------------------------------------------------------------------------------


def answered(turn: Turn, event: RemoteAnswered) -> None:
    """A probe was answered."""
    remote = turn.remotes.get(event.remote)
    if remote is None or remote.run != event.run:
        return
    probe = probe_named(remote.spec, event.probe)
    if probe is None or (not event.ok and just_stalled(turn, probe)):
        return
    before = remote.probes.get(probe.name, ProbeCount())
    after = count_answer(before, probe, event, turn.now)
    remote = turn.put_remote(replace(remote, probes={**remote.probes, probe.name: after}))
    for word, detail in told_by(before, probe, after):
        turn.tell(remote, word, detail)
    if probe not in _deciding(remote.spec):
        return
    if not (after.failing and not after.ok):
        if _passes(remote):
            _well(turn, remote)
    elif probe.scope == "self":
        _failing(turn, remote, event, after)


def _failing(turn: Turn, remote: Remote, event: RemoteAnswered, after: ProbeCount) -> None:
    """It failed often enough: see what that changes. What is under way goes on by its deadline."""
    since = turn.now if after.failed_since is None else after.failed_since
    wake = remote.spec.wake
    sleepy = wake is not None and (event.late or event.status in wake.status)
    match remote.state:
        case Unproved() | Up() if wake is not None and sleepy:
            waking = Waking(since=since, until=since + wake.within, probe=event.probe)
            put = turn.put_remote(replace(remote, state=waking))
            turn.tell(put, "asleep", f"{event.probe}: {after.last}")
        case Unproved() | Up():
            _down(turn, remote, event.probe, since)
        case Waking(since=began) if not sleepy:
            _down(turn, remote, event.probe, began)
        case Recovered(outage=outage, since=recovered):
            lasted = seconds(turn.now - recovered)
            turn.tell(remote, "relapsed", f"{event.probe} fails again {lasted} after recovery")
            _go_on(turn, remote, outage)
        case _:
            pass


def _down(turn: Turn, remote: Remote, probe: str, since: float) -> None:
    outage = Outage(since=since, began=turn.now, probe=probe)
    put = turn.put_remote(replace(remote, state=Pending(outage, at=None)))
    asked = next(each for each in remote.spec.probes if each.name == probe)
    said = failed_words(asked, remote.probes[probe])
    turn.tell(put, "unreachable", f"{said}{_also(put)}")
    _go_on(turn, put, outage)


def _also(remote: Remote) -> str:
    """Which other probes pass: what still works narrows down what does not."""
    good = [each.name for each in remote.spec.probes if _is_ok(remote, each.name)]
    return f"; {', '.join(good)} still {'pass' if len(good) > 1 else 'passes'}" if good else ""


def _well(turn: Turn, remote: Remote) -> None:
    """All that is asked of it passes."""
    match remote.state:
        case Unproved():
            put = turn.put_remote(replace(remote, state=Up(since=turn.now)))
            turn.tell(put, "ready", "all of its probes pass")
        case Waking(since=since, probe=probe):
            put = turn.put_remote(replace(remote, state=Up(since=turn.now)))
            turn.tell(put, "woke", f"{probe} passes {seconds(turn.now - since)} after it was late")
        case Pending(chained=True):
            pass  # what was suspended has to be resumed, even if it still answers
        case Pending(outage=outage) | Acting(outage=outage) | Verifying(outage=outage):
            _recovered(turn, remote, outage)
        case Held(outage=outage):
            _recovered(turn, remote, outage)
        case Up() | Recovered():
            pass


def _recovered(turn: Turn, remote: Remote, outage: Outage) -> None:
    state = Recovered(outage, since=turn.now, confirm_at=turn.now + CONFIRM_AFTER)
    put = turn.put_remote(replace(remote, state=state))
    took = seconds(turn.now - outage.since)
    how = f"; done: {', '.join(outage.done)}" if outage.done else "; nothing was done"
    words = f"{outage.probe} passes again {took} after its first failure{how}"
    turn.tell(put, "recovered", words)


# -- steps -----------------------------------------------------------------------------------------


def acted(turn: Turn, event: RemoteActed) -> None:
    """A step was carried out, or could not be."""
    remote = turn.remotes.get(event.remote)
    if remote is None or remote.attempt != event.attempt or not isinstance(remote.state, Acting):
        return
    outage = remote.state.outage
    step = remote.spec.recover[outage.step]
    turn.tell(remote, "acted", f"{step.name}: {event.detail}")
    if not event.ok and not outage.failed and step.next_after is None:
        _go_on(turn, remote, replace(outage, failed=True))
    elif not event.ok and step.next_after is None:
        _go_on(turn, remote, replace(outage, step=outage.step + 1, failed=False))
    else:
        _carried_out(turn, remote, outage, step)


def _carried_out(turn: Turn, remote: Remote, outage: Outage, step: RecoveryStep) -> None:
    done = replace(outage, step=outage.step + 1, failed=False, done=(*outage.done, step.name))
    if step.next_after is not None and done.step < len(remote.spec.recover):
        state: State = Pending(done, at=turn.now + step.next_after, chained=True)
    else:
        state = Verifying(done, until=turn.now + step.verify)
    turn.put_remote(replace(remote, state=state))


def tick(turn: Turn) -> None:
    """Take what the deadlines ask for; without a keeper nothing can be carried out."""
    for remote in tuple(turn.remotes.values()):
        _move_if_due(turn, remote)


def _move(turn: Turn, remote: Remote) -> None:
    state = remote.state
    match state:
        case Waking(since=since, probe=probe):
            _down(turn, remote, probe, since)
        case Pending(outage=outage):
            _step(turn, remote, outage, state)
        case Acting(outage=outage):
            step = remote.spec.recover[outage.step]
            turn.tell(remote, "acted", f"{step.name}: nobody told how it went")
            _carried_out(turn, remote, outage, step)
        case Verifying(outage=outage):
            turn.tell(remote, "in-vain", f"{outage.probe} still fails after {outage.done[-1]}")
            _go_on(turn, remote, outage)
        case Held(outage=outage):
            _go_on(turn, remote, replace(outage, began=turn.now, step=0, failed=False))
        case Recovered(since=since):
            put = turn.put_remote(replace(remote, state=Up(since=since)))
            turn.tell(put, "confirmed", f"it has passed for {seconds(CONFIRM_AFTER)}")
        case Unproved() | Up():
            pass
        case _:  # pragma: no cover - the type checker proves this is complete
            assert_never(state)


def _step(turn: Turn, remote: Remote, outage: Outage, state: Pending) -> None:
    """Take the next step, unless something speaks against it now."""
    why = "" if state.chained else _withheld(turn, remote)
    if why:
        pending = replace(state, at=turn.now + AGAIN_AFTER, why=why)
        put = turn.put_remote(replace(remote, state=pending))
        if why != state.why:
            turn.tell(put, "withheld", why)
        return
    limits = remote.spec.limits
    recent = tuple(at for at in remote.acted if at > turn.now - limits.window)
    if not state.chained:
        if len(recent) >= limits.count:
            _hold(turn, remote, outage)
            return
        recent = (*recent, turn.now)
    step = remote.spec.recover[outage.step]
    acting = Acting(outage, until=turn.now + step.timeout + ANSWER_SLACK)
    attempt = remote.attempt + 1
    put = turn.put_remote(replace(remote, state=acting, attempt=attempt, acted=recent))
    turn.emit(Recover(remote=remote.spec.name, attempt=attempt, step=outage.step))
    turn.tell(put, "acting", step.name)


def _go_on(turn: Turn, remote: Remote, outage: Outage) -> None:
    """Set the time of the next step; hold when there is none left, and wait when none ever was."""
    steps = remote.spec.recover
    if not steps:
        turn.put_remote(replace(remote, state=Pending(outage, at=None)))
    elif outage.step >= len(steps):
        _hold(turn, remote, outage)
    else:
        last = max(remote.acted, default=None)
        earliest = turn.now if last is None else last + remote.spec.limits.gap
        at = max(turn.now, outage.began + steps[outage.step].after, earliest)
        put = turn.put_remote(replace(remote, state=Pending(outage, at=at)))
        _move_if_due(turn, put)


def _move_if_due(turn: Turn, remote: Remote) -> None:
    at = due(remote)
    if at is not None and at <= turn.now and turn.keeper:
        _move(turn, remote)


def _hold(turn: Turn, remote: Remote, outage: Outage) -> None:
    limits = remote.spec.limits
    tried = f"{outage.probe} still fails; done: {', '.join(outage.done) or 'nothing'}"
    if outage.holds >= limits.tries:
        put = turn.put_remote(replace(remote, state=Held(outage, until=None)))
        turn.tell(put, "failed", f"{tried}; a person has to look at it")
        return
    held = Held(replace(outage, holds=outage.holds + 1), until=turn.now + limits.hold)
    put = turn.put_remote(replace(remote, state=held))
    turn.tell(put, "held", f"{tried}; again in {seconds(limits.hold)}")


def _withheld(turn: Turn, remote: Remote) -> str:
    """Why nothing may be done for it now; empty if nothing speaks against it."""
    if turn.shutdown is not None:
        return "usher is shutting down"
    for name in remote.spec.depends_on:
        need = turn.remotes.get(name)
        if need is None:
            continue
        if isinstance(need.state, Waking) or outage_of(need) is not None:
            return f"{name}, which it depends on, is not well either"
        if isinstance(need.state, Recovered) and turn.now < need.state.since + AFTER_NEED:
            return f"{name}, which it depends on, has just come back"
    others = [each for each in turn.remotes.values() if each is not remote]
    outages = [outage_of(each) for each in turn.remotes.values()]
    return brake.reason(
        [each.since for each in outages if each is not None],
        watched=len(turn.remotes),
        now=turn.now,
        helped=next((each.spec.name for each in others if _is_helped(each)), ""),
    )


def _is_helped(remote: Remote) -> bool:
    return isinstance(remote.state, Acting | Verifying)


def keeper_back(turn: Turn) -> None:
    """Ask anew. Nobody told what became of a step that was under way: look whether it helped."""
    for remote in tuple(turn.remotes.values()):
        turn.emit(Watch(remote=remote.spec.name, run=remote.run))
        match remote.state:
            case Acting(outage=outage):
                step = remote.spec.recover[outage.step]
                _carried_out(turn, remote, outage, step)
            case Verifying(outage=outage):
                step = remote.spec.recover[outage.step - 1]
                state = Verifying(outage, until=turn.now + step.verify)
                turn.put_remote(replace(remote, state=state))
            case _:
                pass


# -- questions -------------------------------------------------------------------------------------


def due(remote: Remote) -> float | None:
    """Its deadline on the boot clock; None if nothing is timed."""
    state = remote.state
    match state:
        case Waking(until=at) | Acting(until=at) | Verifying(until=at) | Held(until=at):
            return at
        case Pending(at=at) | Recovered(confirm_at=at):
            return at
        case Unproved() | Up():
            return None
        case _:  # pragma: no cover - the type checker proves this is complete
            assert_never(state)


def probe_named(spec: RemoteSpec, name: str) -> ProbeSpec | None:
    """The probe of this name."""
    return next((probe for probe in spec.probes if probe.name == name), None)


def interval(remote: Remote, name: str) -> float:
    """Seconds from the start of one question to the next: short while something is found out."""
    probe = probe_named(remote.spec, name)
    if probe is None:
        raise KeyError(f"cannot find probe {name!r} of {remote.spec.name}")
    answers = remote.probes.get(name)
    doubtful = answers is not None and (answers.failing or not answers.ok)
    return probe.confirm_interval if doubtful else probe.interval


def outage_of(remote: Remote) -> Outage | None:
    """Its outage, until it has recovered."""
    match remote.state:
        case Pending(outage=outage) | Acting(outage=outage) | Verifying(outage=outage):
            return outage
        case Held(outage=outage):
            return outage
        case _:
            return None


def _passes(remote: Remote) -> bool:
    """Whether no probe that accuses the remote itself fails, or was never asked.

    All of them prove it once; from then on one that never passed only says that it asks wrongly.
    """
    own = [probe.name for probe in _deciding(remote.spec)]
    if not isinstance(remote.state, Unproved):
        own = [name for name in own if remote.probes.get(name, ProbeCount()).passed_ever]
    return all(_is_ok(remote, name) for name in own)


def _deciding(spec: RemoteSpec) -> tuple[ProbeSpec, ...]:
    """Probes that say whether it is up: its own, or all where none accuses the remote itself."""
    return tuple(each for each in spec.probes if each.scope == "self") or spec.probes


def _is_ok(remote: Remote, name: str) -> bool:
    answers = remote.probes.get(name)
    return answers is not None and answers.ok is True and not answers.failing
