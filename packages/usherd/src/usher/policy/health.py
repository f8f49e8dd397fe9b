"""Probe answers are counted here, not in the prober: thresholds are decisions.

`count_answer` is the arithmetic; `answered` draws the conclusions for one instance.
"""

from collections.abc import Iterator
from urllib.parse import urlsplit

from usher.model.events import ProbeResult, RemoteAnswered
from usher.model.phase import Running, Starting
from usher.model.spec import ProbeReady, ProbeSpec, ServiceSpec
from usher.model.target import Expiry, HttpTarget, Target, WebSocketTarget
from usher.model.world import Instance, ProbeCount
from usher.policy import lifecycle, recovery
from usher.policy.probed import failed_words, first_count, probe_named
from usher.policy.turn import READY_PROBE, Turn, replace
from usher.policy.words import Word

WRONG_QUESTION = (401, 403, 404)
"""Statuses that say that the question is wrong, which no restart makes right."""

LATELY = 6
OFTEN = 4
"""So many failures of the last answers are as bad as a row (spec/usher.md D5): what fails two
times of three serves few, and need never fail three times in a row ..."""
USUAL_FAILURES = 3
"""... as long as no other number of failures in a row is asked for: then that alone counts."""


def count_answer(
    before: ProbeCount, probe: ProbeSpec, event: ProbeResult | RemoteAnswered, now: float
) -> ProbeCount:
    """One more answer. A probe that never passed is not failing but useless (`passed_ever`).

    Who shows a certificate is there, however soon it runs out: a finding tells of that
    (runtime.certificate_watch), unless a definition says that it accuses the service itself.
    """
    ok = event.ok
    certificate: Expiry = "" if probe.scope == "self" else event.certificate
    same = before.ok is ok and bool(before.certificate) is bool(certificate)
    in_row = before.in_row + 1 if same else 1
    passed_ever = before.passed_ever or ok or bool(certificate)
    lately = (*before.lately, None if ok or certificate else now) if before.passed_ever else ()
    lately = lately[-LATELY:]
    failing = before.failing
    if certificate or (ok and in_row >= probe.passes):
        failing = False
    elif not ok and (in_row >= probe.failures or _often(probe, lately)):
        failing = passed_ever
    failed_since = before.failed_since
    if not ok and in_row == 1 and not failing:
        failed_since = now
    elif failing and not before.failing and in_row < probe.failures:
        failed_since = next(at for at in lately if at is not None)
    elif ok and not failing:
        failed_since = None
    return ProbeCount(
        ok=ok,
        in_row=in_row,
        failing=failing,
        failed_since=failed_since,
        lately=() if before.failing and not failing else lately,
        passed_ever=passed_ever,
        last=event.detail,
        at=now,
        status=event.status if isinstance(event, ProbeResult) else None,
        wrong="" if ok else _wrong(event),
        certificate=certificate,
        back_at=now if before.failing and not failing else before.back_at,
    )


def _often(probe: ProbeSpec, lately: tuple[float | None, ...]) -> bool:
    failed = sum(at is not None for at in lately)
    return probe.failures == USUAL_FAILURES and failed >= OFTEN


def told_by(before: ProbeCount, probe: ProbeSpec, after: ProbeCount) -> Iterator[tuple[Word, str]]:
    """Words of the event stream for one more answer, whatever it leads to, with their detail."""
    said = f"{probe.name}: {after.last}"
    fails = not after.ok and not after.certificate
    failed = bool(before.in_row) and not before.ok and not before.certificate
    if fails and after.in_row == 1 and not after.failing:
        yield "probe-failing", said
    if after.ok and failed and not before.failing:
        yield "probe-passed", said
    if fails and after.in_row == probe.failures and not after.passed_ever:
        yield "probe-never-passed", f"{probe.name}: {after.wrong or after.last}"
    if probe.scope != "self" and after.failing is not before.failing:
        yield "degraded" if after.failing else "restored", said


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
    for word, detail in told_by(before, probe, after):
        turn.say(instance, word, detail)
    if probe.scope != "self":
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

    Where one answer reaches it, the trouble is as old as the question; where it failed now and
    then, as old as the first of these failures.
    """
    if isinstance(instance.phase, Running):
        phase = replace(instance.phase, ready=False, stable_at=None)
        instance = turn.put(replace(instance, phase=phase))
    lasted = took if after.in_row == 1 else 0.0
    if after.in_row < probe.failures and after.failed_since is not None:
        lasted = turn.now - after.failed_since
    turn.say(instance, "unhealthy", failed_words(probe, after), lasted=lasted)
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
