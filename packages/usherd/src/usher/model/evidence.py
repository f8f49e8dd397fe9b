"""What was seen of a process that runs and does not answer, before anything was done to it."""

from typing import Final

import msgspec

from usher.model.value import Value

ENDED: Final = ("Z", "X", "x")
"""States of a process that has ended; its end may not have been told as yet."""


class Thread(Value, frozen=True):
    """One thread: its state letter of /proc, and the kernel function it sleeps in."""

    id: int
    name: str
    state: str
    waits_in: str = ""
    kernel: tuple[str, ...] = ()
    """Its stack in the kernel, the innermost function first; only root may see it."""


class Connection(Value, frozen=True):
    """TCP connections of one state to one peer that the process began."""

    state: str
    """The kernel's word, in lower case: established, syn-sent, close-wait ..."""
    peer: str
    """ "host:port"."""
    count: int


class Measured(Value, frozen=True):
    """What was measured of the run in one step."""

    at: float
    """When the step began; seconds since 1970."""
    memory: int
    """Bytes, the most."""
    cpu: float
    """Per cent of one core, the most."""
    descriptors: int
    slowest: float
    """Seconds that the slowest answer to a probe took; 0: none was asked for."""


class Evidence(Value, frozen=True):
    """Bounded, and without secrets. What could not be seen stands in `missing`."""

    at: float
    """Seconds since 1970."""
    service: str
    slot: int
    run: int
    pid: int
    state: str
    """The letter of /proc: R, S, D, T, t, Z ..."""
    cpu: float | None = None
    """Share of one core while it was looked at; None: not known."""
    runnable: float = 0.0
    """Share of the looks at which its busiest thread computed or waited for a processor: on a host
    that is busy itself the share of a core says little."""
    memory: int | None = None
    """Resident bytes of the whole tree."""
    figures: tuple[Measured, ...] = ()
    """What was measured of it in the last minutes, oldest first."""
    threads: tuple[Thread, ...] = ()
    connections: tuple[Connection, ...] = ()
    sockets: dict[str, int] = msgspec.field(default_factory=dict)
    """All TCP sockets of the tree by the kernel's word, those that it listens on included."""
    descriptors: dict[str, int] = msgspec.field(default_factory=dict)
    """Open descriptors by kind: socket, file, pipe, anon."""
    environment: tuple[str, ...] = ()
    """Names of its variables."""
    versions: dict[str, str] = msgspec.field(default_factory=dict)
    """Of usher, the kernel, and the program that the process runs."""
    changed: tuple[str, ...] = ()
    """What is different from when it was well: variables, the definition, files."""
    probe: str = ""
    """The probe that failed."""
    status: int | None = None
    """What HTTP said in the last answer to that probe; None: nothing, or it was not asked."""
    probes: tuple[str, ...] = ()
    """How each probe stands, with its last answer."""
    log: tuple[str, ...] = ()
    """Its last lines, those of both outputs in the order in which they came, from a minute before
    its probe failed."""
    error: str = ""
    """The first of them that speaks of an error."""
    matches: tuple[str, ...] = ()
    """Known faults that these lines speak of, each with the first such line."""
    stacks: tuple[str, ...] = ()
    """What the runtime of the language told about its stacks, where it was asked to."""
    missing: tuple[str, ...] = ()
    """Parts that could not be seen, each with the reason."""
