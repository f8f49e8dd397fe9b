"""What follows when trouble lasts: timers that a definition may set (spec/operations.md A.3.15).

usher helps at once, and without these timers nothing here happens. A team whose instructions say
"look for some minutes, restart after 5, compare the environment after 10, then call somebody" sets
them.

Trouble begins with the first failure of what shall run, whatever it is: a failing answer, the end
of its process, a start that was not ready in time. It lasts until the instance has been ready for
`stable_after`: whoever comes up for a moment between two crashes is in the same trouble, and steps
are taken while it is down. What is caused by something it depends on is no trouble of its own: it
is told of there, restarts are suspended (spec/usher.md D5), and counting begins when that is back.
"""

from collections.abc import Sequence
from typing import TypeAlias

from usher.model.phase import (
    Draining,
    Exited,
    Failed,
    Held,
    Inactive,
    Running,
    Stopping,
    Waiting,
)
from usher.model.spec import ProbeSpec, RestartPolicy
from usher.model.world import Escalation, Instance, Recovered
from usher.policy import lifecycle
from usher.policy.needs import unfulfilled
from usher.policy.turn import Turn, is_unprovable, replace
from usher.policy.words import Word, count, seconds

Step: TypeAlias = tuple[Word, float]
"""What is told, and after how many seconds of trouble."""

_FAILURES = ("timeout", "probe")
"""Why a run is ended that failed; the other reasons are intended."""


def too_early(turn: Turn, instance: Instance, probe: ProbeSpec) -> str:
    """Why help has to wait for its time; empty if it need not."""
    after = turn.spec(instance).restart.replace_after
    since = _begin(turn, instance)
    lasted = 0.0 if since is None else turn.now - since
    if lasted >= after:
        return ""
    return f"{probe.name} fails for {seconds(lasted)}, and help begins after {seconds(after)}"


def watch(turn: Turn, instance: Instance) -> None:
    """Count from the begin of trouble, take each step once when its time has come, and forget.

    Looked at whenever anything of the instance, or of what it depends on, has changed.
    """
    steps = _steps(turn.spec(instance).restart)
    known = instance.escalation
    if not steps or _is_in_lull(instance) or (known is None and not _has_failed(instance)):
        return
    after = None if _is_over(turn, instance) else _lasting(turn, instance, known, steps)
    if after == known:
        return
    put = turn.put(replace(instance, escalation=after))
    if after is not None:
        before = () if known is None else known.taken
        for word, _ in (step for step in steps if step[0] in after.taken[len(before) :]):
            turn.say(put, word, _words(word, put, turn.now - after.since))


def _is_over(turn: Turn, instance: Instance) -> bool:
    """It lasts again, nobody wants it, or it is replaced on purpose: that begins anew."""
    service = turn.services[instance.key.service]
    if service.want == "down" or instance.parked or not lifecycle.is_member(service, instance):
        return True
    match instance.phase:
        case Inactive() | Exited():
            return True
        case Draining(why=why) | Stopping(why=why):
            return why not in _FAILURES
        case Running(ready=ready):
            return ready
        case _:
            return False


def _is_in_lull(instance: Instance) -> bool:
    """Ready, and not for so long that what was counted is forgotten (rule 8)."""
    phase = instance.phase
    return isinstance(phase, Running) and phase.ready and phase.stable_at is not None


def _has_failed(instance: Instance) -> bool:
    """Whether trouble begins; a start that takes its time is none.

    What ended may be started again within the same step: that it did, is counted.
    """
    match instance.phase:
        case Held() | Failed():
            return True
        case Draining(why=why) | Stopping(why=why):
            return why in _FAILURES
        case Running(ready=ready):
            return not ready
        case _:
            return instance.history.attempt > 0 or is_unprovable(instance)


def _depends(turn: Turn, instance: Instance) -> bool:
    """Whether what it depends on is why: that is told of as such, and nothing cures it here."""
    spec, phase = turn.spec(instance), instance.phase
    if isinstance(phase, Held) and phase.fault is not None and phase.fault.restart == "wait":
        return True
    if isinstance(phase, Waiting) and phase.outside is not None and phase.outside.missing:
        return True
    answers = [instance.probes.get(each.name) for each in spec.probes if each.scope == "dependency"]
    fails = any(each is not None and each.failing for each in answers)
    return fails or bool(unfulfilled(turn.services, spec))


def _lasting(
    turn: Turn, instance: Instance, known: Escalation | None, steps: Sequence[Step]
) -> Escalation:
    """How far it is: the steps that are due are taken, and when the next is, is known."""
    if _depends(turn, instance):
        return replace(known or Escalation(turn.now), due=None)
    if known is None:
        since, taken = _begin(turn, instance), ()
        since = turn.now if since is None else since
    else:
        # What it depends on is back: from now on the trouble is its own.
        is_back = known.due is None and len(known.taken) < len(steps)
        since, taken = turn.now if is_back else known.since, known.taken
    left = [(word, since + after) for word, after in steps if word not in taken]
    taken = (*taken, *(word for word, at in left if at <= turn.now))
    return Escalation(since, taken, min((at for _, at in left if at > turn.now), default=None))


def _steps(policy: RestartPolicy) -> list[Step]:
    """The steps that are set, in the order in which they are due."""
    timed: list[tuple[Word, float | None]] = [
        ("env-check", policy.check_env_after),
        ("escalated", policy.escalate_after),
    ]
    due: list[tuple[Word, float]] = [(word, after) for word, after in timed if after is not None]
    return sorted(due, key=lambda step: step[1])


def _begin(turn: Turn, instance: Instance) -> float | None:
    """When the present trouble began: the incident's first failure, or that of a failing probe."""
    incident = instance.incident
    names = [probe.name for probe in turn.spec(instance).probes if probe.scope == "self"]
    rows = [instance.probes[name] for name in names if name in instance.probes]
    failing = [row.failed_since for row in rows if row.failing and row.failed_since is not None]
    if incident is None or (isinstance(incident.stage, Recovered) and not failing):
        return min(failing, default=None)
    return incident.since


def _words(word: Word, instance: Instance, lasted: float) -> str:
    trouble = f"in trouble for {seconds(lasted)}"
    if word == "env-check":
        return f"{trouble}: its variables are compared with their sources"
    replaced, attempts = len(instance.history.replaced), instance.history.attempt
    if replaced:
        trouble += f", after {count(replaced, 'replacement')}"
    elif attempts:
        trouble += f", after {count(attempts, 'restart')}"
    return f"{trouble}: a person has to look at it"
