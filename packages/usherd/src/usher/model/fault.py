"""What made a run end, as far as starting it again is concerned: the fault, and its obstacle.

An obstacle is something outside of the process that has to change before a start can do better
than the last one. It was seen to be there, and is looked at again while the instance is held.
"""

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

from usher.model.value import Value

RestartWorth: TypeAlias = Literal["no", "once", "wait", "auto"]
"""What a restart is worth against a fault (operations.md B.1). no: nothing; once: it may help for
a while; wait: what it depends on has to come back; auto: it helps, within the budget."""

USEFUL: Final[Mapping[RestartWorth, str]] = {
    "no": "restart useful: no",
    "once": "restart useful: until it happens again",
    "wait": "restart useful: no, what it depends on has to come back",
    "auto": "restart useful: yes",
}
"""The same for people."""


class PortTaken(Value, frozen=True, tag="port-taken"):
    """Another process listens on this TCP port."""

    host: str
    port: int

    def __str__(self) -> str:
        """Say it to people."""
        return f"{self.host}:{self.port} is taken"


class Unreachable(Value, frozen=True, tag="unreachable"):
    """Nothing accepts TCP connections there."""

    host: str
    port: int

    def __str__(self) -> str:
        """Say it to people."""
        return f"{self.host}:{self.port} accepts no connection"


class FileMissing(Value, frozen=True, tag="file-missing"):
    """There is no such file."""

    path: str

    def __str__(self) -> str:
        """Say it to people."""
        return f"{self.path} does not exist"


class FilesUnchanged(Value, frozen=True, tag="files-unchanged"):
    """None of these files has changed: what a run is made of is what failed before."""

    marks: dict[str, str]
    """Path -> size and time, as one word; empty where there was no file."""

    def __str__(self) -> str:
        """Say it to people."""
        names = sorted(path.rpartition("/")[2] for path in self.marks)
        return f"nothing has changed in {', '.join(names)}"


Obstacle: TypeAlias = PortTaken | Unreachable | FileMissing | FilesUnchanged


class Fault(Value, frozen=True):
    """The likeliest cause of an end, found in what the run left behind."""

    id: str
    """Of the catalogue of faults."""
    restart: RestartWorth
    evidence: str
    """The line that shows it, without secrets."""
    remedy: str
    obstacle: Obstacle | None = None
    """What was seen to stand in the way; None: nothing that could be looked at again."""
