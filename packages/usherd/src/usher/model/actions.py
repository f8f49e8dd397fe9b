"""What the runtime must do, in order, after a step. Pure values; the runtime performs them."""

from typing import Literal, TypeAlias

from usher.model.events import ExitStatus, Key
from usher.model.fault import Obstacle
from usher.model.phase import Process
from usher.model.spec import Value

Outcome: TypeAlias = Literal["done", "failed", "superseded", "refused"]


class Spawn(Value, frozen=True, tag=True):
    """Start run `run` of this instance. Answered by exactly one Spawned or SpawnFailed."""

    key: Key
    run: int


class Signal(Value, frozen=True, tag=True):
    """Send a signal to the main process, to its group, or to every process of the run.

    `run` reaches what left group and session too (cgroup, marker), as far as it can be found.
    """

    key: Key
    run: int
    signal: int
    scope: Literal["process", "group", "run"] = "process"


class Tell(Value, frozen=True, tag=True):
    """Say `message` over the Node IPC channel: a request to stop for those who asked for words."""

    key: Key
    run: int
    message: Literal["shutdown"]


class StartProbes(Value, frozen=True, tag=True):
    """Begin to ask these probes of this run (names; readiness is asked as `ready`)."""

    key: Key
    run: int
    probes: tuple[str, ...]


class StopProbes(Value, frozen=True, tag=True):
    """Ask nothing of this run any more."""

    key: Key
    run: int


class Check(Value, frozen=True, tag=True):
    """Run the safety check before a start; answered by CheckDone.

    `beside`: this instance goes on meanwhile, so say whether there is room for both.
    """

    key: Key
    run: int
    beside: Key | None = None


class AskExternals(Value, frozen=True, tag=True):
    """Ask all that its definition names under `externals`; answered by ExternalsSeen."""

    key: Key
    run: int


class Drain(Value, frozen=True, tag=True):
    """Take new connections away from this instance; answered by Drained.

    A cluster worker is told to disconnect, and exits when its last connection has ended.
    """

    key: Key
    run: int


class Steer(Value, frozen=True, tag=True):
    """New connections to `service` go to these instances only; empty: to all (they queue).

    A slot may have two sockets during a rollout, one a generation.
    """

    service: str
    keys: tuple[Key, ...]


class CollectEvidence(Value, frozen=True, tag=True):
    """Look at a live process before it is replaced, touch nothing; answered by Diagnosed.

    What asks it to end is held back meanwhile, for 3 s at most.
    """

    key: Key
    run: int
    probe: str = ""
    """The one that failed; empty: none, it uses too much memory."""


class Examine(Value, frozen=True, tag=True):
    """Find out why a run ended, from its last words and the way it ended; answered by Examined."""

    key: Key
    run: int
    process: Process
    status: ExitStatus
    by_us: bool
    """We had asked it to end."""


class Recheck(Value, frozen=True, tag=True):
    """See whether what keeps an instance down is still there; answered by Rechecked."""

    key: Key
    run: int
    obstacle: Obstacle


class Changed(Value, frozen=True, tag=True):
    """Something people and programs want to know: becomes an event of the stream, with time.

    `event` is a stable word (see docs/reference/events.md), `detail` a sentence.
    """

    key: Key
    run: int
    event: str
    phase: str
    ready: bool
    detail: str = ""
    lasted: float = 0.0
    """Seconds for which that had been so when it was seen; 0: not known."""


class Watch(Value, frozen=True, tag=True):
    """Begin to ask the probes of this remote, as it is defined now; answered by RemoteAnswered."""

    remote: str
    run: int


class Unwatch(Value, frozen=True, tag=True):
    """Ask nothing of this remote any more."""

    remote: str


class Recover(Value, frozen=True, tag=True):
    """Carry out one step that is declared for this remote, once; answered by RemoteActed."""

    remote: str
    attempt: int
    step: int


class RemoteChanged(Value, frozen=True, tag=True):
    """As Changed, of a remote: `state` is the word of its state."""

    remote: str
    event: str
    state: str
    ok: bool
    detail: str = ""


class Forget(Value, frozen=True, tag=True):
    """This service was deleted: release its sockets and what is kept of it."""

    service: str


class JobDone(Value, frozen=True, tag=True):
    """Answer to a request, exactly once. `result` is a Result word when it failed."""

    job: str
    outcome: Outcome
    result: str = ""
    detail: str = ""


class ShutdownComplete(Value, frozen=True, tag=True):
    """Everything is down; the daemon may end with this exit code."""

    code: int


Action: TypeAlias = (
    Spawn
    | Signal
    | Tell
    | StartProbes
    | StopProbes
    | Check
    | AskExternals
    | Drain
    | Steer
    | CollectEvidence
    | Examine
    | Recheck
    | Changed
    | Watch
    | Unwatch
    | Recover
    | RemoteChanged
    | Forget
    | JobDone
    | ShutdownComplete
)
