"""WebSocket connections that were closed: by code, how often, and what explains them (A.3.6).

A close code names what the other side saw, not why. Two of them have a cause that is seen
elsewhere: no close frame at all (1006) around the end of a process is that end; an unknown session
(1008) after a restart is a session store that did not outlive it.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

ABNORMAL: Final = 1006
REFUSED: Final = 1008

AROUND_AN_END: Final = 2.0
"""Seconds around the end of a process in which what closed without a frame is of it."""

AFTER_A_RESTART: Final = 60.0
"""Seconds after the end of a process in which clients come back with sessions of before."""

LEAST_SPAN: Final = 60.0
"""Seconds: a rate over less would make much of little."""

MEANINGS: Final[Mapping[int, str]] = {
    1000: "normal end",
    1001: "the server goes away, or the page is left",
    1002: "protocol error",
    1003: "data of a kind that is not accepted",
    1005: "closed without a code",
    1006: "cut without a close frame",
    1007: "invalid data",
    1008: "refused: unknown session, or not allowed",
    1009: "message too big",
    1010: "an extension is missing",
    1011: "error in the server",
    1012: "the server restarts",
    1013: "the server is overloaded: try again later",
    1014: "bad answer behind a gateway",
    1015: "TLS failed",
}
"""RFC 6455 section 7.4.1, and IANA's registry for 1012 to 1014."""

_OF_THE_APP: Final = "a code of the app's own"
_PRIVATE: Final = 3000
"""Codes from here on are for libraries and apps."""

_OF_AN_END: Final = f"within {AROUND_AN_END:g} s of the end"
_OF_A_RESTART: Final = "sessions were lost with the end"
_NAMED: Final = 2
"""Ends that are named one by one."""

_CODE: Final = r"(?P<code>1\d{3}|[34]\d{3})\b(?! ?(?:ms|s|bytes|items)\b)"
_SOCKET: Final = r"(?:[Ww]eb ?[Ss]ocket|\bws\b)"
_SAYS: Final = r"(?:clos\w{1,20}|code|with|sent|received)"
_CLOSED: Final = tuple(
    re.compile(each)
    for each in (
        rf"{_SOCKET}[^\n]{{0,40}}?\b{_SAYS}[^\n]{{0,20}}?\b{_CODE}",
        rf"\bclosed?(?: with)?(?: code)?[ :=(]{{1,3}}{_CODE}",
        rf"without a close frame \({_CODE}",  # a probe of usher
    )
)


_ENDED: Final = re.compile(
    r"\b[Ee]xited(?: with)? (?:status|code)[ :=\[]{1,3}(?P<how>\d{1,3})"
    r"|\b(?:killed by|terminated by|via) (?P<signal>signal \d{1,2}|SIG[A-Z]{3,6})"
)
"""What a supervisor or a platform says of a process that ended."""

_WORDS: Final = ("clos", "ocket", "ws ", "xited", "SIG", "signal")
"""One of them is in every line that is looked for."""


class Said(NamedTuple):
    """A line of a log, or what a probe told; `at` in seconds since 1970, NaN where unknown."""

    at: float
    text: str


class Closing(NamedTuple):
    """One connection that was closed."""

    at: float
    code: int


class End(NamedTuple):
    """The end of a process; `words` say of which, and how."""

    at: float
    words: str


class Row(NamedTuple):
    """All closings of one code."""

    code: int
    meaning: str
    closings: int
    per_minute: float | None
    """None: the times are not known."""
    explained: int = 0
    """How many of them ..."""
    cause: str = ""
    """... are explained by this; empty: nothing is known."""


def closings(said: Iterable[Said]) -> list[Closing]:
    """Read which connections were closed, with which code."""
    return [Closing(each.at, code) for each in said if (code := _code(each.text))]


def ends(said: Iterable[Said]) -> list[End]:
    """Read which processes ended, where a log is all that there is."""
    found = ((each, _ENDED.search(each.text)) for each in said)
    return [
        End(each.at, f"a process ({ended['signal'] or 'exit code ' + ended['how']})")
        for each, ended in found
        if ended is not None
    ]


def may_tell(line: str) -> bool:
    """Whether a line is worth keeping for the questions above: nearly none of a log is."""
    return any(word in line for word in _WORDS)


def table(closed: Sequence[Closing], ended: Sequence[End], seconds: float | None) -> list[Row]:
    """Count by code, the most frequent first; `seconds` is how long was looked at, if known."""
    minutes = None if seconds is None else max(seconds, LEAST_SPAN) / 60
    counts = Counter(each.code for each in closed)
    return [
        _row(code, [each for each in closed if each.code == code], ended, minutes)
        for code, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    ]


def _code(text: str) -> int:
    found = next(filter(None, (pattern.search(text) for pattern in _CLOSED)), None)
    code = int(found["code"]) if found else 0
    return code if code in MEANINGS or code >= _PRIVATE else 0


def _row(code: int, closed: Sequence[Closing], ended: Sequence[End], minutes: float | None) -> Row:
    rate = None if minutes is None else len(closed) / minutes
    row = Row(code, MEANINGS.get(code, _OF_THE_APP), len(closed), rate)
    found = Counter(end for each in closed if (end := _end_of(each, ended)) is not None)
    if not found:
        return row
    words = " and of ".join(dict.fromkeys(end.words for end, _ in found.most_common(_NAMED)))
    further = f" and of {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    how = _OF_AN_END if code == ABNORMAL else _OF_A_RESTART
    return row._replace(explained=found.total(), cause=f"{how} of {words}{further}")


def _end_of(closing: Closing, ended: Sequence[End]) -> End | None:
    """The nearest end that explains a closing."""
    if closing.code == ABNORMAL:
        near = [end for end in ended if abs(closing.at - end.at) <= AROUND_AN_END]
    elif closing.code == REFUSED:
        near = [end for end in ended if 0 <= closing.at - end.at <= AFTER_A_RESTART]
    else:
        near = []
    return min(near, key=lambda end: abs(closing.at - end.at), default=None)
