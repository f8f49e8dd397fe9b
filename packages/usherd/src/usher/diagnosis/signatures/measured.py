"""What figures say, and no line of a log (spec/operations.md B.4)."""

from typing import Final

from usher.diagnosis.signature import Rank, Restart, Severity, Signature


def _measured(
    code: str,
    severity: Severity,
    restart: Restart,
    rank: Rank,
    place: str,
    cause: str,
    collect: str,
    remedy: str,
) -> Signature:
    """A fault that is seen by its figures: there is no line that it matches."""
    return Signature(
        code, severity, restart, rank, "", place, cause, collect, remedy, example="", benign=""
    )


RISING: Final = _measured(
    "memory.rising_fast",
    Severity.INFO,
    Restart.NO,
    Rank.CODE,
    "memory of an app's processes over 2 minutes",
    "Memory grows steadily and would be too much within 15 minutes: load, a cache, or a leak",
    "`usher graph NAME`: whether it falls again when the load does",
    "Nothing yet: long sawteeth of a garbage collector look the same",
)
LEAK: Final = _measured(
    "memory.leak_suspected",
    Severity.WARNING,
    Restart.NO,
    Rank.CODE,
    "memory of an app's processes over 30 minutes",
    "What garbage collections leave grows steadily: something is kept that nobody needs",
    "`usher graph NAME`; a heap snapshot now and in an hour, compared",
    "Mend the leak; until then `memory = { limit = ... }` replaces the app before the host suffers",
)
BIND_MISMATCH: Final = _measured(
    "net.bind_mismatch",
    Severity.WARNING,
    Restart.NO,
    Rank.ROOT,
    "listening sockets of an app's processes",
    "It listens at another port or address than its definition says: clients cannot reach it",
    "`ss -ltnp`; PORT and HOST in `usher env NAME`, and which of them the code reads",
    "Have the code listen where PORT and HOST say, or correct the definition",
)

SIGNATURES: Final = (
    RISING,
    LEAK,
    DESCRIPTORS,
    SLOW,
    HOST_MEMORY,
    FOREIGN_HOG,
    DISK,
    CLOCK,
    SLOW_STOP,
    KILLED,
    STATIC_HEALTH,
    BIND_MISMATCH,
)
