"""Probe answers are counted here, not in the prober: thresholds are decisions.

`count_answer` is the arithmetic; `answered` draws the conclusions for one instance.
"""

from urllib.parse import urlsplit

from usher.model.events import ProbeResult, RemoteAnswered
from usher.model.phase import Running, Starting
from usher.model.spec import ProbeReady, ProbeSpec, ServiceSpec
from usher.model.target import HttpTarget, Target, WebSocketTarget
from usher.model.world import Instance, ProbeCount
from usher.policy import lifecycle, recovery
from usher.policy.probed import first_count, probe_named
from usher.policy.turn import READY_PROBE, Turn, replace
from usher.policy.words import count

WRONG_QUESTION = (401, 403, 404)
"""Statuses that say that the question is wrong, which no restart makes right."""


def count_answer(
    before: ProbeCount, probe: ProbeSpec, event: ProbeResult | RemoteAnswered, now: float
) -> ProbeCount:
    """One more answer. A probe that never passed is not failing but useless (`passed_ever`)."""
    ok = event.ok
    in_row = before.in_row + 1 if before.ok is ok else 1
    passed_ever = before.passed_ever or ok
    failing = before.failing
    if ok and in_row >= probe.passes:
        failing = False
    elif not ok and in_row >= probe.failures:
        failing = passed_ever
    failed_since = before.failed_since
    if not ok and in_row == 1 and not failing:
        failed_since = now
    elif ok and not failing:
        failed_since = None
    return ProbeCount(
        ok=ok,
        in_row=in_row,
        failing=failing,
        failed_since=failed_since,
        passed_ever=passed_ever,
        last=event.detail,
        at=now,
        status=event.status if isinstance(event, ProbeResult) else None,
        wrong="" if ok else _wrong(event),
        back_at=now if before.failing and not failing else before.back_at,
    )


def _wrong(event: ProbeResult | RemoteAnswered) -> str:
    """Whether the answer accuses the question (spec/operations.md A.2.5)."""
    if isinstance(event, RemoteAnswered):
        return ""  # a platform's router says 404 for what it has suspended
    if event.status in WRONG_QUESTION:
        return f"status {event.status} to {event.probe}: correct what is asked, or who may ask"
    return event.elsewhere


def _says_nothing(spec: ServiceSpec, probe: ProbeSpec, event: ProbeResult) -> bool:
    """Whether an app that does not answer at all was asked about what it depends on."""
    unanswered = not event.ok and event.status is None
    if probe.scope != "dependency" or not unanswered:
        return False
    proof = spec.ready.proof
    own = [each.target for each in spec.probes if each.scope == "self"]
    own += [proof.probe.target] if isinstance(proof, ProbeReady) else []
    origin = _origin(probe.target)
    return origin is not None and origin in {"/", *map(_origin, own)}


def _origin(target: Target) -> str | None:
    """Whom a question of HTTP goes to: "/" the app itself, else "host:port"."""
    if not isinstance(target, HttpTarget | WebSocketTarget):
        return None
    return "/" if target.url.startswith("/") else urlsplit(target.url).netloc


def answered(turn: Turn, instance: Instance, event: ProbeResult) -> None:
    """A probe of a live instance was answered."""
    probe = probe_named(turn.spec(instance), event.probe)
    # Each question belongs to one phase; an answer that crossed the change of phase is too late.
    too_late = isinstance(instance.phase, Running) is (event.probe == READY_PROBE)
    if probe is None or too_late or (not event.ok and just_stalled(turn, probe)):
        return
    before = instance.probes.get(event.probe) or first_count(probe)
    if _says_nothing(turn.spec(instance), probe, event):
        asked = replace(before, at=turn.now)
        turn.put(replace(instance, probes={**instance.probes, event.probe: asked}))
        return
    after = count_answer(before, probe, event, turn.now)
    instance = turn.put(replace(instance, probes={**instance.probes, event.probe: after}))
    match instance.phase:
        case Starting(process=process) if process is not None:
            if after.ok and after.in_row >= probe.passes:
                lifecycle.become_ready(turn, instance, process, f"{event.detail or 'probe passed'}")
        case Running():
            _judge(turn, instance, probe, before, after, event.took)
        case _:
            pass


def _judge(
    turn: Turn,
    instance: Instance,
    probe: ProbeSpec,
    before: ProbeCount,
    after: ProbeCount,
    took: float,
) -> None:
    """A liveness probe of a running instance was answered: see whether that changes anything."""
    if not after.ok and after.in_row == 1 and not after.failing:
        turn.say(instance, "probe-failing", f"{probe.name}: {after.last}")
    if after.ok and before.in_row and not (before.ok or before.failing):
        turn.say(instance, "probe-passed", f"{probe.name}: {after.last}")
    if not after.ok and after.in_row == probe.failures and not after.passed_ever:
        said = after.wrong or after.last
        turn.say(instance, "probe-never-passed", f"{probe.name}: {said}")
    if probe.scope != "self":
        if after.failing is not before.failing:
            words = f"{probe.name}: {after.last}"
            turn.say(instance, "degraded" if after.failing else "restored", words)
        return
    if not after.ok and after.failing:
        if not before.failing:
            instance = _unhealthy(turn, instance, probe, after, took)
        recovery.pursue(turn, instance, probe, newly=not before.failing)
    elif after.ok and after.in_row >= probe.passes:
        instance = _ready_again(turn, instance)
        recovery.verified(turn, instance, probe, before)


def _unhealthy(
    turn: Turn, instance: Instance, probe: ProbeSpec, after: ProbeCount, took: float
) -> Instance:
    """The threshold was reached: not ready any more, whatever is done about it.

    Where one answer reaches it, the trouble is as old as the question.
    """
    if isinstance(instance.phase, Running):
        phase = replace(instance.phase, ready=False, stable_at=None)
        instance = turn.put(replace(instance, phase=phase))
    failed = count(after.in_row, "time")
    said = f"{probe.name} failed {failed} in a row: {after.last}"
    turn.say(instance, "unhealthy", said, lasted=took if after.in_row == 1 else 0.0)
    return instance


def _ready_again(turn: Turn, instance: Instance) -> Instance:
    """Ready when no probe of scope `self` is failing any more."""
    phase = instance.phase
    spec = turn.spec(instance)
    accused = any(_accuses(spec, instance, name) for name in instance.probes)
    if not isinstance(phase, Running) or phase.ready or accused:
        return instance
    stable_at = turn.now + spec.restart.stable_after
    return turn.put(replace(instance, phase=replace(phase, ready=True, stable_at=stable_at)))


def _accuses(spec: ServiceSpec, instance: Instance, name: str) -> bool:
    probe = probe_named(spec, name)
    return probe is not None and probe.scope == "self" and instance.probes[name].failing


def just_stalled(turn: Turn, probe: ProbeSpec) -> bool:
    """Whether the host stood still so recently that a failure says nothing about the service."""
    return turn.stalled_at is not None and turn.now < turn.stalled_at + probe.interval
