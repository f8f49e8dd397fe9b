"""A request that changes something outlives the daemon that took it: whom to ask for its outcome.

The request carries a key of ours. When the daemon ends before its report, the next one is asked how
the request of this key goes on; if it never heard of it, the request is sent again. Pure: time is
an argument, and the exchange itself is the client's.
"""

import os
from typing import Final, NamedTuple
from urllib.parse import urlencode

from usher.api.types import Frame
from usher.client.errors import LostError, ProblemError, UsherError

PAUSE: Final = 0.05
"""Seconds between two questions whether a daemon is there again."""

RETURN_LIMIT: Final = 20.0
"""Seconds without any sign of a daemon after which it is given up; mostly it is back in two."""


RESENT: Final = 3
"""How often a request is sent again of which the next daemon never heard."""


class Ask(NamedTuple):
    """One request over one connection."""

    method: str
    target: str
    body: bytes = b""
    key: str = ""


class Pursuit:
    """Follows one request from daemon to daemon."""

    def __init__(
        self, target: str, body: bytes, patience: float | None, *, ends_all: bool = False
    ) -> None:
        """`patience`: the seconds that the request itself says, after which it reports timeout.

        `ends_all`: when nothing runs any more, that is the outcome.
        """
        self._ends_all = ends_all
        self._first = Ask("POST", target, body, os.urandom(8).hex())
        self._patience = patience
        self._began: float | None = None
        self._lost_at: float | None = None
        self._seq: int | None = None
        self._taken = False
        """Whether a daemon may have it: then it is looked for before it is sent again."""
        self._sent_again = 0
        self.is_over = False

    def ask(self, now: float) -> Ask:
        """Return what to ask now."""
        self._began = now if self._began is None else self._began
        if not self._taken:
            return self._first
        query = {} if self._seq is None else {"since": str(self._seq)}
        if self._patience is not None:
            query["timeout"] = f"{max(0.0, self._patience - (now - self._began)):g}"
        return Ask("GET", f"/v1/jobs/{self._first.key}?{urlencode(query)}")

    def told(self, frame: Frame) -> None:
        """Take note of what came."""
        self._lost_at = None
        self.is_over = self.is_over or frame.report is not None
        self._seq = frame.event.seq if frame.event is not None else self._seq

    def lost(self, error: UsherError, now: float) -> None:
        """Take note that the daemon ended; raise `error` when none came for too long.

        Where none runs from the start, there is nothing to wait for.
        """
        if not isinstance(error, LostError) and (self._lost_at is None or self._ends_all):
            raise error
        self._taken = True
        self._lost_at = now if self._lost_at is None else self._lost_at
        if now - self._lost_at > RETURN_LIMIT:
            raise error

    def was_unknown(self, asked: Ask, error: ProblemError) -> bool:
        """Whether the answer says that nobody has the request: then it is sent again.

        Raises LostError when it was sent often enough.
        """
        if asked.method != "GET" or error.status != 404:
            return False
        if self._sent_again == RESENT:
            raise ended_early()
        self._sent_again += 1
        self._taken = False
        return True


def ended_early() -> LostError:
    """Say that an answer had no report."""
    return LostError(
        "cannot tell how it ended: the daemon ended first",
        hint="the request goes on when it is back; see `usher list`",
    )
