"""Which faults a drill brings about, what is promised of each, and whether that came true.

The promises are those of operations.md F.5 and of issue 5, for a service with default settings.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from usher.model.drill import Drill
from usher.model.incident import Kind


class Promise(NamedTuple):
    """What usher has to do about a fault."""

    kind: Kind
    """Of the incident."""
    detect: float = 30.0
    """Seconds from the fault to its incident, at most."""
    recover: float = 45.0
    """Seconds from the fault (or from its end, where only that can mend it) to the proof that all
    is well again, at most."""
    restarts: int = 1
    """Exactly so many: fewer would not help, more would be blind."""
    names_cause: bool = True
    """False: the incident itself says what it is, and more is not to be known."""


class Fault(NamedTuple):
    """One way in which a service stops being of use."""

    title: str
    outcome: str
    """What usher is to do about it."""
    promise: Promise
    of_dependency: bool = False
    """It is brought about in what the app depends on, and taken away again by the drill."""


FAULTS: Final[Mapping[str, Fault]] = {
    "stop": Fault(
        "SIGSTOP: the process stands still",
        "continued, without a restart",
        Promise("hang", restarts=0),
    ),
    "block": Fault(
        "its only thread computes without end",
        "looked at, then replaced",
        Promise("hang"),
    ),
    "no-answer": Fault(
        "it accepts connections and never answers",
        "looked at, then replaced",
        Promise("hang"),
    ),
    "error": Fault(
        "it answers every question with 500",
        "looked at, then replaced",
        Promise("hang"),
    ),
    "crash": Fault(
        "an exception that nobody catches ends it",
        "started again",
        Promise("crash", detect=1.0),
    ),
    "dependency": Fault(
        "what it depends on answers with 500",
        "degraded, and left alone until that is back",
        Promise("dependency", recover=20.0, restarts=0),
        of_dependency=True,
    ),
    "leak": Fault(
        "its memory grows by 16 MiB a second, beyond a limit of 64 MiB",
        "replaced near the limit",
        # Four of these seconds pass until the limit is reached.
        Promise("memory", detect=10.0, names_cause=False),
    ),
}
"""By their names on the command line, in the order in which they are shown."""


def shortfalls(result: Drill) -> tuple[str, ...]:
    """Say in sentences what did not come true; nothing: all did. Raises KeyError."""
    promise = FAULTS[result.fault].promise
    if result.detect is None:
        return ("it was not detected",)
    found: list[str] = []
    if result.detect > promise.detect:
        found.append(f"detected after {result.detect:.1f} s, promised {promise.detect:g} s")
    if result.kind != promise.kind:
        found.append(f"told as {result.kind!r}, expected {promise.kind!r}")
    if promise.names_cause and not result.cause:
        found.append("no cause was named")
    if result.recover is None:
        found.append("it did not recover")
    elif (took := result.recover - (result.relieved or 0.0)) > promise.recover:
        found.append(f"well again after {took:.1f} s, promised {promise.recover:g} s")
    if result.restarts != promise.restarts:
        found.append(f"{_restarts(result.restarts)}, expected {promise.restarts}")
    return tuple(found)


def _restarts(count: int) -> str:
    return f"{count} restart{'' if count == 1 else 's'}"
