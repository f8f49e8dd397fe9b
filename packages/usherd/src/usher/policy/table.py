"""Every phase and every event: what a step may do. Data, read by code, tests, diagram and docs.

Each row lists all phases. A cell holds the phases that the event itself can lead to, `"="` where
it is taken note of and the phase stays (a request changes the wish, a tick the time: what follows
is in SETTLED), and `"-"` where it is dropped. A dropped observation never reaches apply.py.
"""

from typing import NamedTuple

import msgspec

from usher.api.types import Status
from usher.model.events import Observation
from usher.model.phase import Phase

PHASES = (
    "inactive",
    "waiting",
    "checking",
    "starting",
    "running",
    "draining",
    "stopping",
    "backoff",
    "held",
    "exited",
    "failed",
)

STATUS: dict[str, Status] = {
    "inactive": "inactive",
    "waiting": "waiting",
    "checking": "activating",
    "starting": "activating",
    "running": "active",
    "draining": "deactivating",
    "stopping": "deactivating",
    "backoff": "activating",
    "held": "held",
    "exited": "inactive",
    "failed": "failed",
}
"""The few words outside for the many inside; running but not ready is `degraded`."""


class Row(NamedTuple):
    """What one event does in each phase."""

    inactive: str
    waiting: str
    checking: str
    starting: str
    running: str
    draining: str
    stopping: str
    backoff: str
    held: str
    exited: str
    failed: str


NOTED = Row(*"===========")
DROPPED = Row(*"-----------")

_ENDED = "inactive waiting backoff held exited failed"
"""A run that is over, by rule 7."""

_UP = NOTED._replace(
    inactive="waiting", backoff="waiting", held="waiting", exited="waiting", failed="waiting"
)
_MAYBE_UP = Row(*(cell if cell == "=" else f"= {cell}" for cell in _UP))
_OVER = DROPPED._replace(starting=_ENDED, running=_ENDED, draining=_ENDED, stopping=_ENDED)

TABLE: dict[str, Row] = {
    # requests
    "Start": _UP,
    "Stop": NOTED,
    "Restart": _UP,
    "Reload": _MAYBE_UP,
    "Delete": NOTED,
    "Scale": NOTED,
    "ResetFailed": NOTED._replace(held="inactive", failed="inactive"),
    "PlanChanged": _UP,
    "Shutdown": NOTED,
    "Dismiss": NOTED,
    # observations
    "Spawned": DROPPED._replace(starting="="),
    "SpawnFailed": DROPPED._replace(starting="= " + _ENDED),
    "Ready": DROPPED._replace(starting="= running", running="="),
    "ProbeResult": DROPPED._replace(starting="= running", running="="),
    "ProcessExited": _OVER,
    "Drained": DROPPED._replace(draining="="),
    "Diagnosed": DROPPED._replace(running="= draining stopping"),
    "Examined": DROPPED._replace(backoff="= held"),
    "Rechecked": DROPPED._replace(held="= waiting"),
    "CheckDone": DROPPED._replace(checking="starting waiting failed"),
    "ExternalsSeen": DROPPED._replace(waiting="="),
    "MemoryExceeded": DROPPED._replace(running="="),
    "MemoryWithin": DROPPED._replace(running="="),
    "Adopted": DROPPED._replace(starting="=", running="=", draining="=", stopping="="),
    "Lost": _OVER,
    # of remotes, which have states of their own (usher.model.remote)
    "RemoteAnswered": NOTED,
    "RemoteActed": NOTED,
    # of the whole
    "KeeperLost": NOTED,
    "KeeperBack": NOTED,
    "ScheduleDue": _MAYBE_UP,
    "FilesChanged": _MAYBE_UP,
    "Stalled": NOTED,
    "Tick": NOTED,
}


class Edge(NamedTuple):
    """A transition that the state itself asks for."""

    old: str
    new: str
    when: str


SETTLED: tuple[Edge, ...] = (
    Edge("inactive", "waiting", "its turn in a rolling restart, or its successor is rejected"),
    Edge("waiting", "checking", "what it needs is there; a person's start"),
    Edge("waiting", "starting", "what it needs is there; an automatic restart"),
    Edge("waiting", "failed", "of a new generation, and what it needs outside does not answer"),
    Edge("waiting", "inactive", "not wanted"),
    Edge("checking", "inactive", "not wanted"),
    Edge("starting", "running", "alive long enough"),
    Edge("starting", "stopping", "not wanted, its turn to be replaced, or not ready in time"),
    Edge("running", "draining", "as stopping, while other instances serve"),
    Edge("running", "stopping", "not wanted, its turn to be replaced, or its generation rejected"),
    Edge("draining", "stopping", "the time for draining is over"),
    Edge("backoff", "waiting", "the delay is over, or its turn in a rolling restart"),
    Edge("backoff", "inactive", "not wanted, or its successor is proved"),
    Edge("held", "waiting", "the pause is over, or its turn in a rolling restart"),
    Edge("held", "inactive", "not wanted, or its successor is proved"),
    Edge("exited", "waiting", "its turn in a rolling restart"),
    Edge("exited", "inactive", "not wanted, or its successor is proved"),
    Edge("failed", "waiting", "its turn in a rolling restart"),
    Edge("failed", "inactive", "not wanted, or its successor is proved"),
)


def cell(phase: str, event: str) -> str:
    """The cell of the table, by the words of phase and event."""
    return TABLE[event][PHASES.index(phase)]


def targets(phase: str, event: str) -> frozenset[str]:
    """The phases that the event itself can lead to from here; empty if it is dropped."""
    words = cell(phase, event).split()
    return frozenset(phase if word == "=" else word for word in words if word != "-")


def is_accepted(phase: Phase, event: Observation) -> bool:
    """Whether such an observation can be true in this phase (rule 1)."""
    return (_word(type(phase)), type(event).__name__) in _ACCEPTED


def _word(phase: type[msgspec.Struct]) -> str:
    return str(phase.__struct_config__.tag)


_ACCEPTED = frozenset(
    (phase, event) for event in TABLE for phase in PHASES if cell(phase, event) != "-"
)
