"""Alerts: one trouble from its first sight to its end, and where people are told of it."""

from typing import Literal, TypeAlias
from urllib.parse import urlsplit

from usher.model.value import Value

State: TypeAlias = Literal["open", "ack", "resolved"]


class Alert(Value, frozen=True, omit_defaults=False):
    """One trouble, from its first sight to its end; times are wall clock seconds.

    It is written whole: programs that are told of it look for every field.
    """

    id: str
    rule: str
    subject: str
    severity: Literal["error", "warning"]
    evidence: str
    suggested: str
    first_seen: float
    last_seen: float
    told: float
    """When a person was told last."""
    count: int = 1
    """How often it was seen."""
    absent: int = 0
    """Looks in a row that did not see it."""
    state: State = "open"
    host: str = ""
    role: str = ""


class Command(Value, frozen=True, tag="command"):
    """A program that finds the alert as JSON in its variable USHER_ALERT."""

    argv: tuple[str, ...]

    def __str__(self) -> str:
        """Name it without its arguments, which may hold a secret."""
        return self.argv[0]


class Webhook(Value, frozen=True, tag="webhook"):
    """An address that the alert is posted to as JSON."""

    url: str

    def __str__(self) -> str:
        """Name its host alone: the path of a webhook is its secret."""
        return urlsplit(self.url).hostname or "a webhook"


Channel: TypeAlias = Command | Webhook
