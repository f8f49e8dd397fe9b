"""Where alerts go."""

from typing import TypeAlias
from urllib.parse import urlsplit

from usher.model.value import Value


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
