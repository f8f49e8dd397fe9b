"""Alerts: one trouble from its first sight to its end, and where people are told of it."""

from typing import Final, Literal, TypeAlias
from urllib.parse import urlsplit

from usher.model.incident import Kind, Severity
from usher.model.language import Language
from usher.model.value import Value

State: TypeAlias = Literal["open", "ack", "resolved"]

QUOTED: Final = 2000
"""Characters of what was seen that are passed on: it may quote anything."""

SEVERITIES: Final[tuple[Severity, ...]] = ("minor", "major", "critical")
"""The least first."""


class Standing(Value, frozen=True, omit_defaults=False):
    """How much of a service works."""

    service: str
    ready: int
    """Instances that are ready; of a remote 1 when it answers."""
    wanted: int
    """Instances that shall be."""
    failed: int = 0
    """Answers of its probes that failed, each since it passed last."""


class Alert(Value, frozen=True, omit_defaults=False):
    """One trouble, from its first sight to its end; times are wall clock seconds.

    It is written whole: programs that are told of it look for every field.
    """

    id: str
    """Of an incident its own ("INC-7"); of a finding its rule, subject and first sight."""
    rule: str
    """The event that opened the incident, or the code of the finding."""
    subject: str
    """The service it is about; of a finding that is about none, its file or sentence."""
    kind: Kind | Literal["finding"]
    severity: Severity
    evidence: str
    """What was seen, as usher recorded it."""
    suggested: str
    """The next command."""
    first_seen: float
    last_seen: float
    count: int = 1
    """How often it was seen, or came back."""
    state: State = "open"
    host: str = ""
    role: str = ""
    detected: float = 0.0
    """When it was noticed; `first_seen` may be earlier: the first sign."""
    impact: tuple[str, ...] = ()
    """Services that it reached."""
    standing: tuple[Standing, ...] = ()
    """Of each of them that shall run, how much of it worked when this was told."""
    cause: str = ""
    """The first of the ranked causes, with its confidence."""
    cause_evidence: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    """What usher did about it: words of the event stream, in order, each once."""
    gave_up: bool = False
    """Nothing more is tried by itself for now."""
    verified: bool = False
    """The same proof that failed passes again, and has for a minute."""
    by_person: bool = False
    """It is over because somebody stopped or deleted the service."""


class Given(Value, frozen=True):
    """A text that may be secret: written in the file, or where to get it."""

    kind: Literal["text", "file", "env", "command", "credential"]
    source: tuple[str, ...]


class Apprise(Value, frozen=True, tag="apprise"):
    """Any service that the library apprise knows, by its URL: Slack, Discord, e-mail ..."""

    url: Given


class Webhook(Value, frozen=True, tag="webhook"):
    """An address that the alert is posted to as JSON; signed if there is a secret."""

    url: Given
    secret: Given | None = None


class Command(Value, frozen=True, tag="command"):
    """A program that finds the alert as JSON in its variable USHER_ALERT."""

    argv: tuple[str, ...]


Way: TypeAlias = Apprise | Webhook | Command


class Channel(Value, frozen=True):
    """Where people are told. Only its name is ever shown: an address is mostly a secret."""

    name: str
    way: Way
    severity: Severity = "minor"
    """The least that is told here."""
    language: Language = "en"


class Quiet(Value, frozen=True):
    """Hours in which only the urgent is told; minutes of the local day, `begin` may be later."""

    begin: int
    end: int
    urgent: Severity = "critical"


class AlertPlan(Value, frozen=True):
    """Who is told what, and when."""

    channels: tuple[Channel, ...] = ()
    repeat: tuple[float, ...] = (1800.0, 21600.0, 86400.0)
    """Seconds after which what goes on is told again, each time; the last one stays."""
    quiet: Quiet | None = None
    digest: int | None = None
    """Minute of the local day at which the last day is summed up."""


class Message(Value, frozen=True):
    """What a person is told at one time."""

    id: str
    """Stays the same over all attempts to deliver it."""
    event: Literal["detected", "again", "worse", "reminder", "resolved", "digest", "test"]
    at: float
    """Wall clock seconds."""
    alert: Alert | None = None
    """None in a digest and a test."""
    openings: int = 1
    """How often it has opened since it was calm."""
    past: tuple[Alert, ...] = ()
    """Of a digest: what is over."""
    present: tuple[Alert, ...] = ()
    """Of a digest: what goes on."""


class Mute(Value, frozen=True):
    """Nothing is told of a service (empty: of any) until then."""

    service: str
    until: float
    who: str = ""


def bounded(text: str) -> str:
    """Return the begin of a text that is too long to be passed on."""
    return text if len(text) <= QUOTED else f"{text[: QUOTED - 3]}..."


def webhook_fault(address: str) -> str:
    """Say why nothing can be posted to an address, without any part of it; empty: it can be."""
    if not address.isascii() or not address.isprintable() or " " in address:
        return "it holds a blank or a character that no address has: write it as % and two digits"
    try:
        parts = urlsplit(address)
        host, user, _ = parts.hostname, parts.username, parts.port
    except ValueError:
        return "its host or port cannot be read"
    if parts.scheme not in ("http", "https"):
        return "it is no http or https address"
    if not host:
        return "it names no host"
    if user is not None:
        return "it holds a user name or a password, which no webhook is sent: sign it with a secret"
    return ""
