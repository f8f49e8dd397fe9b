"""What follows when trouble lasts: timers that a definition may set (spec/operations.md A.3.15).

usher helps at once, and without these timers nothing here happens. A team whose instructions say
"look for some minutes, restart after 5, compare the environment after 10, then call somebody" sets
them, and everything is counted from the first failing answer. No deadline is armed: a probe that
fails is asked every few seconds, and each answer is a moment to look at the time.
"""

from usher.model.spec import ProbeSpec, RestartPolicy
from usher.model.world import Escalation, Instance, Recovered
from usher.policy.turn import Turn, replace
from usher.policy.words import Word, count, seconds


def too_early(turn: Turn, instance: Instance, probe: ProbeSpec) -> str:
    """Why help has to wait for its time; empty if it need not."""
    after = turn.spec(instance).restart.replace_after
    since = _begin(turn, instance)
    lasted = 0.0 if since is None else turn.now - since
    if lasted >= after:
        return ""
    return f"{probe.name} fails for {seconds(lasted)}, and help begins after {seconds(after)}"


def consider(turn: Turn, instance: Instance) -> Instance:
    """A probe of scope `self` failed: take the steps whose time has come, each once."""
    since = _begin(turn, instance)
    if since is None:
        return instance
    known = instance.escalation
    taken = known.taken if known is not None and known.since == since else ()
    for word, after in _steps(turn.spec(instance).restart):
        if word not in taken and turn.now >= since + after:
            taken = (*taken, word)
            instance = turn.put(replace(instance, escalation=Escalation(since, taken)))
            turn.say(instance, word, _words(word, instance, turn.now - since))
    return instance


def _steps(policy: RestartPolicy) -> list[tuple[Word, float]]:
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
    if word == "env-check":
        return f"in trouble for {seconds(lasted)}: its variables are compared with their sources"
    replaced = count(len(instance.history.replaced), "replacement")
    return f"in trouble for {seconds(lasted)}, after {replaced}: a person has to look at it"
