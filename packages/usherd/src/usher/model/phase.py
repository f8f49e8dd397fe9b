"""The phase of one instance: each variant carries exactly the data that is valid in it.

All instants are boot-clock seconds (`Now.boot`). A live process exists, or may exist because its
spawn was asked for, in exactly four phases: starting, running, draining, stopping (rule 6).
"""

from typing import Literal, TypeAlias

from usher.model.fault import Fault
from usher.model.spec import Value

Result: TypeAlias = Literal[
    "success",
    "exit-code",
    "signal",
    "core-dump",
    "timeout",
    "probe",
    "exec",
    "unknown",
    "start-limit-hit",
    "dependency",
    "external",
    "kill-timeout",
    "refused",
    "rejected",
    "held",
]
"""Why something ended, in systemd's words where it has one."""

Why: TypeAlias = Literal["stop", "restart", "timeout", "probe", "handover", "rejected"]
"""Why we end a run. stop and restart are intended; timeout (not ready in time) and probe (not
answering) are failures and obey no stop order. In a rollout: handover (its successor is proved)
and rejected (its generation is not)."""


class Process(Value, frozen=True):
    """One incarnation that is alive as far as we know."""

    pid: int
    since: float
    """When it was spawned, or adopted if that is not known."""


class Inactive(Value, frozen=True, tag="inactive"):
    """Down, and nothing will start it but a request."""


class Outside(Value, frozen=True):
    """How far it is with what a service needs and usher does not run."""

    over_at: float | None
    """When requests stop waiting for it; None after that."""
    ask_at: float | None = None
    """When it is asked again; None while an answer is awaited."""
    missing: tuple[str, ...] = ()
    """What was not there when it was asked last, each with what was seen."""
    there: bool = False
    """All of it answered."""


class Waiting(Value, frozen=True, tag="waiting"):
    """To be started as soon as what it needs is there."""

    since: float
    check: bool = True
    """Whether the safety check runs first: yes for a person's start, no for a restart."""
    queued: bool = False
    """It could start, and has its place in the queue for that."""
    outside: Outside | None = None
    """Set once all that it needs of us is there."""


class Checking(Value, frozen=True, tag="checking"):
    """The safety check before the start is running."""

    since: float


class Starting(Value, frozen=True, tag="starting"):
    """Spawn was asked for; not proved ready yet."""

    deadline: float | None
    """When the patience with the proof of readiness ends. None: it lives, but the question itself
    is wrong, so that nobody waits for it any longer; it is asked on."""
    process: Process | None = None
    """None until the spawn is answered."""
    alive_at: float | None = None
    """When mere survival proves readiness; None when another proof is asked for."""
    only_lives: bool = False
    """It is not known to do more than to live: no instance of it was seen to listen."""


class Trial(Value, frozen=True):
    """An instance of a new generation has to stay healthy before it replaces anything."""

    until: float | None
    """When it has been healthy for long enough; None when that is over."""


class Running(Value, frozen=True, tag="running"):
    """Proved ready at least once in this run."""

    process: Process
    since: float
    """When readiness was proved."""
    ready: bool = True
    """False while a probe of scope `self` is failing."""
    stable_at: float | None = None
    """When the restart counters are forgotten; None after that, and while not ready."""
    trial: Trial | None = None
    """Set while it belongs to a generation that has not taken over yet."""
    listens: bool = False
    """It was seen to listen (where that is the proof): its successor has to, too."""


class Draining(Value, frozen=True, tag="draining"):
    """New connections are steered away; the stop signal follows."""

    process: Process
    until: float
    why: Why


class Stopping(Value, frozen=True, tag="stopping"):
    """The stop signal was sent, then the kill. An unkillable process stays here (rule 5)."""

    process: Process
    why: Why
    deadline: float | None
    """The kill, or after it the end of our patience with the kernel; None after both."""
    killed: bool = False


class Backoff(Value, frozen=True, tag="backoff"):
    """Ended by itself; started again at `until`."""

    until: float
    result: Result
    least: float | None = None
    """Set while it is found out why it ended: when it would be started if that did not matter."""


class Held(Value, frozen=True, tag="held"):
    """Restarts did not cure it, or cannot: nothing is tried before `recheck_at`."""

    cause: Result
    recheck_at: float | None
    """When it is started again or, with a fault, when its obstacle is looked at again. None:
    somebody is looking, or there is nothing to look at and a person has to start it."""
    tries: int
    """How many times it was held since it was last stable or started by a person."""
    fault: Fault | None = None
    """What no restart cures."""


class Exited(Value, frozen=True, tag="exited"):
    """Ended by itself with success, and is not to be run again."""


class Failed(Value, frozen=True, tag="failed"):
    """Given up until a person starts or resets it."""

    result: Result


Phase: TypeAlias = (
    Inactive
    | Waiting
    | Checking
    | Starting
    | Running
    | Draining
    | Stopping
    | Backoff
    | Held
    | Exited
    | Failed
)

Live: TypeAlias = Starting | Running | Draining | Stopping
"""A run exists (rule 6)."""
