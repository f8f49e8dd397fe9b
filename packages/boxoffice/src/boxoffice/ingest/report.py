"""The two answers to an upload: a report, or a refusal with every reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from boxoffice.workbook import Accepted, Finding
from boxoffice.workbook.rows import PlaySales, Sales

MAX_LISTED = 1000
"""Findings of one list that an answer spells out; the rest are only counted."""


Status = Literal["created", "unchanged", "quarantined"]

_HTTP_STATUS: Mapping[Status, int] = {"created": 201, "unchanged": 200, "quarantined": 202}
_MESSAGES: Mapping[Status, str] = {
    "created": "업로드 성공",
    "unchanged": "업로드 성공",
    "quarantined": "업로드한 파일에 이상이 있어 승인을 기다립니다.",
}


@dataclass(frozen=True, slots=True)
class UploadReport:
    """What a file brought."""

    status: Status
    """`unchanged`: a snapshot of that day has the same bytes. `quarantined`: suspicious, so the
    figures stay as they are until somebody releases it."""
    snapshot_id: int
    code: str
    title: str
    record_date: date
    file_name: str
    sha256: str
    reading: Accepted
    assessment: Mapping[str, Any]
    """`changes` and `anomalies`, see `assessment.Assessment.as_json`."""

    @property
    def http_status(self) -> int:
        """201 for a new snapshot, 200 for an unchanged one, 202 for one in quarantine."""
        return _HTTP_STATUS[self.status]

    def as_json(self) -> dict[str, Any]:
        """The body of the answer."""
        return {
            "status": self.status,
            "message": _MESSAGES[self.status],
            "snapshotId": self.snapshot_id,
            "liveId": self.code,
            "liveName": self.title,
            "recordDate": self.record_date.isoformat(),
            "fileName": self.file_name,
            "sha256": self.sha256,
            **import_report(self.reading),
            **self.assessment,
        }


class UploadRefusedError(Exception):
    """A file that was not imported; `errors` (at least one) are in order of judgement."""

    def __init__(self, errors: Sequence[Finding], performance_id: int | None = None) -> None:
        super().__init__(errors[0].reason_en)
        self.errors = tuple(errors)
        self.performance_id = performance_id
        """The performance it was meant for, once that was known."""

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
            "details": listed(self.errors),
            "detailCount": len(self.errors),
        }


def import_report(reading: Accepted) -> dict[str, Any]:
    """What is kept with the snapshot: rows and sums by sheet (won and tickets) and what lies
    between them, which column of which sheet each marker stood in (the way back from a figure to
    its cell), and what was remarkable."""
    sales = reading.sales
    daily, shows = _daily_sums(sales), _show_sums(sales)
    return {
        "sheets": {"daily": daily, "shows": shows},
        "notDeposited": _not_deposited(daily, shows),
        "columns": reading.places,
        "warnings": listed(reading.warnings),
        "warningCount": len(reading.warnings),
        "notes": listed(reading.notes),
        "noteCount": len(reading.notes),
    }


def _not_deposited(daily: Mapping[str, int], shows: Mapping[str, int]) -> dict[str, int] | None:
    """What the shows of a play count and its days do not: reserved as paid, money outstanding.

    None for a concert, whose sheets count the same tickets.
    """
    if "amount" not in shows:
        return None
    return {"amount": shows["amount"] - daily["amount"], "seats": shows["paid"] - daily["seats"]}


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


def listed(findings: Sequence[Finding]) -> list[dict[str, str | None]]:
    """Findings as an answer spells them out."""
    return [finding.as_json() for finding in findings[:MAX_LISTED]]
