"""Compares the variables of an instance whose trouble lasts with where they came from.

The step of an instruction that says "after 10 minutes look at the environment": what was edited
since the start, or never reached the process, is named; values are not.
"""

from collections.abc import Iterable
from typing import Protocol

from usher.model import events as ev
from usher.model.spec import ServiceSpec
from usher.runtime import clock


class Office(Protocol):
    """What has to be known."""

    def spec_of(self, key: ev.Key) -> ServiceSpec | None:
        """Return the definition of an instance's generation."""
        ...

    def live_pid(self, key: ev.Key) -> int | None:
        """Return the main pid of its present run."""
        ...


class Drift(Protocol):
    """Who compares (runtime.env_drift)."""

    def of(self, spec: ServiceSpec, pids: Iterable[int], /) -> list[str]:
        """Name the variables that differ."""
        ...


class Notes(Protocol):
    """Where it is told (runtime.history)."""

    def note(self, event: str, detail: str, now: ev.Now, service: str, slot: int, /) -> None:
        """Take an event for the stream."""
        ...


class EnvCheck:
    """One a daemon."""

    def __init__(self, office: Office, drift: Drift, notes: Notes) -> None:
        self._office = office
        self._drift = drift
        self._notes = notes

    def look(self, key: ev.Key) -> None:
        """Compare, and tell what was found."""
        spec, pid = self._office.spec_of(key), self._office.live_pid(key)
        if spec is None or pid is None:
            found = "nothing runs whose variables could be compared"
        elif names := self._drift.of(spec, [pid]):
            found = f"not as in the definition and its files: {', '.join(names)}"
        else:
            found = "its variables are those of its definition and files"
        self._notes.note("env-checked", found, clock.read(), key.service, key.slot)
