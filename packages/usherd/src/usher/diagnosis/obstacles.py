"""What has to change before a start can do better, read off the lines that name the fault."""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from usher.model.fault import FileMissing, PortTaken, Unreachable

_PORT: Final = r"(?P<port>\d{1,5})\b"
_TAKEN: Final = tuple(
    map(
        re.compile,
        (
            rf"[Aa]ddress already in use:? (?P<host>\S*):{_PORT}",
            rf"\(['\"](?P<host>[^'\"]*)['\"], {_PORT}",
            rf"[Pp]ort (?P<host>){_PORT} is (?:already )?in use",
            rf"^\s+port: (?P<host>){_PORT}",  # the properties of Node's error, below its stack
        ),
    )
)
_REFUSED: Final = tuple(
    map(
        re.compile,
        (
            rf"\bE[A-Z]{{4,}} (?P<host>\S+):{_PORT}",
            rf'at "(?P<host>[^"]+)"(?: \([^)]*\))?, port {_PORT}',
            rf"connecting to (?P<host>[\w.-]+):{_PORT}",
            rf"\(['\"](?P<host>[^'\"]+)['\"], {_PORT}",
            rf"(?:server|host) (?:on|at)? ?[`'\"](?P<host>[\w.-]+):{_PORT}",
        ),
    )
)
_MISSING: Final = re.compile(
    r"(?:ENOENT: no such file or directory, \w+|No such file or directory:) '(?P<path>[^']+)'"
)
_ANYWHERE: Final = ("", "::", "0.0.0.0", "*")  # noqa: S104 (read in a log, nothing is bound)
_LARGEST_PORT: Final = 65535


class Surroundings(NamedTuple):
    """What is known of an app beside its log."""

    cwd: str
    port: int | None = None
    """On which it is to listen."""
    database: tuple[str, int] | None = None
    """Host and port of its database."""


def named(
    fault: str, waits: bool, lines: Sequence[str], around: Surroundings
) -> PortTaken | Unreachable | FileMissing | None:
    """Find the obstacle of a fault; `lines` begin with the one that names the fault.

    `waits`: it is a dependency that has to come back.
    """
    if fault == "net.port_in_use":
        host, port = _first(_TAKEN, lines) or ("", around.port)
        return None if port is None else PortTaken("" if host in _ANYWHERE else host, port)
    if waits:
        place = _first(_REFUSED, lines) or (around.database if fault.startswith("db.") else None)
        return None if place is None else Unreachable(*place)
    if fault == "fs.not_found" and (found := _MISSING.search(lines[0])):
        path = found["path"]
        return FileMissing(path if path.startswith("/") else f"{around.cwd}/{path}")
    return None


def _first(patterns: Sequence[re.Pattern[str]], lines: Sequence[str]) -> tuple[str, int] | None:
    for line in lines:
        for pattern in patterns:
            found = pattern.search(line)
            if found is not None and 0 < int(found["port"]) <= _LARGEST_PORT:
                return found["host"].strip("[]"), int(found["port"])
    return None
