"""What people did about an incident: who looks after it, and what keeps it from coming back."""

from typing import Final, Literal, TypeAlias

from usher.model.value import Value

PreventionKind: TypeAlias = Literal["guard", "probe", "limit", "config", "code", "process"]
"""guard: a rule that refuses it; probe: a question that notices it; limit: what it may use;
config: another setting; code: of the app; process: how people work (operations.md F.3)."""

MOST: Final = 50
"""Measures that one incident keeps."""

LONGEST: Final = 500
"""Characters of what a person writes."""


class Acknowledged(Value, frozen=True):
    """Somebody looks after it."""

    at: float
    """Seconds since 1970, as all times here."""
    by: str
    note: str = ""


class Prevention(Value, frozen=True):
    """A measure that keeps it from happening again, or from lasting as long."""

    text: str
    kind: PreventionKind
    owner: str = ""
    due: str = ""
    """A day, "2026-11-30"; empty: none was set."""
    done: float | None = None
    """When somebody said that it is in force."""


Setting: TypeAlias = str | int | bool | list[int]
"""What a key of an app's definition can say."""


class Proposal(Value, frozen=True):
    """A setting of the app that is missing; people decide whether they want it."""

    key: str
    """Of the words that say what it is good for."""
    kind: PreventionKind
    settings: dict[str, Setting]
    """By the key in the app's definition, with the tables it is in: "memory.limit"."""


class Closed(Value, frozen=True):
    """Somebody put its report away."""

    at: float
    by: str
    reason: str = ""
    """Why nothing has to prevent it; empty: its measures say what does."""


class Care(Value, frozen=True):
    """All of it. Usher itself writes the rest of an incident; people write this."""

    acknowledged: Acknowledged | None = None
    preventions: tuple[Prevention, ...] = ()
    closed: Closed | None = None


class LookAfter(Value, frozen=True, tag="acknowledge"):
    """Look after it."""

    note: str = ""


class Prevent(Value, frozen=True, tag="prevent"):
    """Write a measure down."""

    text: str
    kind: PreventionKind = "process"
    owner: str = ""
    due: str = ""


class Finish(Value, frozen=True, tag="finish"):
    """Say that a measure is in force."""

    number: int
    """From 1, as reports count them."""


class Close(Value, frozen=True, tag="close"):
    """Put the report away."""

    reason: str = ""
    """Why nothing has to prevent it."""


Act: TypeAlias = LookAfter | Prevent | Finish | Close
"""What a person does about an incident."""
