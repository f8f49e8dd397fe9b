"""What was seen when a question was asked."""

import msgspec

from usher.model.target import Expiry


class Answer(msgspec.Struct, frozen=True):
    """What a probe saw, in words for people."""

    ok: bool
    detail: str
    phases: tuple[tuple[str, float], ...] = ()
    """Where the time went: name and seconds, in order ("connect", "tls", "first byte", ...)."""
    late: bool = False
    """No answer came in time."""
    status: int | None = None
    """Of an HTTP answer, or of one to a WebSocket upgrade."""
    certificate: Expiry = ""
    """Of a certificate that was asked for."""


class UnansweredError(Exception):
    """There was no good answer; str() says why."""

    def __init__(self, detail: str, status: int | None = None) -> None:
        """`status`: what was answered instead, where that is a status of HTTP."""
        super().__init__(detail)
        self.status = status
