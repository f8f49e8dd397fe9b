"""What a service needs and usher does not run: asked before each start, with bounded patience.

The instance waits, and asks again and again, until all of it is there: nothing would be won by
giving up on a database that comes up later than we do. Only those who wait for the instance are
told after `patience` how it stands, and a new generation that cannot be proved is rejected.
"""

from usher.model.actions import AskExternals
from usher.model.phase import Failed, Outside, Waiting
from usher.model.world import Instance
from usher.policy.turn import Turn, is_candidate, replace


def are_there(turn: Turn, instance: Instance, phase: Waiting) -> bool:
    """Whether all of it answered; else it is asked as soon as it is time for that."""
    needed = turn.spec(instance).externals
    outside = phase.outside
    if not needed or (outside is not None and outside.there):
        return True
    if outside is None:
        over_at = turn.now + max(each.patience for each in needed)
        _ask(turn, instance, phase, Outside(over_at=over_at))
    elif outside.over_at is not None and outside.over_at <= turn.now:
        _over(turn, instance, phase, outside)
    elif outside.ask_at is not None and outside.ask_at <= turn.now:
        _ask(turn, instance, phase, outside)
    return False


def seen(turn: Turn, instance: Instance, missing: tuple[str, ...]) -> None:
    """Take the answers; what was missing already is not told again."""
    phase = instance.phase
    if not isinstance(phase, Waiting) or phase.outside is None:
        return
    before = phase.outside
    again = turn.now + min(each.interval for each in turn.spec(instance).externals)
    outside = replace(before, missing=missing, there=not missing, ask_at=again if missing else None)
    waiting = turn.put(replace(instance, phase=replace(phase, outside=outside)))
    if missing and not before.missing:
        turn.say(waiting, "waiting", words(missing))


def ask_again(turn: Turn, instance: Instance, phase: Waiting) -> None:
    """Who was asked to ask may be gone: ask anew."""
    if phase.outside is not None and not phase.outside.there:
        outside = replace(phase.outside, ask_at=turn.now)
        turn.put(replace(instance, phase=replace(phase, outside=outside)))


def not_now(turn: Turn, instance: Instance, phase: Waiting) -> None:
    """Something else is missing: all of this is asked when that is there."""
    if phase.outside is not None:
        turn.put(replace(instance, phase=replace(phase, outside=None)))


def is_overdue(instance: Instance) -> bool:
    """Whether nobody should wait any longer for the instance, though it waits itself."""
    phase = instance.phase
    outside = phase.outside if isinstance(phase, Waiting) else None
    return outside is not None and not outside.there and outside.over_at is None


def words(missing: tuple[str, ...]) -> str:
    """`waiting for external db (cannot connect ...)`, for people."""
    return f"waiting for external {' and '.join(missing)}"


def overdue_words(instance: Instance) -> str:
    """Say why nobody should wait any longer."""
    phase = instance.phase
    outside = phase.outside if isinstance(phase, Waiting) else None
    missing = () if outside is None else outside.missing
    return f"{instance.key} is {words(missing)}; it starts when that answers"


def _ask(turn: Turn, instance: Instance, phase: Waiting, outside: Outside) -> None:
    asked = replace(phase, outside=replace(outside, ask_at=None))
    turn.put(replace(instance, phase=asked))
    turn.emit(AskExternals(key=instance.key, run=instance.run))


def _over(turn: Turn, instance: Instance, phase: Waiting, outside: Outside) -> None:
    missing = outside.missing or tuple(each.name for each in turn.spec(instance).externals)
    if is_candidate(turn.services[instance.key.service], instance):
        history = replace(instance.history, result="external", detail=words(missing))
        turn.put(replace(instance, phase=Failed(result="external"), history=history))
        return
    late = replace(outside, over_at=None, missing=missing)
    turn.put(replace(instance, phase=replace(phase, outside=late)))
