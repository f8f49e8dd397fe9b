"""A log line as its writer meant it: without colours, times and the prefixes of collectors."""

import re
from typing import Final

LONGEST: Final = 16 * 1024
"""Characters of a line that are looked at: patterns take time that grows with the line."""

_COLOR: Final = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
_PREFIX: Final = re.compile(
    r"""
    (?:
        \[?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?
        [ ]?(?:Z|[+-]\d\d:?\d\d|[A-Z]{3,4})?\]?
      | [A-Z][a-z]{2}[ ]{1,2}\d{1,2}[ ]\d\d:\d\d:\d\d(?:[ ][\w.-]+[ ][\w./-]+(?:\[\d+\])?:)?
      | \d{1,4}\|[\w. -]{1,40}\|           # PM2's and Docker's "0|web  | "
      | [\w.-]{1,40}[ ]+\|(?=[ ])          # Docker Compose
      | [\w-]{1,40}\[[\w.-]{1,40}\]:       # Heroku's "app[web.1]:"
    )
    [ \t:|-]*
    """,
    re.VERBOSE,
)
_MOST_PREFIXES: Final = 4
_TIME: Final = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?"
    r"|[A-Z][a-z]{2} {1,2}\d{1,2} \d\d:\d\d:\d\d"
)
_TIME_WITHIN: Final = 80
"""Characters at the begin of a line in which its time stands."""


def plain(line: str) -> str:
    """The line at most `LONGEST` characters long, without what was put before it or colours it."""
    line = line[:LONGEST].rstrip("\r\n")
    if "\x1b" in line:
        line = _COLOR.sub("", line)
    for _ in range(_MOST_PREFIXES):
        found = _PREFIX.match(line)
        if found is None:
            break
        line = line[found.end() :]
    return line


def time_of(line: str) -> str:
    """The time that a line gives for itself, as it is written there; empty without one."""
    found = _TIME.search(line, 0, _TIME_WITHIN)
    return found[0] if found else ""
