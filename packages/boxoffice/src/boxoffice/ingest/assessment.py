"""What an upload would do, judged before it does it: changes, anomalies, quarantine. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from boxoffice.ingest.changes import Before, Changes, compare, contradiction, suspicious
from boxoffice.ingest.report import listed
from boxoffice.ingest.rows import rows_of
from boxoffice.workbook import Accepted, Code, Finding

SUSPICIOUS_WARNINGS = frozenset(
    {Code.OVER_CAPACITY, Code.CLASS_SUM_MISMATCH, Code.SHARE_MISMATCH, Code.SHARE_OVER_100}
)
"""Warnings of a file alone that contradict the house or the file itself."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """What a file changes, and what of that does not fit."""

    changes: Changes | None
    """None for the first file of a performance (up to its day)."""
    anomalies: tuple[Finding, ...]

    def as_json(self) -> dict[str, object]:
        """A part of the report."""
        return {
            "changes": None if self.changes is None else self.changes.as_json(),
            "anomalies": listed(self.anomalies),
        }


def assess(reading: Accepted, before: Before | None) -> Assessment:
    """Compare what was read with the snapshot before, and its sheets with each other."""
    rows = rows_of(reading.sales)
    changes = None if before is None else compare(before, rows)
    fell = () if changes is None else suspicious(changes)
    return Assessment(changes, (*fell, *contradiction(rows)))


def needs_release(reading: Accepted, anomalies: Sequence[object], *, quarantines: bool) -> bool:
    """Whether a file waits for somebody, where its performance asks for that."""
    doubtful = any(warning.code in SUSPICIOUS_WARNINGS for warning in reading.warnings)
    return quarantines and (bool(anomalies) or doubtful)
