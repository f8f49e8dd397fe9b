"""The recovery ladder: what is done about an instance that runs and does not answer.

Evidence first, then the rung that fits: a stopped process is continued, once; anything else, or
whatever was continued in vain, is replaced. Every rung is verified by the probe that failed:
`recovered` when it passes `passes` times, `confirmed` when that lasts. A relapse before that is
the same incident and goes on with the next rung. Replacing again and again is bounded by the
restart budget (restart.py), which ends in `held`, and by its own (withholding.py).
"""

from usher.model.actions import CollectEvidence, Signal
from usher.model.events import Diagnosed
from usher.model.spec import ProbeSpec
from usher.model.world import (
    Continued,
    Evidence,
    Incident,
    Instance,
    ProbeCount,
    Recovered,
    Replacing,
    Spared,
)
from usher.policy import lifecycle
from usher.policy.probed import ACCEPT_QUEUE, probe_named
from usher.policy.turn import Turn, replace
from usher.policy.withholding import recently_replaced, used_up, withheld
from usher.policy.words import seconds

EVIDENCE_PATIENCE = 3.0
"""Seconds to wait for somebody to look at the process."""

CONFIRM_AFTER = 60.0
"""Seconds that a recovery must last (design 2.3)."""

SPARED_PAUSE = 30.0
"""Seconds until a process that a debugger holds is looked at again."""

VERIFY_SLACK = 1.0
"""Seconds beyond the time that the passing answers themselves need."""

SIGCONT = 18


def pursue(turn: Turn, instance: Instance, probe: ProbeSpec, *, newly: bool) -> None:
    """A probe of scope `self` is failing: open an incident, or go on with it after a relapse.

    Called for every failing answer, so what is withheld now is considered again soon.
    """
    incident = instance.incident
    if incident is not None and isinstance(incident.stage, Evidence | Continued | Spared):
        return
    reason = withheld(turn, instance, probe)
    if reason:
        if newly:
            turn.say(instance, "withheld", reason)
        if incident is not None and not incident.exhausted and reason == used_up(turn, instance):
            put = turn.put(replace(instance, incident=replace(incident, exhausted=True)))
            turn.say(put, "exhausted", reason)
        return
    count = instance.probes[probe.name]
    if incident is None:
        since = turn.now if count.failed_since is None else count.failed_since
        incident = Incident(probe=probe.name, since=since, stage=Evidence(until=turn.now))
    else:
        if isinstance(incident.stage, Recovered):
            lasted = seconds(turn.now - incident.stage.since)
            turn.say(instance, "relapsed", f"{probe.name} fails again {lasted} after recovery")
        incident = replace(incident, probe=probe.name)
    collect(turn, instance, incident)


def collect(turn: Turn, instance: Instance, incident: Incident) -> None:
    """Have the process looked at before anything is done to it."""
    stage = Evidence(until=turn.now + EVIDENCE_PATIENCE)
    turn.put(replace(instance, incident=replace(incident, stage=stage)))
    turn.emit(CollectEvidence(key=instance.key, run=instance.run, probe=incident.probe))


def diagnosed(turn: Turn, instance: Instance, event: Diagnosed) -> None:
    """Somebody looked at the process: take the rung that fits."""
    incident = instance.incident
    if incident is None or not isinstance(incident.stage, Evidence) or not turn.keeper:
        return
    words = event.state + (f": {event.cause}" if event.cause else "")
    incident = replace(incident, cause=words)
    instance = turn.put(replace(instance, incident=incident))
    turn.say(instance, "evidence", f"the process is {words}")
    if event.state == "traced":
        spared = replace(incident, stage=Spared(until=turn.now + SPARED_PAUSE))
        put = turn.put(replace(instance, incident=spared))
        turn.say(put, "traced", f"left alone, looked at again in {seconds(SPARED_PAUSE)}")
    elif event.state == "stopped" and not incident.continued:
        _continue(turn, instance, incident)
    elif event.state != "gone":
        _replace(turn, instance, incident)
    # gone: its end is about to be reported, and ends the run; if not, the deadline goes on.


def next_rung(turn: Turn, instance: Instance, incident: Incident) -> None:
    """The deadline of a stage has come."""
    match incident.stage:
        case Recovered(confirm_at=at) if at <= turn.now and _fails(instance, incident):
            stage = replace(incident.stage, confirm_at=turn.now + CONFIRM_AFTER)
            turn.put(replace(instance, incident=replace(incident, stage=stage)))
        case Recovered(confirm_at=at) if at <= turn.now:
            put = turn.put(replace(instance, incident=None))
            turn.say(put, "confirmed", f"{incident.probe} has passed for {seconds(CONFIRM_AFTER)}")
        case Spared(until=at) if at <= turn.now:
            collect(turn, instance, incident)
        case Evidence(until=at) | Continued(until=at) if at <= turn.now:
            _replace(turn, instance, incident)
        case _:
            pass


def verified(turn: Turn, instance: Instance, probe: ProbeSpec, before: ProbeCount) -> None:
    """The probe passed as often as asked for: if it was the one that failed, that is recovery."""
    incident = instance.incident
    if incident is None:
        if before.failing:
            turn.say(instance, "recovered", f"{probe.name} passes again; nothing was done")
        return
    if incident.probe != probe.name:
        return
    if isinstance(incident.stage, Recovered) and not before.failing:
        return
    stage = Recovered(since=turn.now, confirm_at=turn.now + CONFIRM_AFTER)
    instance = turn.put(replace(instance, incident=replace(incident, stage=stage)))
    took = seconds(turn.now - incident.since)
    turn.say(instance, "recovered", f"{probe.name} passes again {took} after its first failure")


def _fails(instance: Instance, incident: Incident) -> bool:
    """Whether it has failed again, and nothing may be done about that yet."""
    answers = instance.probes.get(incident.probe)
    return answers is not None and answers.failing


# -- the rungs -------------------------------------------------------------------------------------


def await_continued(turn: Turn, instance: Instance, incident: Incident) -> Instance:
    """Give the continued process the time that the passing answers take."""
    probe = probe_named(turn.spec(instance), incident.probe) or ACCEPT_QUEUE
    patience = probe.passes * (probe.confirm_interval + probe.timeout) + VERIFY_SLACK
    stage = Continued(until=turn.now + patience)
    return turn.put(replace(instance, incident=replace(incident, stage=stage, continued=True)))


def _continue(turn: Turn, instance: Instance, incident: Incident) -> None:
    """SIGCONT to the group: whoever stopped the process may have stopped its children as well."""
    put = await_continued(turn, instance, incident)
    turn.emit(Signal(key=instance.key, run=instance.run, signal=SIGCONT, scope="group"))
    turn.say(put, "continued", f"SIGCONT was sent; {incident.probe} must pass again")


def _replace(turn: Turn, instance: Instance, incident: Incident) -> None:
    cause = f" (the process is {incident.cause})" if incident.cause else ""
    policy, history = turn.spec(instance).restart, instance.history
    replaced = (*recently_replaced(policy, history, turn.now), turn.now)
    instance = replace(instance, history=replace(history, replaced=replaced))
    incident = replace(incident, stage=Replacing(), exhausted=False)
    put = turn.put(replace(instance, incident=incident))
    turn.say(put, "replaced", f"{incident.probe} fails{cause}")
    lifecycle.begin_stop(turn, put, "probe")
