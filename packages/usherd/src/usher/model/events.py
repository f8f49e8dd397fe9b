"""What can happen: requests of people and programs, observations of the runtime, and the tick.

An observation names the incarnation (`run`) it belongs to; the policy drops stale ones first.
"""

from typing import Literal, TypeAlias

import msgspec

from usher.model.fault import Fault
from usher.model.spec import RemoteSpec, ServiceSpec, Value
from usher.model.target import Expiry


class Now(Value, frozen=True):
    """One reading of both clocks. Decisions use `boot` (CLOCK_BOOTTIME); people see `wall`."""

    boot: float
    wall: float


class Key(Value, frozen=True, order=True):
    """Which instance: slot is NODE_APP_INSTANCE and 0-based; generation counts rollouts."""

    service: str
    generation: int
    slot: int

    def __str__(self) -> str:
        """Render as people see it; the generation matters only during a rollout."""
        return f"{self.service}:{self.slot}"


# -- how a process ended ----------------------------------------------------------------------


class Exit(Value, frozen=True, tag="exit"):
    """The process ended by itself."""

    code: int


class Killed(Value, frozen=True, tag="signal"):
    """The process ended by a signal."""

    signal: int
    core: bool = False
    memory_kills: int | None = None
    """That the kernel counted in the run's own control group; None: it has none that counts."""


class Vanished(Value, frozen=True, tag="unknown"):
    """It ended while nobody could collect its status; counts as failure for on-failure."""


ExitStatus: TypeAlias = Exit | Killed | Vanished

# -- requests -------------------------------------------------------------------------------------


class Request(Value, frozen=True):
    """Base: `job` is the id under which the answer (JobDone) comes; `origin` is who asked."""

    job: str
    origin: str


class OnServices(Request, frozen=True):
    """Base: a request for whole services, or for single instances of them.

    A service named in `slots` is meant only with these of its slots: PM2's ids name instances.
    """

    services: tuple[str, ...]
    slots: dict[str, tuple[int, ...]] = msgspec.field(default_factory=dict)


class Start(OnServices, frozen=True, tag=True):
    """Want these services up, and what they need."""


class Stop(OnServices, frozen=True, tag=True):
    """Want these services and their hard dependents down."""


class Restart(OnServices, frozen=True, tag=True):
    """Stop and start these services, one instance after the other."""


class Reload(OnServices, frozen=True, tag=True):
    """Replace these services by a new generation beside the old one, which goes when it is proved.

    `in_place`: one instance after the other instead, where there is no room for more.
    """

    in_place: bool = False


class Delete(OnServices, frozen=True, tag=True):
    """Stop these services and forget them."""


class ResetFailed(OnServices, frozen=True, tag=True):
    """Clear failure, hold and counters of these services without starting them."""


class Scale(Request, frozen=True, tag=True):
    """Want this many instances: new ones get the lowest free slots, the highest ones go."""

    service: str
    instances: int


class PlanChanged(Request, frozen=True, tag=True):
    """Add or change these definitions; others stay. Changed running services restart."""

    services: tuple[ServiceSpec, ...]
    start: tuple[str, ...] = ()
    """Names to start in the same step (they may be part of `services` or known already)."""
    restart: tuple[str, ...] = ()
    """Names to restart in any case, changed or not."""
    reload: tuple[str, ...] = ()
    """Names to reload in any case; a changed definition of one of them is its new generation."""
    in_place: bool = False
    """As in Reload."""
    slots: dict[str, tuple[int, ...]] = msgspec.field(default_factory=dict)
    """Services of which only these slots are to be started: the others were stopped singly."""
    stopped: tuple[str, ...] = ()
    """Names that a person stopped before: not even their schedule starts them."""
    remotes: tuple[RemoteSpec, ...] = ()
    """What is to be watched: defined anew, whatever was known of it."""


class Dismiss(Request, frozen=True, tag=True):
    """Watch these remotes no more."""

    remotes: tuple[str, ...]


class Shutdown(Request, frozen=True, tag=True):
    """Everything down, nothing ever started again, then ShutdownComplete."""


# -- observations -----------------------------------------------------------------------------


class Observation(Value, frozen=True):
    """Base: something seen of run `run` of instance `key`."""

    key: Key
    run: int


class Spawned(Observation, frozen=True, tag=True):
    """The program was executed (the gate opened and exec succeeded)."""

    pid: int


class SpawnFailed(Observation, frozen=True, tag=True):
    """It was not: `stage` names what failed (chdir, user, rlimit, socket, exec ...).

    Stage `refused`: the guard kept it from being executed.
    """

    stage: str
    error: str


class Ready(Observation, frozen=True, tag=True):
    """The process said that it is ready, in the way its proof asks for.

    READY=1 to NOTIFY_SOCKET, `ready` over the Node channel, or a cluster worker that listens.
    """


class ProbeResult(Observation, frozen=True, tag=True):
    """One answer of probe `probe`; `detail` says in words what was seen."""

    probe: str
    ok: bool
    detail: str = ""
    late: bool = False
    """No answer came in time."""
    status: int | None = None
    """Of an HTTP answer, or of one to a WebSocket upgrade."""
    elsewhere: str = ""
    """Where its process listens, if that is not where it was asked; in a sentence."""
    took: float = 0.0
    """Seconds; 0: not measured."""
    certificate: Expiry = ""
    """Of a certificate that was asked for."""


class ProcessExited(Observation, frozen=True, tag=True):
    """The main process ended; its output was read to the end before."""

    status: ExitStatus


class Examined(Observation, frozen=True, tag=True):
    """Answer to Examine: why the run ended; None when nothing known was found."""

    fault: Fault | None = None


class Rechecked(Observation, frozen=True, tag=True):
    """Answer to Recheck: whether the obstacle is gone, and what was seen."""

    gone: bool
    seen: str = ""


class Drained(Observation, frozen=True, tag=True):
    """No new connections reach this instance any more."""


class Diagnosed(Observation, frozen=True, tag=True):
    """What the evidence says of a live process that failed its probe.

    state: running (any of R, S, D), stopped (T: it can be continued), traced (a debugger has it;
    never touched), gone.
    """

    state: Literal["running", "stopped", "traced", "gone"]
    cause: str = ""


class Room(Value, frozen=True):
    """Memory in bytes: free on the host (or in our cgroup), used by the old instance's tree."""

    free: int
    used: int


class CheckDone(Observation, frozen=True, tag=True):
    """The safety check before a start; `findings` are refusals in words, empty: it may start.

    `room` answers a Check with `beside`; None where nothing could be measured.
    """

    findings: tuple[str, ...] = ()
    room: Room | None = None


class ExternalsSeen(Observation, frozen=True, tag=True):
    """Answer to AskExternals: what is not there, each by its name and what was seen."""

    missing: tuple[str, ...] = ()


class MemoryExceeded(Observation, frozen=True, tag=True):
    """Its whole tree uses more than it may; said again with each further sample while it lasts."""

    used: int
    limit: int


class MemoryWithin(Observation, frozen=True, tag=True):
    """The answer where an instance is known to use too much: its whole tree is within its limit."""

    used: int
    limit: int


class Adopted(Observation, frozen=True, tag=True):
    """After a restart of the daemon or keeper: this run is alive and watched."""

    pid: int


class Lost(Observation, frozen=True, tag=True):
    """After a restart of the daemon or keeper: this run is nowhere; how it ended is unknown."""


# -- of remotes -----------------------------------------------------------------------------------


class RemoteAnswered(Value, frozen=True, tag=True):
    """One answer of a probe of a remote, asked under its definition number `run`."""

    remote: str
    run: int
    probe: str
    ok: bool
    detail: str = ""
    late: bool = False
    """No answer came in time: it may be waking."""
    status: int | None = None
    """As in ProbeResult."""
    certificate: Expiry = ""
    """As in ProbeResult."""
    took: float = 0.0
    """As in ProbeResult."""


class RemoteActed(Value, frozen=True, tag=True):
    """A step that was declared for a remote was carried out, or (not ok) could not be."""

    remote: str
    attempt: int
    ok: bool
    detail: str = ""


# -- of the whole ---------------------------------------------------------------------------------


class KeeperLost(Value, frozen=True, tag=True):
    """Nothing can be spawned or signalled until KeeperBack."""


class KeeperBack(Value, frozen=True, tag=True):
    """A keeper answers (again); Adopted and Lost for every live run came before."""


class ScheduleDue(Value, frozen=True, tag=True):
    """A schedule is due: a job starts, a service restarts, or starts if it is down by itself."""

    service: str


class FilesChanged(Value, frozen=True, tag=True):
    """A watched file of this service changed; changes close to each other are one."""

    service: str
    path: str


class Stalled(Value, frozen=True, tag=True):
    """The host stood still this long (suspend, starved CPU): probe counters pause one interval."""

    seconds: float


class Tick(Value, frozen=True, tag=True):
    """The next deadline has passed."""


Event: TypeAlias = (
    Start
    | Stop
    | Restart
    | Reload
    | Delete
    | ResetFailed
    | Scale
    | PlanChanged
    | Dismiss
    | Shutdown
    | Spawned
    | SpawnFailed
    | Ready
    | ProbeResult
    | ProcessExited
    | Examined
    | Rechecked
    | Drained
    | Diagnosed
    | CheckDone
    | ExternalsSeen
    | MemoryExceeded
    | MemoryWithin
    | Adopted
    | Lost
    | RemoteAnswered
    | RemoteActed
    | KeeperLost
    | KeeperBack
    | ScheduleDue
    | FilesChanged
    | Stalled
    | Tick
)
