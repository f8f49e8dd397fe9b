"""What is asked of an instance, by name: its probes, its readiness, and what needs no probe."""

from usher.model.spec import ProbeReady, ProbeSpec, ServiceSpec
from usher.model.target import ListenTarget
from usher.policy.turn import READY_PROBE

ACCEPT_QUEUE = ProbeSpec("accept queue", ListenTarget(), failures=1, passes=1)
"""What is seen without a probe: clients wait, and nobody accepts them (runtime.accept_watch). A
probe of a file has no blank in its name."""


def probe_named(spec: ServiceSpec, name: str) -> ProbeSpec | None:
    """The probe that is asked under this name; `ready` is the proof of readiness."""
    if name == ACCEPT_QUEUE.name:
        return ACCEPT_QUEUE
    if name == READY_PROBE:
        proof = spec.ready.proof
        return proof.probe if isinstance(proof, ProbeReady) else None
    return next((probe for probe in spec.probes if probe.name == name), None)
