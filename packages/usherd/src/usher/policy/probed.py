"""What is asked of an instance, by name: its probes, its readiness, and what needs no probe."""

from usher.model.spec import ProbeReady, ProbeSpec, ServiceSpec
from usher.model.target import ListenTarget
from usher.model.world import ProbeCount
from usher.policy.turn import READY_PROBE
from usher.policy.words import count

ACCEPT_QUEUE = ProbeSpec("accept queue", ListenTarget(), failures=1, passes=1)
"""What is seen without a probe: clients wait, and nobody accepts them (runtime.accept_watch). A
probe of a file has no blank in its name."""

OWN_PORT = ProbeSpec("own port", ListenTarget(), failures=1, passes=1)
"""Seen without a probe, too: the port that it was declared to open is taken, and it lives on
without one (runtime.port_watch)."""

_SEEN_BY_ITSELF = {each.name: each for each in (ACCEPT_QUEUE, OWN_PORT)}


def first_count(probe: ProbeSpec) -> ProbeCount:
    """Before the first answer. Where nothing is asked, no question can be wrong."""
    return ProbeCount(passed_ever=probe is OWN_PORT)


def failed_words(probe: ProbeSpec, answers: ProbeCount) -> str:
    """Say how a probe fails, and what its last answer was."""
    if not answers.ok and answers.in_row >= probe.failures:
        return f"{probe.name} failed {count(answers.in_row, 'time')} in a row: {answers.last}"
    failed = count(sum(at is not None for at in answers.lately), "time")
    return f"{probe.name} failed {failed} of the last {len(answers.lately)}: {answers.last}"


def probe_named(spec: ServiceSpec, name: str) -> ProbeSpec | None:
    """The probe that is asked under this name; `ready` is the proof of readiness."""
    if name in _SEEN_BY_ITSELF:
        return _SEEN_BY_ITSELF[name]
    if name == READY_PROBE:
        proof = spec.ready.proof
        return proof.probe if isinstance(proof, ProbeReady) else None
    return next((probe for probe in spec.probes if probe.name == name), None)
