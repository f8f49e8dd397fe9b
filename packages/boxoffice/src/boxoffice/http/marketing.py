"""The marketing calendar of a performance: three texts for each week of its sale."""

from collections.abc import Mapping
from datetime import date

from fastapi import APIRouter
from sqlalchemy import Connection
from starlette.responses import Response

from boxoffice.http import conditions, schemas
from boxoffice.http.context import ReadingOf
from boxoffice.http.errors import RequestError
from boxoffice.http.openapi import problems
from boxoffice.http.writing import PlanningOf, the_performance
from boxoffice.planning.drafts import MarketingDraft
from boxoffice.planning.fields import Code, Day
from boxoffice.planning.marketing import (
    drop_orphaned_week,
    orphan_weeks,
    read_orphaned_weeks,
    read_weeks,
    replace_weeks,
)
from boxoffice.planning.performances import StoredPerformance
from boxoffice.planning.sale_period import SalePeriod, WeekTexts, move_weeks

router = APIRouter(
    prefix="/api/v1/performances/{code}/marketing-weeks", tags=["marketing calendar"]
)

_WEEKS = {200: {"model": schemas.MarketingWeeks}}


@router.get(
    "", responses={**_WEEKS, **conditions.NOT_MODIFIED, **problems(performance_unknown=404)}
)
def weeks(code: Code, reading: ReadingOf, if_none_match: conditions.IfNoneMatch = None) -> Response:
    """Every week of the sale, and texts of weeks that it has no more."""
    with reading() as connection:
        content = _as_json(connection, the_performance(connection, code))
    return conditions.tagged(if_none_match, content)


@router.put(
    "",
    responses={
        **_WEEKS,
        **problems(
            performance_unknown=404,
            sale_period_missing=409,
            week_outside_sale=422,
            **conditions.CHANGED_MEANWHILE,
        ),
    },
)
def put_weeks(
    code: Code, body: MarketingDraft, writing: PlanningOf, if_match: conditions.IfMatch = None
) -> Response:
    """Replace the texts of all weeks; a week is named by its first day of sale."""
    with writing() as connection:
        stored = the_performance(connection, code, to_change=True)
        conditions.demand_unchanged(if_match, _as_json(connection, stored))
        texts = {week: WeekTexts() for week in _sale(stored).weeks}
        by_start = {week.start: week for week in texts}
        for entry in body.items:
            if entry.week_start not in by_start:
                raise RequestError(422, "week_outside_sale", day=str(entry.week_start))
            texts[by_start[entry.week_start]] = WeekTexts(
                entry.sales_marketing, entry.promotion, entry.other_notes
            )
        replace_weeks(connection, stored.id, texts)
        return conditions.tagged(None, _as_json(connection, stored))


@router.post(
    "/rebuild",
    responses={**_WEEKS, **problems(performance_unknown=404, sale_period_missing=409)},
)
def rebuild(code: Code, writing: PlanningOf) -> Response:
    """Give every week of the sale its place. Texts stay with their calendar week; those of weeks
    outside the sale are kept apart."""
    with writing() as connection:
        stored = the_performance(connection, code, to_change=True)
        moved = move_weeks(_sale(stored), read_weeks(connection, stored.id).items())
        replace_weeks(connection, stored.id, moved.weeks)
        orphan_weeks(connection, stored.id, moved.orphaned)
        return conditions.tagged(None, _as_json(connection, stored))


@router.delete(
    "/orphaned/{week_start}",
    status_code=204,
    responses=problems(performance_unknown=404, week_not_orphaned=404),
)
def drop_orphaned(code: Code, week_start: Day, writing: PlanningOf) -> Response:
    """Confirm that the texts of a week that the sale has no more may go."""
    with writing() as connection:
        stored = the_performance(connection, code, to_change=True)
        if not drop_orphaned_week(connection, stored.id, week_start):
            raise RequestError(404, "week_not_orphaned", day=str(week_start))
    return Response(status_code=204)


def weeks_as_json(weeks: Mapping[date, WeekTexts]) -> list[Mapping[str, object]]:
    """Texts by the first day of their week."""
    return [{"weekStart": start, **_texts(texts)} for start, texts in weeks.items()]


def _sale(stored: StoredPerformance) -> SalePeriod:
    if stored.sale_period is None:
        raise RequestError(409, "sale_period_missing", performance=stored.code)
    return stored.sale_period


def _as_json(connection: Connection, stored: StoredPerformance) -> Mapping[str, object]:
    there = read_weeks(connection, stored.id)
    weeks = stored.sale_period.weeks if stored.sale_period else ()
    return {
        "code": stored.code,
        "items": [
            {
                "weekNumber": week.number,
                "weekStart": week.start,
                "weekEnd": week.end,
                **_texts(there.get(week.start, WeekTexts())),
            }
            for week in weeks
        ],
        "orphaned": weeks_as_json(read_orphaned_weeks(connection, stored.id)),
        "nextCursor": None,
    }


def _texts(texts: WeekTexts) -> Mapping[str, str | None]:
    return {
        "salesMarketing": texts.sales_marketing,
        "promotion": texts.promotion,
        "otherNotes": texts.other_notes,
    }
