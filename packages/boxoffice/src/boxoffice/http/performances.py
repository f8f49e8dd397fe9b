"""The performances: what is sold, when, and how many seats there are."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from pydantic.alias_generators import to_camel
from starlette.responses import Response

from boxoffice.db.audit import record
from boxoffice.domain.categories import Category
from boxoffice.http import conditions, schemas
from boxoffice.http.answers import ExactJson
from boxoffice.http.context import AsOf, ReadingOf
from boxoffice.http.cursors import CursorOf, LimitOf, decode_cursor, encode_cursor
from boxoffice.http.errors import RequestError
from boxoffice.http.marketing import weeks_as_json
from boxoffice.http.openapi import problems
from boxoffice.http.writing import ManagingOf, PlanningOf, the_performance
from boxoffice.metrics.performances import read_performances
from boxoffice.metrics.words import Unit
from boxoffice.planning.drafts import PerformanceChange, PerformanceDraft
from boxoffice.planning.fields import Code, Kind
from boxoffice.planning.performances import (
    CategoryFixed,
    CutOff,
    PerformanceExists,
    StoredPerformance,
    TitleTaken,
    change_performance,
    create_performance,
    delete_performance,
    list_performances,
    restore_performance,
)

router = APIRouter(tags=["performances"])

_PREFIX = "/api/v1/performances"
_CURSOR = "performances"

_FORMER_FIELDS = {
    "liveId": "performance_code",
    "liveName": "title",
    "isLive": "is_active",
    "location": "venue",
    "showStartDate": "show_start_date",
    "showEndDate": "show_end_date",
    "saleStartDate": "sale_start_date",
    "saleEndDate": "sale_end_date",
    "targetShare": "target_occupancy_pct",
    "bep": "break_even_amount",
    "showTotalSeatNumber": "seats_per_show",
    "latestRecordDate": "latest_record_date",
}


@router.get("/live", responses={200: {"model": schemas.FormerPerformanceList}})
def live(as_of: AsOf, reading: ReadingOf) -> ExactJson:
    """All performances by code, finished ones too; `latestRecordDate` as of the day asked for."""
    with reading() as connection:
        rows = read_performances(connection)
    return ExactJson({"asOf": as_of, "items": [_in_former_words(row) for row in rows]})


@router.get(
    _PREFIX,
    responses={
        200: {"model": schemas.PerformanceList},
        **conditions.NOT_MODIFIED,
        **problems(cursor_invalid=422),
    },
)
def performances(
    reading: ReadingOf,
    category: Annotated[Kind | None, Query()] = None,
    active: Annotated[bool | None, Query(description="Running or finished ones.")] = None,
    limit: LimitOf = 100,
    cursor: CursorOf = None,
    if_none_match: conditions.IfNoneMatch = None,
) -> Response:
    """Performances by code."""
    after = None if cursor is None else str(decode_cursor(_CURSOR, cursor, [Unit.TEXT])[0])
    with reading() as connection:
        found = list_performances(
            connection, category=category, is_active=active, after=after, limit=limit + 1
        )
    page = found[:limit]
    following = encode_cursor(_CURSOR, [page[-1].code]) if len(found) > limit else None
    return conditions.tagged(
        if_none_match, {"items": [_as_json(each) for each in page], "nextCursor": following}
    )


@router.get(
    f"{_PREFIX}/freshness",
    responses={200: {"model": schemas.FreshnessList}, **conditions.NOT_MODIFIED},
)
def freshness(
    as_of: AsOf, reading: ReadingOf, if_none_match: conditions.IfNoneMatch = None
) -> Response:
    """How old the figures of each running performance are, the newest first."""
    with reading() as connection:
        rows = [row for row in read_performances(connection) if row["is_active"]]
    rows.sort(key=lambda row: row["latest_record_date"] or date.min, reverse=True)
    items = [_age(row, as_of) for row in rows]
    return conditions.tagged(if_none_match, {"asOf": as_of, "items": items, "nextCursor": None})


@router.post(
    _PREFIX,
    status_code=201,
    responses={
        201: {"model": schemas.Performance},
        **problems(performance_exists=409, title_taken=409),
    },
)
def create(body: PerformanceDraft, writing: ManagingOf) -> Response:
    """A new performance. With both ends of the sale given, each of its days gets a target of 0 and
    each week a place for marketing."""
    with _conflicts(body.code, body.title), writing() as connection:
        create_performance(connection, body)
        record(connection, writing.actor, "performance.create", f"performance:{body.code}")
        created = _as_json(the_performance(connection, body.code))
    answer = conditions.with_tag(ExactJson(created, 201), conditions.content_tag(created))
    answer.headers["Location"] = f"{_PREFIX}/{body.code}"
    return answer


@router.get(
    f"{_PREFIX}/{{code}}",
    responses={
        200: {"model": schemas.Performance},
        **conditions.NOT_MODIFIED,
        **problems(performance_unknown=404),
    },
)
def performance(
    code: Code, reading: ReadingOf, if_none_match: conditions.IfNoneMatch = None
) -> Response:
    """One performance with all its fields."""
    with reading() as connection:
        return conditions.tagged(if_none_match, _as_json(the_performance(connection, code)))


@router.patch(
    f"{_PREFIX}/{{code}}",
    responses={
        200: {"model": schemas.ChangedPerformance},
        **problems(
            performance_unknown=404,
            title_taken=409,
            category_fixed=409,
            **conditions.CHANGED_MEANWHILE,
        ),
    },
)
def change(
    code: Code,
    body: PerformanceChange,
    writing: PlanningOf,
    if_match: conditions.IfMatch = None,
) -> Response:
    """Change the fields given. A sale that moves takes targets (by day) and marketing texts (by
    week) along; `cutOff` tells what has no place any more: targets are archived, texts kept apart.
    """
    given = body.model_dump(exclude_unset=True)
    with writing() as connection:
        stored = the_performance(connection, code, to_change=True)
        conditions.demand_unchanged(if_match, _as_json(stored))
        draft = _merged(stored, given)
        with _conflicts(code, draft.title):
            cut_off = change_performance(connection, writing.actor, stored, draft)
        changed = _as_json(the_performance(connection, code))
    answer = ExactJson({"performance": changed, "cutOff": _cut_off(cut_off)})
    return conditions.with_tag(answer, conditions.content_tag(changed))


@router.delete(
    f"{_PREFIX}/{{code}}",
    status_code=204,
    responses=problems(performance_unknown=404, **conditions.CHANGED_MEANWHILE),
)
def delete(code: Code, writing: ManagingOf, if_match: conditions.IfMatch = None) -> Response:
    """Take it away from everywhere. Nothing below it is lost: it can be restored."""
    with writing() as connection:
        stored = the_performance(connection, code, to_change=True)
        conditions.demand_unchanged(if_match, _as_json(stored))
        delete_performance(connection, stored)
        record(connection, writing.actor, "performance.delete", f"performance:{code}")
    return Response(status_code=204)


@router.post(
    f"{_PREFIX}/{{code}}/restore",
    responses={
        200: {"model": schemas.Performance},
        **problems(performance_not_deleted=404, title_taken=409),
    },
)
def restore(code: Code, writing: ManagingOf) -> Response:
    """Bring a deleted performance back, with everything below it."""
    with _conflicts(code, code), writing() as connection:
        if not restore_performance(connection, code):
            raise RequestError(404, "performance_not_deleted", performance=code)
        record(connection, writing.actor, "performance.restore", f"performance:{code}")
        return ExactJson(_as_json(the_performance(connection, code)))


@contextmanager
def _conflicts(code: str, title: str) -> Generator[None]:
    try:
        yield
    except PerformanceExists:
        raise RequestError(409, "performance_exists", performance=code) from None
    except TitleTaken:
        raise RequestError(409, "title_taken", title=title) from None
    except CategoryFixed:
        raise RequestError(409, "category_fixed", performance=code) from None


def _merged(stored: StoredPerformance, given: Mapping[str, Any]) -> PerformanceDraft:
    """The performance as it would be; judged whole, because fields limit each other."""
    values = {to_camel(name): value for name, value in {**stored.values, **given}.items()}
    try:
        return PerformanceDraft.model_validate(values)
    except ValidationError as error:
        found = [{**entry, "loc": ("body", *entry["loc"])} for entry in error.errors()]
        raise RequestValidationError(found) from None


def _as_json(stored: StoredPerformance) -> Mapping[str, object]:
    words = {to_camel(name): value for name, value in stored.values.items()}
    label = Category(stored.values["category"]).label
    return {**words, "categoryLabel": label}


def _cut_off(cut_off: CutOff) -> Mapping[str, object]:
    return {
        "targets": [{"date": day, "amount": won} for day, won in cut_off.targets.items()],
        "marketingWeeks": weeks_as_json(cut_off.weeks),
    }


def _in_former_words(row: Mapping[str, Any]) -> Mapping[str, object]:
    category = {"category": Category(row["category"]).label}
    return {**category, **{field: row[column] for field, column in _FORMER_FIELDS.items()}}


_WEEKDAYS = "월화수목금토일"


def _age(row: Mapping[str, Any], as_of: date) -> Mapping[str, object]:
    latest: date | None = row["latest_record_date"]
    return {
        "code": row["performance_code"],
        "title": row["title"],
        "latestRecordDate": latest,
        "weekday": None if latest is None else _WEEKDAYS[latest.weekday()],
        "daysOld": None if latest is None else (as_of - latest).days,
    }
