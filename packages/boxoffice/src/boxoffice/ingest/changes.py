"""What a workbook changes against the snapshot before it, and what of that is suspicious. Pure.

A workbook is cumulative: everything the one before said, it says again. So a sum that falls and a
day or show that is gone mean a wrong file more often than they mean refunds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from boxoffice.ingest.rows import Row, SheetTable
from boxoffice.workbook import Code, Finding

MAX_LISTED = 200
"""Changed rows of one sheet that a report spells out; the rest are only counted."""
FALL_WON = 1_000_000
"""A fall of the amount by more is suspicious, however large the sum."""
FALL_SHARE = Decimal("0.005")
"""So is a fall of amount or tickets by more than this part of the sum."""

Rows = Mapping[Any, Row]
"""Rows by their key, a sales date or the moment of a show."""


@dataclass(frozen=True, slots=True)
class Before:
    """The snapshot that a file is compared with: the newest one of its day or earlier."""

    snapshot_id: int
    record_date: date
    rows: Mapping[str, Rows]
    """By part (`daily`, `shows`)."""


@dataclass(frozen=True, slots=True)
class Field:
    """One figure of a row that changed."""

    column: str
    before: object
    after: object


@dataclass(frozen=True, slots=True)
class SheetChanges:
    """What became of the rows of one sheet; keys in order."""

    table: SheetTable
    added: tuple[Any, ...]
    vanished: tuple[Any, ...]
    changed: Mapping[Any, tuple[Field, ...]]
    before_sums: Mapping[str, int]
    after_sums: Mapping[str, int]

    def as_json(self) -> dict[str, object]:
        """Counts, sums before and after (won, tickets), and the first rows of each kind."""
        return {
            "added": len(self.added),
            "changed": len(self.changed),
            "vanished": len(self.vanished),
            "before": dict(self.before_sums),
            "after": dict(self.after_sums),
            "rows": self._listed(),
        }

    def _listed(self) -> list[dict[str, object]]:
        kinds: list[tuple[str, Any]] = [
            *(("vanished", key) for key in self.vanished),
            *(("changed", key) for key in self.changed),
            *(("added", key) for key in self.added),
        ]
        return [
            {
                "change": kind,
                "key": key.isoformat(),
                "fields": {
                    field.column: {"before": _plain(field.before), "after": _plain(field.after)}
                    for field in self.changed.get(key, ())
                },
            }
            for kind, key in kinds[:MAX_LISTED]
        ]


@dataclass(frozen=True, slots=True)
class Changes:
    """Both sheets against the snapshot before."""

    before: Before
    daily: SheetChanges
    shows: SheetChanges

    def as_json(self) -> dict[str, object]:
        """For the report of an upload or preview."""
        return {
            "comparedWith": {
                "snapshotId": self.before.snapshot_id,
                "recordDate": self.before.record_date.isoformat(),
            },
            "daily": self.daily.as_json(),
            "shows": self.shows.as_json(),
        }


def compare(before: Before, after: Sequence[tuple[SheetTable, Sequence[Row]]]) -> Changes:
    """What the rows read change against those of the snapshot before."""
    daily, shows = (_compare(table, before.rows[table.part], rows) for table, rows in after)
    return Changes(before, daily, shows)


def suspicious(changes: Changes) -> tuple[Finding, ...]:
    """Anomalies: sums that fell, and rows that are gone."""
    found: list[Finding] = []
    for sheet in (changes.daily, changes.shows):
        name = sheet.table.layout.name
        found.extend(
            Finding(
                Code.SALES_FELL,
                name,
                value=f"{sheet.after_sums[column]:,}",
                parameters={
                    "marker": sheet.table.markers[column][0],
                    "expected": f"{earlier:,}",
                    "record_date": changes.before.record_date.isoformat(),
                },
            )
            for column, earlier in sheet.before_sums.items()
            if _fell(column, earlier, sheet.after_sums[column])
        )
        if sheet.vanished:
            first = ", ".join(f"{key:%Y-%m-%d}" for key in sheet.vanished[:5])
            words = {
                "count": str(len(sheet.vanished)),
                "record_date": changes.before.record_date.isoformat(),
            }
            found.append(Finding(Code.ROWS_VANISHED, name, value=first, parameters=words))
    return tuple(found)


def contradiction(rows: Sequence[tuple[SheetTable, Sequence[Row]]]) -> tuple[Finding, ...]:
    """Totals of the two sheets that cannot both be right.

    They differ legitimately, but in one direction: what is deposited is paid, so the days of a play
    cannot hold more tickets than its shows; a concert counts the same tickets twice.
    """
    (daily, days), (shows, nights) = rows
    is_play = "seats" in daily.markers
    by_day = _sum(days, "seats" if is_play else "paid_seats")
    by_show = _sum(nights, "paid_seats")
    if by_day == by_show or (is_play and by_day < by_show):
        return ()
    words = {"other": shows.layout.name, "expected": f"{by_show:,}"}
    return (Finding(Code.TOTALS_DIFFER, daily.layout.name, value=f"{by_day:,}", parameters=words),)


def _compare(table: SheetTable, before: Rows, rows: Sequence[Row]) -> SheetChanges:
    after = {row[table.key]: row for row in rows}
    changed = {
        key: fields
        for key in sorted(before.keys() & after.keys())
        if (fields := _fields(table, before[key], after[key]))
    }
    columns = [column for column in _SUMMED if column in table.markers]
    return SheetChanges(
        table,
        tuple(sorted(after.keys() - before.keys())),
        tuple(sorted(before.keys() - after.keys())),
        changed,
        {column: _sum(before.values(), column) for column in columns},
        {column: _sum(rows, column) for column in columns},
    )


_SUMMED = ("amount", "seats", "paid_amount", "paid_seats", "invited_seats")
_MAY_FALL = frozenset({"invited_seats"})
"""Invitations are given back as they like."""


def _fields(table: SheetTable, before: Row, after: Row) -> tuple[Field, ...]:
    return tuple(
        Field(column, before[column], after[column])
        for column in table.columns
        if before[column] != after[column]
    )


def _fell(column: str, before: int, after: int) -> bool:
    if column in _MAY_FALL:
        return False
    fall = before - after
    return fall > before * FALL_SHARE or (column in {"amount", "paid_amount"} and fall > FALL_WON)


def _sum(rows: Any, column: str) -> int:
    return sum(row[column] for row in rows)


def _plain(value: object) -> object:
    """A value as JSON holds it exactly; shares are decimals and go as text."""
    return str(value) if isinstance(value, Decimal) else value
