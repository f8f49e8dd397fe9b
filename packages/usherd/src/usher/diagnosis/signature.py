"""One known fault as data: the words it leaves in a log, what causes it, what helps."""

from enum import IntEnum, StrEnum
from typing import NamedTuple


class Severity(StrEnum):
    """How grave it is that a line like this was written."""

    CRITICAL = "critical"
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Restart(StrEnum):
    """What a restart of the service is worth against this fault."""

    NO = "no"
    """Nothing: hold, and show the remedy."""
    ONCE = "once"
    """It may help for a while: one, after evidence was collected."""
    WAIT = "wait"
    """Something it depends on is down: watch that; crashes meanwhile do not count."""
    AUTO = "auto"
    """It helps, within the budget."""


class Rank(IntEnum):
    """Which of several faults in one log is the cause: the lowest rank, then the earliest line."""

    ROOT = 1
    """Something outside the code: environment, database, disk, name, port, missing module."""
    CODE = 2
    """A defect of the code."""
    CONSEQUENCE = 3
    """What one sees of another fault: a proxy's 502, a closed WebSocket, an unhandled rejection."""


class Signature(NamedTuple):
    """A fault that is known by the lines it leaves."""

    id: str
    """`<area>.<what>`; never changes."""
    severity: Severity
    restart: Restart
    rank: Rank
    pattern: str
    """Regular expression searched in one line without colours, time and prefix (`lines.plain`).

    `{PORTS}` stands for the ports of databases.
    """
    place: str
    """Which log says it."""
    cause: str
    collect: str
    """What evidence tells one cause from another."""
    remedy: str
    example: str
    """A line it must match."""
    benign: str
    """A line with the same words that it must not match."""
    provoked: bool = True
    """Whether the example was written by the real software; otherwise it is only documented."""
