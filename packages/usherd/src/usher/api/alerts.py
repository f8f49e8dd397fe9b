"""Wire types about alerts."""

import msgspec

from usher.api.types import Wire
from usher.model.alert import Alert, Mute
from usher.model.finding import Finding
from usher.model.incident import Severity
from usher.model.language import Language


class ChannelStatus(Wire, frozen=True):
    """One channel; its address is never told."""

    name: str
    kind: str
    """apprise, webhook or command."""
    severity: Severity
    """The least that is told there."""
    language: Language
    waiting: int
    """Messages that have not arrived yet."""
    failure: str
    """Why the last try failed; empty: it did not."""
    failing_since: float | None
    """When the oldest message that waits was sent; seconds since 1970."""
    delivered: float | None
    """When something arrived last."""


class AlertStatus(Wire, frozen=True):
    """What people were told of, and whether they can be told."""

    alerts: list[Alert]
    """Everything that is not over, oldest first."""
    channels: list[ChannelStatus]
    mutes: list[Mute]
    quiet: bool
    """Whether it is within quiet hours."""
    files: list[str]
    """The files that say who is told."""
    findings: list[Finding]
    """What is wrong with them."""


class MuteAlerts(Wire, frozen=True):
    """Body of /v1/alerts/mute."""

    service: str = ""
    """Empty: all."""
    seconds: float = 0.0
    """For how long; 0: tell again."""


class Acknowledge(Wire, frozen=True):
    """Body of /v1/alerts/ack."""

    alert: str
    """An id, or a service."""


class TryChannels(Wire, frozen=True):
    """Body of /v1/alerts/test."""

    channels: list[str] = msgspec.field(default_factory=list[str])
    """Empty: all."""


class TriedChannel(Wire, frozen=True):
    """What came of a test."""

    channel: str
    failure: str
    """Empty: it was accepted."""


class TriedChannels(Wire, frozen=True):
    """What came of testing channels."""

    channels: list[TriedChannel]
