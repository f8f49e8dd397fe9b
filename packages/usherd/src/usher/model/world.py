"""The whole supervised system as one value: services -> generations -> instances.

Nothing here is ever mutated: a step copies the few containers it changes. The dictionaries are
plain ones so that JSON carries them; whoever holds a World only reads it.
"""

from typing import Literal, TypeAlias

import msgspec

from usher.model.events import ExitStatus, Key
from usher.model.phase import Inactive, Phase, Result
from usher.model.probe_count import ProbeCount as ProbeCount
from usher.model.remote import Remote
from usher.model.spec import ServiceSpec, Value

Want: TypeAlias = Literal["up", "down"]

# -- recovery of one instance ----------------------------------------------------------------------


class Evidence(Value, frozen=True, tag="evidence"):
    """Somebody looks at the process; without an answer we go on at `until`."""

    until: float


class Continued(Value, frozen=True, tag="continued"):
    """SIGCONT was sent; the probe must pass again before `until`."""

    until: float


class Spared(Value, frozen=True, tag="spared"):
    """A debugger has the process: not touched, looked at again at `until`."""

    until: float


class Replacing(Value, frozen=True, tag="replacing"):
    """The run is being replaced, or its successor is not verified yet."""


class Recovered(Value, frozen=True, tag="recovered"):
    """The same probe passes again; confirmed if that lasts until `confirm_at`."""

    since: float
    confirm_at: float


Stage: TypeAlias = Evidence | Continued | Spared | Replacing | Recovered


class Incident(Value, frozen=True):
    """One failure of a probe of scope `self`, from detection to confirmed recovery.

    It outlives the run it began in, so that a relapse continues at the next rung.
    """

    probe: str
    since: float
    """First failure of the row that opened it: the recovery time is counted from here."""
    stage: Stage
    continued: bool = False
    """The rung SIGCONT has been used up."""
    exhausted: bool = False
    """That it was replaced as often as is allowed, and in vain, was told."""
    cause: str = ""


class Escalation(Value, frozen=True):
    """How far lasting trouble has escalated (policy.escalation)."""

    since: float
    """When that trouble began, or became the instance's own."""
    taken: tuple[str, ...] = ()
    """The steps that were taken."""
    due: float | None = None
    """When the next one is; None: none is left, or what it depends on is why."""


class Excess(Value, frozen=True):
    """It used more memory than it may, and was not read to be within its limit since."""

    exhausted: bool = False
    """That it was replaced as often as is allowed, and in vain, was told."""


class History(Value, frozen=True):
    """What the restart policy remembers of one instance."""

    attempt: int = 0
    """Deaths since the last stable time; chooses the delay."""
    starts: tuple[float, ...] = ()
    """Instants of automatic starts within the budget window, oldest first."""
    proven: bool = False
    """Was ready since a person last started it."""
    tries: int = 0
    """How many holds were used up."""
    replaced: tuple[float, ...] = ()
    """Instants at which it was replaced because a probe failed, as far as they count."""
    restarts: int = 0
    """Automatic starts since a person last started it, for people to read."""
    result: Result | None = None
    """How the last run ended ..."""
    detail: str = ""
    """... or why the last start was refused, in a sentence."""


# -- services ----------------------------------------------------------------------------------


class Instance(Value, frozen=True):
    """One process slot."""

    key: Key
    id: int = 0
    """PM2's pm_id: increasing over all instances; kept by the slot across generations."""
    run: int = 0
    """Number of the latest incarnation of the slot; never reused."""
    phase: Phase = Inactive()
    parked: bool = False
    """A person stopped it, alone or with its service: only a person starts it again."""
    leaving: bool = False
    """Its slot is given up (scaled down, deleted): forgotten once it is down."""
    created: float = 0.0
    """Wall clock, when its slot was defined or reset."""
    restart_time: int = 0
    """PM2's counter: automatic restarts, and a person's of a running app; a reset zeroes it."""
    unstable: int = 0
    """Runs in a row that ended before they were ready (or before `min_uptime`, if that is set)."""
    last_exit: ExitStatus | None = None
    """How the last run ended, if its process ever started."""
    history: History = History()
    probes: dict[str, ProbeCount] = msgspec.field(default_factory=dict)
    incident: Incident | None = None
    escalation: Escalation | None = None
    excess: Excess | None = None
    """Whoever starts it: only a reading says that it is over."""


class Generation(Value, frozen=True):
    """One definition and its instances. A changed definition, or a reload, is a new generation.

    Slots may have gaps, where single instances were deleted.
    """

    number: int
    spec: ServiceSpec
    instances: dict[int, Instance]
    alone: bool = False
    """A successor that we began beside it by ourselves was rejected: the next one comes in place of
    what runs."""


class Rolling(Value, frozen=True, tag="rolling"):
    """Instances are replaced in place, one after the other."""

    todo: tuple[int, ...]
    floor: int
    """Our own stops never leave fewer ready instances than this (rule 10)."""
    active: int | None = None
    """The slot that is out at the moment."""
    vouched: bool = False
    """One is ready, and vouches for others that only have to live (RolloutSpec.first_vouches)."""


class Proving(Value, frozen=True, tag="proving"):
    """Instances of the candidate generation run beside the current ones and are not trusted yet."""

    batch: tuple[int, ...]
    """The slots at work, `max_surge` at most."""
    todo: tuple[int, ...]
    """Those that follow."""
    automatic: bool = False
    """Nobody asked for it (memory): it counts as a restart, and may go on in place."""


class Handover(Value, frozen=True, tag="draining"):
    """The batch is proved; the instances that it replaces drain and stop."""

    batch: tuple[int, ...]
    todo: tuple[int, ...]
    automatic: bool = False


class Reverting(Value, frozen=True, tag="reverting"):
    """The candidate failed and is taken down; slots it had taken over are given back first."""

    result: Result
    why: str
    automatic: bool = False


class Settled(Value, frozen=True, tag="done"):
    """How the last rollout ended, for people and requests to read; `result` None: well."""

    result: Result | None = None
    why: str = ""
    automatic: bool = False


Rollout: TypeAlias = Rolling | Proving | Handover | Reverting | Settled


class Facts(Value, frozen=True):
    """What other services and steering need to know of a service; compared to find edges."""

    live: bool = False
    started: bool = False
    ready: bool = False
    completed: bool = False
    doomed: str = ""
    """The service (this one or one it needs) that has given up, so that waiting is in vain."""
    serving: tuple[Key, ...] = ()


class Service(Value, frozen=True):
    """Desired state and actual state of one name."""

    id: int
    """That of its first instance when it was defined: the order of definition."""
    current: Generation
    want: Want = "down"
    older: tuple[Generation, ...] = ()
    """Earlier definitions that still have live instances."""
    candidate: Generation | None = None
    last_generation: int = 1
    """The highest number that a generation of it had; none is used twice."""
    rollout: Rollout | None = None
    restart_due: bool = False
    """What it restarts with came back while a reload ran: it is restarted when that is over."""
    deleting: bool = False
    """To be forgotten once it is down."""
    jobs: tuple[str, ...] = ()
    """Open requests that wait for this service."""
    facts: Facts = Facts()
    """As of the last time it was settled."""
    changes: tuple[float, ...] = ()
    """Instants of the latest restarts because of changed files, oldest first."""
    watch_paused: bool = False
    """Files changed so often that restarting for them was given up until a person acts."""

    @property
    def spec(self) -> ServiceSpec:
        """The definition that counts now."""
        return self.current.spec

    @property
    def generations(self) -> tuple[Generation, ...]:
        """All of them, current first."""
        extra = () if self.candidate is None else (self.candidate,)
        return (self.current, *extra, *self.older)


# -- requests and the whole ----------------------------------------------------------------------

Goal: TypeAlias = Literal["ready", "restarted", "reloaded", "scaled", "down", "gone"]


class Job(Value, frozen=True):
    """An accepted request that is not answered yet."""

    id: str
    goal: Goal
    services: tuple[str, ...]
    pending: frozenset[str]
    """Those of `services` that have not reached the goal."""
    slots: dict[str, tuple[int, ...]] = msgspec.field(default_factory=dict)
    """Services of which only these slots count."""


class Answered(Value, frozen=True):
    """How an accepted request ended: for who asks again, because nobody could tell them then."""

    id: str
    services: tuple[str, ...]
    outcome: Literal["done", "failed", "superseded", "refused"]
    result: str = ""
    detail: str = ""


class Due(Value, frozen=True, order=True):
    """An instance's soonest deadline, as an entry of the agenda."""

    at: float
    key: Key


class World(Value, frozen=True):
    """Everything a decision may depend on."""

    services: dict[str, Service] = msgspec.field(default_factory=dict)
    dependents: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    """Who needs whom, turned round: kept so that no step searches for it."""
    jobs: dict[str, Job] = msgspec.field(default_factory=dict)
    answered: tuple[Answered, ...] = ()
    """The latest of those that were answered, oldest first."""
    agenda: tuple[Due, ...] = ()
    """One entry for each instance that has a deadline, soonest first."""
    shutdown: str | None = None
    """The job that asked for everything to be down."""
    keeper: bool = True
    """Whether somebody is there who can spawn and signal."""
    stalled_at: float | None = None
    next_id: int = 0
    """Of the next instance; 0 again when nothing is defined."""
    spawn_limit: int = 0
    """How many starts may be asked for and not answered at a time; 0: any number."""
    spawning: int = 0
    """How many are."""
    queue: tuple[Key, ...] = ()
    """Instances that wait for a place among them, first come first."""
    remotes: dict[str, Remote] = msgspec.field(default_factory=dict)
    """What is watched and not run."""


EMPTY = World()

_DECODER = msgspec.json.Decoder(World)


def read_world(text: bytes) -> World:
    """Read a snapshot; msgspec.ValidationError if it is none of ours."""
    return _DECODER.decode(text)
