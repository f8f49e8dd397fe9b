"""Which known faults a log speaks of, and where."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from usher.diagnosis.catalogue import CATALOGUE
from usher.diagnosis.lines import plain, time_of
from usher.diagnosis.signature import Signature
from usher.diagnosis.signatures import recovery

DATABASE_PORTS: Final = (5432, 5433, 6432, 6543, 3306, 3307, 1433, 27017)
"""Where databases usually listen; what an app declares comes on top."""

_SHORTEST_WORD: Final = 4

_REQUEST: Final = re.compile(r'"[A-Z]{3,7} \S{1,4000} (?=HTTP/)')
"""What a client asked for, in a log of requests: an address may hold any words."""

_DRIVER: Final = re.compile(r'File "[^"]{0,500}/(?:asyncpg|psycopg\w*|pymysql|MySQLdb|aiomysql)/')
"""A frame of a database's driver: event loops refuse without saying which port it was."""
_NEAR: Final = 10
"""Lines from such a frame to the refusal: frames of the event loop lie between."""


class _Sought:
    """A signature and its pattern, which is compiled when a line first asks for it.

    Compiling all takes a tenth of a second and megabytes, and most logs speak of two or three.
    """

    def __init__(self, signature: Signature, pattern: str) -> None:
        self.signature = signature
        self._text = pattern
        self._compiled: re.Pattern[str] | None = None

    def found_in(self, line: str) -> bool:
        if self._compiled is None:
            self._compiled = re.compile(self._text)
        return self._compiled.search(line) is not None


class Match(NamedTuple):
    """One line that speaks of one fault."""

    signature: Signature
    line: int
    """Counted from 0 in what was searched."""
    text: str
    """The line as `lines.plain` gives it."""
    time: str = ""
    """When it was written, by its own word."""


class Matcher:
    """Searches lines for every known fault.

    Most lines speak of none, so a line is first searched for the words without which no pattern
    can match; that is ten times faster than the patterns.
    """

    def __init__(self, ports: Sequence[int] = ()) -> None:
        """`ports` are those of databases that the app declares."""
        known = "|".join(str(port) for port in sorted({*DATABASE_PORTS, *ports}))
        self._always: list[_Sought] = []
        self._needing: dict[str, list[_Sought]] = {}
        for signature in (*CATALOGUE.values(), *recovery.SIGNATURES):
            pattern = signature.pattern.replace("{PORTS}", f"(?:{known})")
            sought = _Sought(signature, pattern)
            words = required_words(pattern)
            if not words:
                self._always.append(sought)
            for word in words:
                self._needing.setdefault(word, []).append(sought)

    def search(self, line: str) -> Iterator[Signature]:
        """The faults that one line speaks of; `line` is `plain`."""
        if " HTTP/" in line:
            line = _REQUEST.sub('"', line)
        tried: set[str] = set()
        candidates = [*self._always]
        for word, patterns in self._needing.items():
            if word in line:
                candidates += patterns
        for sought in candidates:
            if sought.signature.id not in tried:
                tried.add(sought.signature.id)
                if sought.found_in(line):
                    yield sought.signature

    def matches(self, lines: Iterable[str]) -> Iterator[Match]:
        """All faults in a log, in the order of its lines."""
        driver = -_NEAR
        for number, line in enumerate(lines):
            text = plain(line)
            if 'File "' in text and _DRIVER.search(text):
                driver = number
            for signature in self.search(text):
                by_driver = signature.id == "net.connection_refused" and number - driver < _NEAR
                named = CATALOGUE["db.connection_refused"] if by_driver else signature
                yield Match(named, number, text, time_of(line))


def required_words(pattern: str) -> frozenset[str]:
    """Words of which every line that `pattern` matches holds one; empty if there are none.

    Of each alternative at the top level, the longest run of characters that stand for themselves.
    """
    words = [_longest_literal(each) for each in _alternatives(pattern)]
    if any(len(word) < _SHORTEST_WORD for word in words):
        return frozenset()
    return frozenset(words)


_TOKEN: Final = re.compile(r"\\.|\[(?:\\.|[^\]\\])+\]|.", re.DOTALL)
_QUANTIFIER: Final = re.compile(r"[?*+]|\{\d*,?\d*\}")


def _alternatives(pattern: str) -> list[str]:
    depth, parts = 0, [""]
    for piece in _TOKEN.findall(pattern):
        depth += (piece == "(") - (piece == ")")
        if piece == "|" and depth == 0:
            parts.append("")
        else:
            parts[-1] += piece
    return parts


def _longest_literal(alternative: str) -> str:
    """The longest run outside of groups, classes and what a quantifier may leave out."""
    depth, runs, position = 0, [""], 0
    while position < len(alternative):
        if quantifier := _QUANTIFIER.match(alternative, position):
            runs[-1] = runs[-1][:-1]
            runs.append("")
            position = quantifier.end()
            continue
        piece = _TOKEN.findall(alternative, position)[0]
        position += len(piece)
        depth += (piece == "(") - (piece == ")")
        if depth == 0 and (literal := _literal(piece)):
            runs[-1] += literal
        else:
            runs.append("")
    return max(runs, key=len)


def _literal(piece: str) -> str:
    """The character that a piece stands for, or nothing."""
    if len(piece) == 1:
        return "" if piece in "().|^$[]{" else piece
    if piece[0] == "\\" and not piece[1].isalnum():
        return piece[1]
    return ""
