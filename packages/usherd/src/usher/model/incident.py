"""An incident: one trouble of one or more services, from its first sign to its proven end."""

from typing import Final, Literal, TypeAlias

import msgspec

from usher.model.care import Care
from usher.model.fault import RestartWorth
from usher.model.value import Value

State: TypeAlias = Literal["open", "recovered", "closed"]
"""open: not answering as it should; recovered: it does again; closed: that has lasted."""

Kind: TypeAlias = Literal[
    "hang", "crash", "dependency", "start", "memory", "remote", "leak", "disk", "host", "foreign",
    "certificate",
]  # fmt: skip
"""hang: runs and does not answer; crash: ended by itself; dependency: what it needs fails; start:
did not become ready; memory: used more than it may; remote: is watched, not run, and does not
answer; leak: its memory grows without end; disk: a log cannot be written; host: that lacks memory
or disk; foreign: runs on this host and should not, or was started around usher; certificate: one
runs out."""

MEASURED: Final[frozenset[Kind]] = frozenset({"leak", "disk", "host", "foreign", "certificate"})
"""Kinds that figures or a look at the host tell of: they go away, and nothing answers again."""

APART: Final[frozenset[Kind]] = MEASURED - {"disk"}
"""Kinds that stay incidents of their own, which no other event touches: they may stand for weeks.
A log that cannot be written is trouble of its service now, like any other."""

Severity: TypeAlias = Literal["critical", "major", "minor"]
"""critical: nothing of a service answers; major: a part does not; minor: it answers, degraded."""


HOST: Final = "(host)"
"""Stands for the service of what is wrong with the host; no app can have this name."""

TIMELINE: Final = 200
"""Happenings that an incident keeps; the first and the last of them."""


FOUND: Final = 0.8
"""Confidence from which on a cause counts as found (operations.md F.2)."""


class Cause(Value, frozen=True):
    """Why, as far as it is known."""

    id: str
    """Of the catalogue of faults, or of what usher saw."""
    text: str
    confidence: float
    """Between 0 and 1; from `FOUND` on the cause counts as found."""
    evidence: tuple[str, ...] = ()
    """Lines of the log, and what usher saw."""
    restart: RestartWorth = "once"
    remedy: str = ""
    place: str = ""
    """"file:line" of the app's own code, where a stack names it."""
    fingerprint: str = ""
    """The same for each occurrence of one fault at one place."""
    count: int = 1
    """How often it was found."""
    shared: str = ""
    """What others may fail of, too: the address of a dependency, the memory or disk of the host,
    who started what should not run."""
    check: str = ""
    """What tells it from another cause, and would disprove it."""
    since: float | None = None
    """When it began, where that is known exactly (the start of a process); seconds since 1970."""
    grave: bool = False
    """Whether it is critical where its kind of trouble usually is not."""

    @property
    def is_found(self) -> bool:
        """Whether it counts as found."""
        return self.confidence >= FOUND


class Diagnosis(Value, frozen=True):
    """Why a run ended: what was found, and what was looked at and excluded."""

    causes: tuple[Cause, ...] = ()
    """The likeliest first."""
    excluded: tuple[str, ...] = ()
    """`area: what was seen`."""
    file: str = ""
    """Path of all that was seen, where it was kept."""


class Happening(Value, frozen=True):
    """One event of a service, as the event stream has it."""

    at: float
    """Seconds since 1970."""
    service: str
    event: str
    """A word of `policy.words`."""
    detail: str = ""
    slot: int | None = None
    diagnosis: Diagnosis | None = None
    """What came with it."""
    lasted: float = 0.0
    """Seconds for which that had been so when it was seen; 0: not known."""


class Occurred(Value, frozen=True):
    """When it began, as exactly as that is known; seconds since 1970."""

    at: float
    """The first sign."""
    not_before: float | None = None
    """When all was still well for certain; None: unknown. Equal to `at`: exact."""
    evidence: str = ""
    """What the first sign said."""

    @property
    def precision(self) -> Literal["exact", "interval"]:
        """interval: it began between `not_before` (None: nobody knows) and `at`."""
        return "exact" if self.not_before == self.at else "interval"


class Incident(Value, frozen=True):
    """All times are seconds since 1970; None: not yet, or not known."""

    number: int
    service: str
    """Where it began."""
    kind: Kind
    severity: Severity
    occurred: Occurred
    detected: float
    rule: str
    """The event that opened it; of a finding its code."""
    state: State = "open"
    services: tuple[str, ...] = ()
    """Every service that it reached, in the order in which it did."""
    troubled: tuple[tuple[str, int | None], ...] = ()
    """Instances that are not well now: service and slot (None: the service as a whole)."""
    excess: tuple[tuple[str, int | None], ...] = ()
    """Instances that used more memory than they may and were not read to be within their limit
    since: that they are ready says nothing of it."""
    unwritten: tuple[str, ...] = ()
    """Services whose log cannot be written now: that they answer says nothing of it."""
    notified: float | None = None
    """When a channel took the first message about it."""
    cause_found: float | None = None
    acted: float | None = None
    """The first thing that usher did about it."""
    recovered: float | None = None
    closed: float | None = None
    causes: tuple[Cause, ...] = ()
    """The likeliest first."""
    excluded: tuple[str, ...] = ()
    """As in the latest Diagnosis."""
    evidence: tuple[str, ...] = ()
    """Paths of what was seen, oldest first."""
    actions: tuple[Happening, ...] = ()
    timeline: tuple[Happening, ...] = ()
    left_out: int = 0
    """Happenings beyond what a timeline keeps."""
    relapses: int = 0
    part_of: int | None = None
    """The number of the incident that it turned out to belong to."""
    care: Care = Care()
    """What people did about it; kept apart, and put in where it is read."""

    @property
    def id(self) -> str:
        """As people cite it."""
        return f"INC-{self.number}"


class Anchor(Value, frozen=True):
    """Which wall time the boot clock of one boot counts from (incidents.steady)."""

    boot_id: str
    zero: float
    """Seconds since 1970 at which the boot clock stood at zero."""


class Book(Value, frozen=True):
    """Incidents that are not closed, and what may become the begin of one."""

    number: int = 0
    """Of the newest incident."""
    open: tuple[Incident, ...] = ()
    closed: tuple[Incident, ...] = ()
    """The latest whose causes are known: the same fault opens them again."""
    signs: dict[str, Occurred] = msgspec.field(default_factory=dict)
    """Service -> the first failing answer that is not yet an incident."""
    well: dict[str, float] = msgspec.field(default_factory=dict)
    """Service -> when it was last seen to be well."""
    anchor: Anchor | None = None
    """Of the time line that all times here are on; None: the wall clock's."""
    watched: float | None = None
    """When the last daemon wrote its last: what it did not see the end of, lived then."""
