"""Answers that were computed before, found again by their tags.

A metric's tag is made of all that its figures depend on: the counter of changes, who asks, the day,
the selection. So what is found is right, and what has become old is never asked for again; it makes
room when room is needed. Whoever looks here has asked the database for the counter first, as the
person who asks: no right is kept (decision 0054).
"""

from collections import OrderedDict
from threading import Lock

_SHARE = 8
"""No body takes more than this part of the room: a long one would push out many."""


class KeptAnswers:
    """The bodies asked for last, at most `max_bytes` together. Safe for threads."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._bodies: OrderedDict[str, bytes] = OrderedDict()
        self._size = 0
        self._lock = Lock()

    def find(self, tag: str) -> bytes | None:
        """The body of that tag, if it is still here."""
        with self._lock:
            body = self._bodies.get(tag)
            if body is not None:
                self._bodies.move_to_end(tag)
            return body

    def keep(self, tag: str, body: bytes) -> None:
        """Keep a body, instead of those that nobody has asked for the longest."""
        if len(body) * _SHARE > self._max_bytes:
            return
        with self._lock:
            if tag in self._bodies:  # somebody else was as fast
                return
            self._bodies[tag] = body
            self._size += len(body)
            while self._size > self._max_bytes:
                _, oldest = self._bodies.popitem(last=False)
                self._size -= len(oldest)
