"""What no restart cures: an instance is held until its obstacle is gone (design 2.6.2).

The first death is answered by a start, whatever caused it: words can deceive, and most first
deaths are the only ones. From the second on the start waits a moment (restart.DIAGNOSIS_PATIENCE)
for what the run left behind to be examined. A fault that a start only repeats holds the instance;
one of a dependency holds it as soon as that is known, and its deaths do not count. An obstacle that
can be looked at is looked at again and again, and the instance starts by itself when it is gone.
"""

from typing import Final

from usher.model.actions import Recheck
from usher.model.events import Examined, Rechecked
from usher.model.fault import Fault
from usher.model.phase import Backoff, Held
from usher.model.spec import RestartPolicy
from usher.model.world import History, Instance
from usher.policy import lifecycle
from usher.policy.turn import Turn, replace
from usher.policy.words import seconds

BLIND_STARTS: Final = 1
"""Starts that are tried although a fault says that they are in vain."""

RECHECK: Final = 10.0
"""Seconds from one look at an obstacle to the next."""

POLL: Final = 2.0
"""The same where a dependency has to come back: others may be waiting for us."""


def seen(turn: Turn, instance: Instance, event: Examined | Rechecked) -> None:
    """Take what was found out about the end of the run, or about the obstacle since."""
    match instance.phase, event:
        case Backoff() as phase, Examined(fault=fault):
            _examined(turn, instance, phase, fault)
        case Held() as phase, Rechecked():
            _rechecked(turn, instance, phase, event)
        case _:
            pass


def _examined(turn: Turn, instance: Instance, phase: Backoff, fault: Fault | None) -> None:
    """Why the run ended is known, or will not be: hold the instance, or go on as decided."""
    if fault is not None and _holds(turn.spec(instance).restart, instance.history, fault):
        _hold(turn, instance, phase, fault)
    elif phase.least is not None:
        at = max(phase.least, turn.now)
        turn.put(replace(instance, phase=replace(phase, until=at, least=None)))


def due(turn: Turn, instance: Instance, phase: Held) -> None:
    """The pause of a hold is over: look whether the obstacle is gone, or simply try again."""
    if phase.fault is None:
        lifecycle.start_again(turn, instance)
    elif phase.fault.obstacle is not None:
        turn.put(replace(instance, phase=replace(phase, recheck_at=None)))
        turn.emit(Recheck(instance.key, instance.run, phase.fault.obstacle))


def _rechecked(turn: Turn, instance: Instance, phase: Held, event: Rechecked) -> None:
    if phase.fault is None or phase.recheck_at is not None:
        return
    if event.gone:
        turn.say(instance, "unblocked", event.seen)
        lifecycle.start_again(turn, instance)
    else:
        again = turn.now + interval(phase.fault)
        turn.put(replace(instance, phase=replace(phase, recheck_at=again)))


def ask_again(turn: Turn, instance: Instance, phase: Held) -> None:
    """Who was asked to look may be gone: ask anew."""
    if phase.fault is not None and phase.fault.obstacle is not None and phase.recheck_at is None:
        turn.put(replace(instance, phase=replace(phase, recheck_at=turn.now)))


def interval(fault: Fault) -> float:
    """Seconds from one look at its obstacle to the next."""
    return POLL if fault.restart == "wait" else RECHECK


def words(fault: Fault) -> str:
    """`blocked: net.port_in_use (the line): ...`, and what happens next, for people."""
    told = f"blocked: {fault.id} ({fault.evidence})"
    if fault.obstacle is None:
        return f"{told}: a restart does not help; {fault.remedy}, then start it"
    look = f"{fault.obstacle}, looked at again every {seconds(interval(fault))}"
    return f"{told}: a restart does not help; {look}; what helps: {fault.remedy}"


def _holds(policy: RestartPolicy, history: History, fault: Fault) -> bool:
    if not policy.heeds_cause:
        return False
    if fault.restart == "wait":
        return fault.obstacle is not None
    return fault.restart == "no" and history.attempt > BLIND_STARTS


def _hold(turn: Turn, instance: Instance, phase: Backoff, fault: Fault) -> None:
    look_at = None if fault.obstacle is None else turn.now + interval(fault)
    history = instance.history
    held = Held(cause=phase.result, recheck_at=look_at, tries=history.tries, fault=fault)
    history = replace(history, detail=f"{history.detail}; {words(fault)}")
    put = turn.put(replace(instance, phase=held, history=history, incident=None))
    turn.say(put, "held", history.detail)
