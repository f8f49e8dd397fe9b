"""A drill: one fault brought about on purpose in an app of usher's own, and what became of it."""

from typing import Final

from usher.model.incident import Kind
from usher.model.value import Value

KEPT: Final = 200
"""Results that a home keeps: the latest."""


class Drill(Value, frozen=True):
    """What was measured; durations are seconds since the fault was brought about."""

    number: int
    """From 1 on, in the order in which they ended."""
    fault: str
    """Its name on the command line."""
    kind: Kind
    """Of the incident; where none came, of the one that was expected."""
    at: float
    """When the fault was brought about; seconds since 1970."""
    version: str
    """Of usher."""
    detect: float | None = None
    """Until its incident was opened; None: it never was."""
    recover: float | None = None
    """Until the probe passed again and the app answered the drill, too; None: it never did."""
    relieved: float | None = None
    """Until the drill itself took the fault away, because only its end can mend it (a dependency);
    None: usher had to mend it."""
    cause: str = ""
    """Id of the likeliest cause; empty: none was found."""
    restarts: int = 0
    """Starts of the app after its first."""
    like: str = ""
    """The app of the user whose probe times and recovery settings were tried; empty: defaults."""

    @property
    def id(self) -> str:
        """As people cite it."""
        return f"DRILL-{self.number}"
