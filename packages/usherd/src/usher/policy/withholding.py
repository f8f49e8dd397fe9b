"""When nothing is done about an instance that does not answer: a restart would not help, or harm.

It is asked again with every failing answer, so what is withheld now is done when the reason is
gone. A reason is a sentence for people.
"""

from collections.abc import Iterator

from usher.model.phase import Backoff, Live, Running, Waiting
from usher.model.spec import ProbeSpec, RestartPolicy, ServiceSpec
from usher.model.world import Continued, Evidence, History, Instance, Recovered, Replacing, Service
from usher.policy import brake, escalation, rollout
from usher.policy.needs import unfulfilled, unfulfilled_words
from usher.policy.turn import Turn, instances, is_candidate, is_ready
from usher.policy.words import count, seconds

AFTER_DEPENDENCY = 30.0
"""Seconds that an app is given to recover by itself when what it depends on is back (A.2.6)."""


def withheld(turn: Turn, instance: Instance, probe: ProbeSpec) -> str:
    """Why nothing may be done to this instance now; empty if nothing speaks against it."""
    if not turn.keeper:
        return "nobody can signal it at the moment"
    service = turn.services[instance.key.service]
    if is_candidate(service, instance):
        return "its generation is on trial"
    if rollout.is_active(service):
        return "a reload of it is under way"
    return (
        _wrongly_asked(instance, probe)
        or _dependency_fails(turn, instance, probe)
        or escalation.too_early(turn, instance, probe)
        or _too_often(turn, instance)
        or _others(turn, instance)
    )


def recently_replaced(policy: RestartPolicy, history: History, now: float) -> tuple[float, ...]:
    """Instants of replacements for a failing probe that count against the next one."""
    return tuple(at for at in history.replaced if at > now - policy.replace_window)


def _wrongly_asked(instance: Instance, probe: ProbeSpec) -> str:
    answers = instance.probes.get(probe.name)
    return "" if answers is None else answers.wrong


def _dependency_fails(turn: Turn, instance: Instance, accusing: ProbeSpec) -> str:
    """A restart does not cure what a dependency causes (design 2.6.2), nor is one needed yet.

    Both fail at the same time, and which is seen first is chance: so a dependency must have
    answered well since the instance fails.
    """
    spec = turn.spec(instance)
    missing = unfulfilled(turn.services, spec)
    if missing:
        return unfulfilled_words(missing)
    failed_since = instance.probes[accusing.name].failed_since or turn.now
    for probe in spec.probes:
        answers = instance.probes.get(probe.name)
        if probe.scope != "dependency" or answers is None or not answers.passed_ever:
            continue
        if answers.certificate:
            continue  # it is there: one that runs out is no outage
        if not answers.ok or answers.failing:
            return f"what it depends on fails: {probe.name}: {answers.last}"
        if answers.at < failed_since:
            return f"what it depends on was not asked since: {probe.name}"
    back_at = max(_returns(turn, spec, instance), default=None)
    if back_at is None or turn.now >= back_at + AFTER_DEPENDENCY:
        return ""
    ago = seconds(turn.now - back_at)
    return f"what it depends on is back for {ago} only; it may recover by itself"


def _returns(turn: Turn, spec: ServiceSpec, instance: Instance) -> Iterator[float]:
    """Instants at which something that it depends on came back while this run lived."""
    for probe in spec.probes:
        answers = instance.probes.get(probe.name)
        if probe.scope == "dependency" and answers is not None and answers.back_at is not None:
            yield answers.back_at
    born = _born(instance)
    for need in spec.depends_on:
        service = turn.services.get(need.name)
        for each in instances(service) if service is not None else ():
            if is_ready(each) and _born(each) > born:
                yield _born(each)
            if each.incident is not None and isinstance(each.incident.stage, Recovered):
                yield each.incident.stage.since


def _born(instance: Instance) -> float:
    phase = instance.phase
    return phase.process.since if isinstance(phase, Running) else 0.0


def _too_often(turn: Turn, instance: Instance) -> str:
    policy = turn.spec(instance).restart
    recent = recently_replaced(policy, instance.history, turn.now)
    if not recent:
        return ""
    since = turn.now - recent[-1]
    if since < policy.replace_gap:
        return f"it was replaced {seconds(since)} ago, and is given {seconds(policy.replace_gap)}"
    return used_up(turn, instance)


def used_up(turn: Turn, instance: Instance) -> str:
    """That it was replaced as often as is allowed, in words; empty if it was not."""
    policy = turn.spec(instance).restart
    recent = recently_replaced(policy, instance.history, turn.now)
    if len(recent) < policy.replace_count:
        return ""
    often = f"{count(len(recent), 'replacement')} within {seconds(policy.replace_window)}"
    return f"{often} did not help: find out why it fails, or restart it by hand"


def _others(turn: Turn, instance: Instance) -> str:
    """One instance of a service at a time, and no mass restart for what all of them share."""
    own = turn.services[instance.key.service]
    members = [each for each in instances(own) if each.key != instance.key]
    busy = next((each for each in members if _in_recovery(each)), None)
    if busy is not None:
        return f"{busy.key} is being recovered first"
    troubles = [since for each in turn.services.values() if (since := _failing_since(each))]
    return brake.reason(
        troubles,
        watched=sum(_is_watched(each) for each in turn.services.values()),
        now=turn.now,
        helped=next((each.spec.name for each in turn.services.values() if _is_helped(each)), ""),
    )


def _in_recovery(instance: Instance) -> bool:
    """Whether a rung is under way that will end by itself."""
    stage = None if instance.incident is None else instance.incident.stage
    moving = isinstance(instance.phase, Live | Waiting | Backoff)
    return moving and isinstance(stage, Evidence | Continued | Replacing)


def _is_helped(service: Service) -> bool:
    return any(_in_recovery(each) for each in instances(service))


def _is_watched(service: Service) -> bool:
    """Whether it could be seen to fail: it is up, and somebody asks it."""
    return service.want == "up" and any(probe.scope == "self" for probe in service.spec.probes)


def _failing_since(service: Service) -> float | None:
    """Since when any of its instances fails or is being replaced; None: none is."""
    since = [
        each.incident.since
        for each in instances(service)
        if each.incident is not None and not isinstance(each.incident.stage, Recovered)
    ]
    for each in instances(service):
        if isinstance(each.phase, Running) and not each.phase.ready:
            failing = [answers for answers in each.probes.values() if answers.failing]
            since += [row.failed_since for row in failing if row.failed_since is not None]
    return min(since, default=None)
