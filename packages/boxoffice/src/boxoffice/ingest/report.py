"""The two answers to an upload: a report, or a refusal with every reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from boxoffice.domain.sales import PlaySales, Sales
from boxoffice.workbook import Finding

MAX_LISTED = 1000
"""Findings of one list that an answer spells out; the rest are only counted."""


@dataclass(frozen=True, slots=True)
class UploadReport:
    """What a file brought. `unchanged`: the active snapshot of that day has the same bytes."""

    status: Literal["created", "unchanged"]
    snapshot_id: int
    code: str
    title: str
    record_date: date
    file_name: str
    sha256: str
    sales: Sales
    warnings: tuple[Finding, ...]
    notes: tuple[Finding, ...]

    @property
    def http_status(self) -> int:
        """201 for a new snapshot, 200 for an unchanged one."""
        return 201 if self.status == "created" else 200

    def as_json(self) -> dict[str, Any]:
        """The body of the answer."""
        return {
            "status": self.status,
            "message": "업로드 성공",
            "snapshotId": self.snapshot_id,
            "liveId": self.code,
            "liveName": self.title,
            "recordDate": self.record_date.isoformat(),
            "fileName": self.file_name,
            "sha256": self.sha256,
            **import_report(self.sales, self.warnings, self.notes),
        }


class UploadRefusedError(Exception):
    """A file that was not imported; `errors` (at least one) are in order of judgement."""

    def __init__(self, errors: Sequence[Finding]) -> None:
        super().__init__(errors[0].reason_en)
        self.errors = tuple(errors)

    @property
    def http_status(self) -> int:
        """Status of the first error."""
        return self.errors[0].http_status

    def as_json(self) -> dict[str, Any]:
        """The body of the answer; the first line is the sentence people know."""
        first = self.errors[0]
        return {
            "status": False,
            "code": first.code.value,
            "message": first.first_line,
            "messageEn": first.reason_en,
            "details": _listed(self.errors),
            "detailCount": len(self.errors),
        }


def import_report(
    sales: Sales, warnings: Sequence[Finding], notes: Sequence[Finding]
) -> dict[str, Any]:
    """Rows and sums by sheet (won and tickets), and what was remarkable: kept with the snapshot."""
    return {
        "sheets": {"daily": _daily_sums(sales), "shows": _show_sums(sales)},
        "warnings": _listed(warnings),
        "warningCount": len(warnings),
        "notes": _listed(notes),
        "noteCount": len(notes),
    }


def _daily_sums(sales: Sales) -> dict[str, int]:
    if isinstance(sales, PlaySales):
        seats = sum(day.seats for day in sales.daily)
    else:
        seats = sum(day.paid_seats for day in sales.daily)
    amount = sum(day.amount for day in sales.daily)
    return {"rows": len(sales.daily), "amount": amount, "seats": seats}


def _show_sums(sales: Sales) -> dict[str, int]:
    sums = {
        "rows": len(sales.shows),
        "paid": sum(show.paid_seats for show in sales.shows),
        "invited": sum(show.invited_seats for show in sales.shows),
    }
    if isinstance(sales, PlaySales):
        sums["amount"] = sum(show.paid_amount for show in sales.shows)
    return sums


def _listed(findings: Sequence[Finding]) -> list[dict[str, str | None]]:
    return [finding.as_json() for finding in findings[:MAX_LISTED]]
