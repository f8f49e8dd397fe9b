"""Daily targets of a performance: as a list, spread over days by a shape, or from a file."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated

from fastapi import APIRouter, File, Query, UploadFile
from sqlalchemy import Connection
from starlette.responses import Response

from boxoffice.http import conditions, schemas
from boxoffice.http.answers import ExactJson
from boxoffice.http.context import ReadingOf
from boxoffice.http.errors import RequestError
from boxoffice.http.openapi import problems
from boxoffice.http.writing import PlanningOf, the_performance
from boxoffice.ingest import UploadRefusedError
from boxoffice.planning.drafts import SpreadDraft, TargetsDraft
from boxoffice.planning.fields import Code
from boxoffice.planning.performances import StoredPerformance
from boxoffice.planning.sale_period import SalePeriod
from boxoffice.planning.spread import NothingToSpreadOver
from boxoffice.planning.store import replace_targets
from boxoffice.planning.targets import (
    Targets,
    changes,
    read_targets,
    spread_targets,
    sums_by_month,
    sums_by_week,
)
from boxoffice.workbook import Code as Reason
from boxoffice.workbook import Rejected
from boxoffice.workbook.target_list import MAX_TARGET_FILE_BYTES, TargetList, read_target_list

router = APIRouter(prefix="/api/v1/performances/{code}/targets", tags=["targets"])

Preview = Annotated[bool, Query(description="Say what would change, and change nothing.")]

_NAMED_DAYS = 10

_CHANGED = {200: {"model": schemas.TargetChanges}}
_REFUSED = {
    "performance_unknown": 404,
    "sale_period_missing": 409,
    "targets_outside_sale": 422,
    **conditions.CHANGED_MEANWHILE,
}
_FILE_CODES = (
    Reason.FILE_EMPTY,
    Reason.FILE_DAMAGED,
    Reason.NOT_A_WORKBOOK,
    Reason.WORKBOOK_TOO_LARGE,
    Reason.ERROR_CELL,
    Reason.DATE_INVALID,
    Reason.REQUIRED_CELL_BLANK,
    Reason.FORMULA_WITHOUT_VALUE,
    Reason.NUMBER_INVALID,
    Reason.NUMBER_FRACTIONAL,
    Reason.SALES_DATE_DUPLICATE,
    Reason.NO_DATA_ROWS,
)


@router.get(
    "",
    responses={
        200: {"model": schemas.Targets},
        **conditions.NOT_MODIFIED,
        **problems(performance_unknown=404),
    },
)
def targets(
    code: Code, reading: ReadingOf, if_none_match: conditions.IfNoneMatch = None
) -> Response:
    """All targets, with their sums by week and month."""
    with reading() as connection:
        stored = the_performance(connection, code)
        content = _as_json(stored, read_targets(connection, stored.id))
    return conditions.tagged(if_none_match, content)


@router.put("", responses={**_CHANGED, **problems(**_REFUSED)})
def put_targets(
    code: Code,
    body: TargetsDraft,
    writing: PlanningOf,
    preview: Preview = False,
    if_match: conditions.IfMatch = None,
) -> Response:
    """Replace all targets by this list; days that are not in it have none afterwards."""
    with writing() as connection:
        stored, before = _to_change(connection, code, if_match)
        return _settle(connection, stored, before, dict(sorted(body.amounts.items())), preview)


@router.post("/spread", responses={**_CHANGED, **problems(**_REFUSED, nothing_to_spread_over=422)})
def spread(
    code: Code,
    body: SpreadDraft,
    writing: PlanningOf,
    preview: Preview = False,
    if_match: conditions.IfMatch = None,
) -> Response:
    """Spread sums (of the sale, of weeks, of months, of days from..to) by a shape: each day its
    part rounded down, what is left to the first days, one won each. Other days stay.
    """
    with writing() as connection:
        stored, before = _to_change(connection, code, if_match)
        try:
            after = spread_targets(connection, before, body, _sale(stored))
        except NothingToSpreadOver:
            raise RequestError(422, "nothing_to_spread_over") from None
        return _settle(connection, stored, before, after, preview)


@router.post(
    "/file", responses={**_CHANGED, **problems(**_REFUSED, **dict.fromkeys(_FILE_CODES, 422))}
)
def upload_targets(
    code: Code,
    file: Annotated[UploadFile, File(description="Two columns, day and won: .xlsx or CSV.")],
    writing: PlanningOf,
    preview: Preview = False,
    if_match: conditions.IfMatch = None,
) -> Response:
    """Set the targets of the days in a file; other days stay. All reasons against it come at once,
    each with its cell or line."""
    given = _read(file.file.read(MAX_TARGET_FILE_BYTES + 1))
    with writing() as connection:
        stored, before = _to_change(connection, code, if_match)
        after = dict(sorted({**before, **given.amounts}.items()))
        return _settle(connection, stored, before, after, preview)


def _read(content: bytes) -> TargetList:
    read = read_target_list(content)
    if isinstance(read, Rejected):
        raise UploadRefusedError(read.errors)
    return read


def _to_change(
    connection: Connection, code: str, if_match: str | None
) -> tuple[StoredPerformance, Targets]:
    stored = the_performance(connection, code, to_change=True)
    before = read_targets(connection, stored.id)
    conditions.demand_unchanged(if_match, _as_json(stored, before))
    return stored, before


def _settle(
    connection: Connection,
    stored: StoredPerformance,
    before: Targets,
    after: Targets,
    preview: bool,
) -> Response:
    """Store the targets unless it is a preview, and say what becomes of which day."""
    sale = _sale(stored)
    outside = [day for day in after if day not in sale and day not in before]
    if outside:
        named = ", ".join(str(day) for day in outside[:_NAMED_DAYS])
        raise RequestError(
            422, "targets_outside_sale", days=named, first=str(sale.first), last=str(sale.last)
        )
    if not preview:
        replace_targets(connection, stored.id, after)
    differences = changes(before, after)
    answer = ExactJson(
        {
            "preview": preview,
            "totalBefore": sum(before.values()),
            "totalAfter": sum(after.values()),
            "items": [{"date": c.day, "before": c.before, "after": c.after} for c in differences],
            "nextCursor": None,
        }
    )
    return conditions.with_tag(
        answer, conditions.content_tag(_as_json(stored, before if preview else after))
    )


def _sale(stored: StoredPerformance) -> SalePeriod:
    if stored.sale_period is None:
        raise RequestError(409, "sale_period_missing", performance=stored.code)
    return stored.sale_period


def _as_json(stored: StoredPerformance, targets: Targets) -> Mapping[str, object]:
    return {
        "code": stored.code,
        "saleStartDate": stored.values["sale_start_date"],
        "saleEndDate": stored.values["sale_end_date"],
        "totalAmount": sum(targets.values()),
        "weeks": _named("weekStart", sums_by_week(targets).items()),
        "months": _named("month", sums_by_month(targets).items()),
        "items": _named("date", targets.items()),
        "nextCursor": None,
    }


def _named(key: str, amounts: Iterable[tuple[date | str, int]]) -> list[Mapping[str, object]]:
    return [{key: when, "amount": amount} for when, amount in amounts]
