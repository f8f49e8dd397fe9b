"""When an instance needs attention next: by its phase, its incident, and trouble that lasts.

There are no timers. A deadline is a fact about the state, and what it leads to is a
state-triggered transition like any other (settle.py), taken when `now` has reached it.
"""

from typing import assert_never

from usher.model.phase import (
    Backoff,
    Checking,
    Draining,
    Exited,
    Failed,
    Held,
    Inactive,
    Outside,
    Running,
    Starting,
    Stopping,
    Waiting,
)
from usher.model.world import Continued, Evidence, Instance, Recovered, Spared


def due(instance: Instance) -> float | None:
    """The soonest deadline of this instance on the boot clock; None if nothing is timed."""
    return _sooner(_phase_due(instance), _step_due(instance))


def _phase_due(instance: Instance) -> float | None:
    phase = instance.phase
    match phase:
        case Running(stable_at=stable_at, trial=trial):
            tried = None if trial is None else trial.until
            return _sooner(_sooner(stable_at, tried), _stage_due(instance))
        case Starting(process=None):
            # The spawn is not answered; there is nothing yet that we could lose patience with.
            return None
        case Starting(deadline=deadline, alive_at=alive_at):
            return _sooner(deadline, alive_at)
        case Draining(until=until) | Backoff(until=until):
            return until
        case Stopping(deadline=deadline):
            return deadline
        case Held(recheck_at=recheck_at):
            return recheck_at
        case Waiting(outside=Outside(there=False, ask_at=ask_at, over_at=over_at)):
            return _sooner(ask_at, over_at)
        case Inactive() | Waiting() | Checking() | Exited() | Failed():
            return None
        case _:  # pragma: no cover - the type checker proves this is complete
            assert_never(phase)


def _stage_due(instance: Instance) -> float | None:
    """Recovery is timed only while the run it looks after is running."""
    match instance.incident and instance.incident.stage:
        case Evidence(until=at) | Continued(until=at) | Spared(until=at):
            return at
        case Recovered(confirm_at=at):
            return at
        case _:
            return None


def _step_due(instance: Instance) -> float | None:
    """Trouble escalates while the instance is not ready."""
    if instance.escalation is None or (
        isinstance(instance.phase, Running) and instance.phase.ready
    ):
        return None
    return instance.escalation.due


def _sooner(one: float | None, other: float | None) -> float | None:
    if one is None or other is None:
        return one if other is None else other
    return min(one, other)
