"""What was seen when a question was asked."""

import msgspec


class Answer(msgspec.Struct, frozen=True):
    """What a probe saw, in words for people."""

    ok: bool
    detail: str
    phases: tuple[tuple[str, float], ...] = ()
    """Where the time went: name and seconds, in order ("connect", "tls", "first byte", ...)."""


class UnansweredError(Exception):
    """There was no good answer; str() says why."""
