"""What the records of a sheet must be among each other, and what is remarkable about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal

from boxoffice.workbook.cells import Sheet
from boxoffice.workbook.columns import Columns
from boxoffice.workbook.findings import Code, Finding, Findings
from boxoffice.workbook.layout import DATE_MARKER, TIME_MARKER, SheetLayout
from boxoffice.workbook.records import Record
from boxoffice.workbook.values import rounded_share

_SHARE_TOLERANCE = 1
"""Points of per cent by which a stored share may differ from the one the seats give."""
_SHARES_OF = {"dash_share_paid": "dash_seat_paid_tot", "dash_share_free": "dash_seat_invite_tot"}
"""Share -> the seats it must agree with; deposits by show are not in the workbook."""
_Key = tuple[date, time | None]
_PAID, _INVITED = "dash_seat_paid_tot", "dash_seat_invite_tot"


@dataclass(frozen=True, slots=True)
class Checked:
    """A sheet, how its columns lie, and its records: what the checks look at."""

    sheet: Sheet
    layout: SheetLayout
    columns: Columns
    records: Sequence[Record]

    def finding(self, code: Code, record: Record, marker: str, value: str, **words: str) -> Finding:
        """A finding at the cell of a required marker."""
        cell = self.sheet.address(record.row, self.columns.required[marker])
        return Finding(code, self.layout.name, cell, value, record.row, words)


def check_duplicates(checked: Checked, found: Findings) -> None:
    """The same day twice, or the same show twice, is an error that names both cells."""
    is_show_sheet = not checked.layout.ends_at_record_date
    code = Code.SHOW_DUPLICATE if is_show_sheet else Code.SALES_DATE_DUPLICATE
    first: dict[_Key, str] = {}
    for record in checked.records:
        at = record.times.get(TIME_MARKER)
        if is_show_sheet and at is None:
            continue  # its time is an error already
        key = (record.day, at)
        shown = record.day.isoformat() + (f" {at:%H:%M}" if at is not None else "")
        finding = checked.finding(code, record, DATE_MARKER, shown, first=first.get(key, ""))
        if key in first:
            found.errors.append(finding)
        else:
            first[key] = finding.cell


def check_class_sums(checked: Checked, found: Findings) -> None:
    """Classes that do not add up to their total; asked only where all classes are known."""
    for family in sorted(checked.columns.complete_families):
        total_marker = f"{family}tot"
        for record in checked.records:
            total = record.wholes.get(total_marker)
            added = sum(record.classes[family].values())
            if total is not None and total != added:
                found.warnings.append(
                    checked.finding(
                        Code.CLASS_SUM_MISMATCH,
                        record,
                        total_marker,
                        str(total),
                        expected=str(added),
                    )
                )


def check_capacity(checked: Checked, seats_per_show: int | None, found: Findings) -> None:
    """More seats than the house has, and shares that the seats contradict."""
    if not seats_per_show:
        return
    for record in checked.records:
        taken = record.wholes.get(_PAID, 0) + record.wholes.get(_INVITED, 0)
        if taken > seats_per_show and _PAID in checked.columns.required:
            found.warnings.append(
                checked.finding(
                    Code.OVER_CAPACITY, record, _PAID, str(taken), expected=str(seats_per_show)
                )
            )
        for marker, seats_marker in _SHARES_OF.items():
            _check_share(checked, record, marker, seats_marker, seats_per_show, found)


def _check_share(
    checked: Checked,
    record: Record,
    marker: str,
    seats_marker: str,
    seats_per_show: int,
    found: Findings,
) -> None:
    share, seats = record.shares.get(marker), record.wholes.get(seats_marker)
    if share is None or seats is None:
        return
    if abs(share * seats_per_show - seats * 100) > _SHARE_TOLERANCE * seats_per_show:
        words = _plain(rounded_share(Decimal(seats * 100) / seats_per_show))
        found.warnings.append(
            checked.finding(Code.SHARE_MISMATCH, record, marker, _plain(share), expected=words)
        )


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
