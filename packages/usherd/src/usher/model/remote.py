"""How a remote stands: a value, with what is under way for it as data of its state.

Unproved -> Up <-> Waking; a failing probe of scope `self` -> Pending -> Acting -> Verifying, and
back to Pending for the next step, or Held when that is enough; a remote that passes again is
Recovered, and Up when that has lasted.
"""

from typing import TypeAlias

import msgspec

from usher.model.probe_count import ProbeCount
from usher.model.spec import RemoteSpec, Value


class Outage(Value, frozen=True):
    """One time of being down, from its first failing answer to a recovery that lasts."""

    since: float
    """First failure of the row that opened it: the recovery time is counted from here."""
    began: float
    """When the present pass through the steps began: `after` of a step is counted from here."""
    probe: str
    """The probe that failed first."""
    step: int = 0
    """The next step to be taken."""
    failed: bool = False
    """It was tried and could not be carried out: tried once more, then passed over."""
    holds: int = 0
    """How often nothing was done for a while."""
    done: tuple[str, ...] = ()
    """Names of the steps that were carried out."""


class Unproved(Value, frozen=True, tag="unproved"):
    """Not all of its probes have passed yet; nothing is done for what never worked."""

    since: float


class Up(Value, frozen=True, tag="up"):
    """All probes of scope `self` pass."""

    since: float


class Waking(Value, frozen=True, tag="waking"):
    """Its platform had put it to sleep; it is down when it does not answer before `until`."""

    since: float
    until: float
    probe: str


class Pending(Value, frozen=True, tag="pending"):
    """Down; the next step is due at `at`, or none is declared."""

    outage: Outage
    at: float | None
    chained: bool = False
    """The step is the second half of the one before: neither gap nor count stop it."""
    why: str = ""
    """Why the step was put off, in a sentence; empty: its time has not come."""


class Acting(Value, frozen=True, tag="acting"):
    """A step is being carried out; without an answer we look whether it helped, at `until`."""

    outage: Outage
    until: float


class Verifying(Value, frozen=True, tag="verifying"):
    """A step was carried out; the failed probes must pass before `until`."""

    outage: Outage
    until: float


class Held(Value, frozen=True, tag="held"):
    """The steps did not help; they are taken again at `until`, or (None) by nobody but a person."""

    outage: Outage
    until: float | None


class Recovered(Value, frozen=True, tag="recovered"):
    """It answers again; Up if that lasts until `confirm_at`."""

    outage: Outage
    since: float
    confirm_at: float


Down: TypeAlias = Pending | Acting | Verifying | Held
State: TypeAlias = Unproved | Up | Waking | Down | Recovered


class Remote(Value, frozen=True):
    """One remote of the world."""

    spec: RemoteSpec
    state: State
    run: int = 1
    """How often it was defined: answers to earlier questions are stale."""
    attempt: int = 0
    """Number of the latest step that was taken; answers to earlier ones are stale."""
    probes: dict[str, ProbeCount] = msgspec.field(default_factory=dict)
    acted: tuple[float, ...] = ()
    """Instants of steps within the window of its limits, oldest first."""
    created: float = 0.0
    """When it was defined first, seconds since 1970; 0: by a daemon that did not keep it."""
