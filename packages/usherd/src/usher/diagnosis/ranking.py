"""Which of the faults that a log speaks of is the cause, which only followed, which is not there.

A log names its cause and then, often louder, what came of it. So the rank of a fault decides first
(what is outside of the code, then the code, then consequences), and only then who spoke first.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from usher.diagnosis.match import Match
from usher.diagnosis.signature import Rank, Restart, Severity, Signature
from usher.diagnosis.signatures import recovery

WINDOW: Final = 200
"""Lines up to the last grave one that count; what a log says before is another story."""

GENERIC: Final[dict[str, tuple[str, ...]]] = {
    "net.connection_refused": ("db.", "redis.", "upstream."),
    "net.timeout": ("db.", "dns.", "upstream."),
    "net.reset": ("db.", "redis."),
    "net.unreachable": ("db.", "redis."),
    "fs.not_found": ("exec.", "node.", "py."),
    "fs.no_space": ("fs.watch_limit",),
    "os.cannot_allocate": ("os.oom_kill",),
    "node.syntax_error": ("node.esm_mismatch", "node.bad_json", "orm.prisma_init"),
    "node.module_missing": ("orm.prisma_init",),
    "node.uncaught_type_error": ("orm.stub_object",),
    "env.missing": ("db.password_not_string",),
    "py.uncaught_exception": ("env.", "db.", "redis.", "ws.", "py."),
}
"""What says less than another fault in the same line, and the beginnings of those others' ids."""

FOLLOWS: Final[dict[str, tuple[str, ...]]] = {
    "net.connection_refused": ("db.", "redis."),
    "redis.max_retries": ("redis.connection_refused",),
    "redis.misconf": ("fs.no_space",),
    "db.server_crash": ("fs.no_space", "os.oom_kill"),
    "db.connect_timeout": ("db.connection_refused",),
}
"""What is said after its cause is, wherever both stand: beginnings of the causes' ids."""

KILLED_FOR: Final = {"py.worker_oom": "py.worker_timeout"}
"""What is no riddle when a line says why that worker ended: Gunicorn's watchdog kills as well."""
_PROCESS: Final = re.compile(r"\(pid:(\d{1,10})\)")

_GRAVE: Final = (Severity.CRITICAL, Severity.ERROR)

_CONFIDENCE: Final = {
    (Rank.ROOT, Severity.CRITICAL): 0.9,
    (Rank.ROOT, Severity.ERROR): 0.8,
    (Rank.CODE, Severity.CRITICAL): 0.85,
    (Rank.CODE, Severity.ERROR): 0.75,
    (Rank.CONSEQUENCE, Severity.CRITICAL): 0.5,
    (Rank.CONSEQUENCE, Severity.ERROR): 0.4,
}
_SUSPICION: Final = 0.3
"""Of what is a warning, or less."""
_RIVAL: Final = 0.2
"""Taken off when another grave fault of the same rank stands beside it."""

AREAS: Final = {
    "database": ("db.", "orm."),
    "redis": ("redis.",),
    "environment": ("env.", "py.missing_env"),
    "port": ("net.port_", "net.address_not_available"),
    "network": ("net.connection_refused", "net.unreachable", "net.timeout", "dns."),
    "certificate": ("tls.",),
    "memory": ("os.oom_kill", "os.cannot_allocate", "node.heap_oom", "py.worker_oom"),
    "disk": ("fs.no_space", "fs.read_only"),
    "limits of the system": ("fs.too_many_open", "fs.watch_limit", "os.cannot_fork"),
    "build and modules": ("npm.", "build.", "node.module", "node.native", "py.module"),
    "code": ("node.uncaught", "node.stack", "py.recursion", "node.syntax", "py.syntax"),
}
"""What is looked at, in people's words, and the beginnings of the ids that speak of it."""


class Cause(NamedTuple):
    """One fault that may be the cause."""

    signature: Signature
    confidence: float
    """Between 0 and 1. From 0.8 on the cause counts as found."""
    evidence: tuple[Match, ...]
    """Every line that speaks of it, in order."""


class Diagnosis(NamedTuple):
    """What a log says about why something failed."""

    causes: tuple[Cause, ...]
    """The likeliest first; empty when nothing known is in the log."""
    excluded: tuple[str, ...]
    """Areas of which no line speaks."""
    lines: int
    """How many lines were looked at."""

    @property
    def known(self) -> bool:
        """Whether a grave fault was recognised."""
        return any(map(is_grave, self.causes))


def diagnose(matches: Sequence[Match], lines: int) -> Diagnosis:
    """Rank the faults of a log of `lines` lines."""
    told = _without_explained(_not_over(_without_generic(_window(matches))))
    by_id: dict[str, list[Match]] = {}
    for match in told:
        by_id.setdefault(match.signature.id, []).append(match)
    ordered = sorted(by_id.values(), key=lambda found: _order(found, by_id))
    causes = tuple(
        Cause(found[0].signature, _confidence(found[0].signature, ordered), tuple(found))
        for found in ordered
    )
    return Diagnosis(causes, _excluded(by_id), lines)


def is_grave(cause: Cause) -> bool:
    """Whether it is an error or worse; the rest is a suspicion."""
    return cause.signature.severity in _GRAVE


def _window(matches: Sequence[Match]) -> list[Match]:
    grave = [match.line for match in matches if match.signature.severity in _GRAVE]
    last = max(grave, default=0)
    return [match for match in matches if not grave or last - WINDOW < match.line]


def _not_over(matches: Sequence[Match]) -> list[Match]:
    """Leave out the recoveries, and the waits that they ended."""
    ends = recovery.ENDS
    back = {match.signature.id: match.line for match in matches if match.signature.id in ends}

    def over(match: Match) -> bool:
        return match.signature.restart is Restart.WAIT and any(
            match.line < line and match.signature.id.startswith(ends[name])
            for name, line in back.items()
        )

    return [match for match in matches if match.signature.id not in back and not over(match)]


def _without_explained(matches: Sequence[Match]) -> list[Match]:
    told = {(match.signature.id, _process(match)) for match in matches}
    return [
        match
        for match in matches
        if (KILLED_FOR.get(match.signature.id), _process(match)) not in told
    ]


def _process(match: Match) -> str:
    found = _PROCESS.search(match.text)
    return found[1] if found else ""


def _without_generic(matches: Sequence[Match]) -> list[Match]:
    on_line: dict[int, set[str]] = {}
    for match in matches:
        on_line.setdefault(match.line, set()).add(match.signature.id)
    return [match for match in matches if not _says_less(match.signature.id, on_line[match.line])]


def _says_less(name: str, others: Iterable[str]) -> bool:
    better = GENERIC.get(name, ())
    return any(other != name and other.startswith(better) for other in others)


def _order(found: Sequence[Match], all_ids: Iterable[str]) -> tuple[bool, Rank, bool, int]:
    first = found[0]
    causes = FOLLOWS.get(first.signature.id, ())
    follows = any(name.startswith(causes) for name in all_ids)
    return first.signature.severity not in _GRAVE, first.signature.rank, follows, first.line


def _confidence(signature: Signature, ordered: Sequence[Sequence[Match]]) -> float:
    certain = _CONFIDENCE.get((signature.rank, signature.severity), _SUSPICION)
    others = (found[0].signature for found in ordered)
    rivals = any(
        other.rank is signature.rank and other.severity in _GRAVE and other.id != signature.id
        for other in others
    )
    return round(certain - _RIVAL, 2) if rivals and certain > _SUSPICION else certain


def _area(name: str) -> str:
    return next((area for area, starts in AREAS.items() if name.startswith(starts)), name)


def _excluded(found: Iterable[str]) -> tuple[str, ...]:
    spoken = {_area(name) for name in found}
    return tuple(area for area in AREAS if area not in spoken)
