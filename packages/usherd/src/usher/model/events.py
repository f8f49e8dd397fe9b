"""What can happen: requests of people and programs, observations of the runtime, and the tick.

An observation names the incarnation (`run`) it belongs to; the policy drops stale ones first.
"""

from typing import Literal, TypeAlias

from usher.model.spec import ServiceSpec, Value


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


class Vanished(Value, frozen=True, tag="unknown"):
    """It ended while nobody could collect its status; counts as failure for on-failure."""


ExitStatus: TypeAlias = Exit | Killed | Vanished

# -- requests -------------------------------------------------------------------------------------


class Request(Value, frozen=True):
    """Base: `job` is the id under which the answer (JobDone) comes; `origin` is who asked."""

    job: str
    origin: str


class Start(Request, frozen=True, tag=True):
    """Want these services up, and what they need."""

    services: tuple[str, ...]


class Stop(Request, frozen=True, tag=True):
    """Want these services and their hard dependents down."""

    services: tuple[str, ...]


class Restart(Request, frozen=True, tag=True):
    """Stop and start these services, one instance after the other, never below what serves."""

    services: tuple[str, ...]


class Delete(Request, frozen=True, tag=True):
    """Stop these services and forget them."""

    services: tuple[str, ...]


class ResetFailed(Request, frozen=True, tag=True):
    """Clear failure, hold and counters of these services without starting them."""

    services: tuple[str, ...]


class PlanChanged(Request, frozen=True, tag=True):
    """Add or change these definitions; others stay. Changed running services restart."""

    services: tuple[ServiceSpec, ...]
    start: tuple[str, ...] = ()
    """Names to start in the same step (they may be part of `services` or known already)."""


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
    """It was not: `stage` names what failed (chdir, user, rlimit, socket, exec ...)."""

    stage: str
    error: str


class Ready(Observation, frozen=True, tag=True):
    """The process said READY=1."""


class ProbeResult(Observation, frozen=True, tag=True):
    """One answer of probe `probe`; `detail` says in words what was seen."""

    probe: str
    ok: bool
    detail: str = ""


class ProcessExited(Observation, frozen=True, tag=True):
    """The main process ended; its output was read to the end before."""

    status: ExitStatus


class Drained(Observation, frozen=True, tag=True):
    """No new connections reach this instance any more."""


class Diagnosed(Observation, frozen=True, tag=True):
    """What the evidence says of a live process that failed its probe.

    state: running (any of R, S, D), stopped (T: it can be continued), traced (a debugger has it;
    never touched), gone.
    """

    state: Literal["running", "stopped", "traced", "gone"]
    cause: str = ""


class CheckDone(Observation, frozen=True, tag=True):
    """The safety check before a start; `findings` are refusals in words, empty: it may start."""

    findings: tuple[str, ...] = ()


class Adopted(Observation, frozen=True, tag=True):
    """After a restart of the daemon or keeper: this run is alive and watched."""

    pid: int


class Lost(Observation, frozen=True, tag=True):
    """After a restart of the daemon or keeper: this run is nowhere; how it ended is unknown."""


# -- of the whole ---------------------------------------------------------------------------------


class KeeperLost(Value, frozen=True, tag=True):
    """Nothing can be spawned or signalled until KeeperBack."""


class KeeperBack(Value, frozen=True, tag=True):
    """A keeper answers (again); Adopted and Lost for every live run came before."""


class ScheduleDue(Value, frozen=True, tag=True):
    """A scheduled start of a job is due."""

    service: str


class Stalled(Value, frozen=True, tag=True):
    """The host stood still this long (suspend, starved CPU): probe counters pause one interval."""

    seconds: float


class Tick(Value, frozen=True, tag=True):
    """The next deadline has passed."""


Event: TypeAlias = (
    Start
    | Stop
    | Restart
    | Delete
    | ResetFailed
    | PlanChanged
    | Shutdown
    | Spawned
    | SpawnFailed
    | Ready
    | ProbeResult
    | ProcessExited
    | Drained
    | Diagnosed
    | CheckDone
    | Adopted
    | Lost
    | KeeperLost
    | KeeperBack
    | ScheduleDue
    | Stalled
    | Tick
)
