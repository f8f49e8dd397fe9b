"""The figures: each metric of the catalogue with what it means and how old its data is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Query
from sqlalchemy import Connection
from starlette.responses import Response

from boxoffice import __version__
from boxoffice.domain.categories import Category
from boxoffice.http import conditions, schemas
from boxoffice.http.answers import encode, wire_rows
from boxoffice.http.context import LanguageOf, Reading, ReadingOf
from boxoffice.http.cursors import CursorOf, decode_cursor, encode_cursor
from boxoffice.http.errors import RequestError
from boxoffice.http.exports import (
    MEDIA_TYPES,
    Encoding,
    ExportsOf,
    Format,
    Heading,
    Order,
    export,
)
from boxoffice.http.language import Language
from boxoffice.http.openapi import problems
from boxoffice.http.rights import Right, needs
from boxoffice.http.services import ServicesOf
from boxoffice.metrics.catalogue import METRICS, Column, Metric, MetricUnknown, Unit, find
from boxoffice.metrics.readers import (
    Row,
    Selection,
    Value,
    ages_as_json,
    day_column,
    is_by_performance,
    read_metric,
    state_of_figures,
)
from boxoffice.planning.fields import Code, Day

router = APIRouter(prefix="/api/v1/metrics", tags=["metrics"])

_BY_PERFORMANCE = "performance_code"


async def _selection(
    code: Annotated[
        list[Code] | None,
        Query(max_length=100, description="Rows of this performance; repeatable."),
    ] = None,
    category: Annotated[Category | None, Query(description="Of performances of this kind.")] = None,
    active: Annotated[bool | None, Query(description="Of running or of finished ones.")] = None,
    first_day: Annotated[
        Day | None, Query(alias="from", description="From this day, moment's day or month on.")
    ] = None,
    last_day: Annotated[
        Day | None, Query(alias="to", description="Up to and with this day.")
    ] = None,
) -> Selection:
    return Selection(tuple(sorted(set(code or ()))), category, active, first_day, last_day)


@router.get(
    "",
    dependencies=[needs(Right.READ)],
    responses={200: {"model": schemas.MetricList}, **conditions.NOT_MODIFIED},
)
async def list_metrics(
    language: LanguageOf, if_none_match: conditions.IfNoneMatch = None
) -> Response:
    """Every metric: name, unit of each column, grain and formula in words."""
    return conditions.tagged(
        if_none_match,
        {"items": [described(metric, language) for metric in METRICS], "nextCursor": None},
    )


@router.get(
    "/{slug}",
    responses={
        200: {
            "model": schemas.MetricPage,
            "content": {kind: {} for form, kind in MEDIA_TYPES.items() if form != "json"},
            "description": "A page, or with `format` everything as a file.",
        },
        **conditions.NOT_MODIFIED,
        **problems(
            metric_unknown=404,
            metric_not_by_performance=422,
            metric_not_by_day=422,
            cursor_invalid=422,
            too_many_exports=503,
        ),
    },
)
def read(
    slug: str,
    held: ServicesOf,
    reading: ReadingOf,
    language: LanguageOf,
    exports: ExportsOf,
    selection: Annotated[Selection, Depends(_selection)],
    limit: Annotated[int, Query(ge=1, le=10_000, description="Rows of a page.")] = 1000,
    cursor: CursorOf = None,
    form: Annotated[
        Format | None,
        Query(alias="format", description="All rows as one file, whatever `limit` says."),
    ] = None,
    encoding: Annotated[
        Encoding, Query(description="Of CSV: with a byte order mark, or Korean Windows'.")
    ] = "utf-8",
    header: Annotated[
        Heading, Query(description="Of CSV and xlsx: columns by name, or as people say.")
    ] = "name",
    if_none_match: conditions.IfNoneMatch = None,
) -> Response:
    """Rows of one metric as of a day, with its units and formula."""
    metric = _find(slug)
    _demand_selectable(metric, selection)
    if form is not None:
        meaning = described(metric, language)
        headings = [_label(c, language) if header == "label" else c.name for c in metric.columns]
        order = Order(metric, selection, form, encoding, meaning, headings)
        return export(exports, reading, order)
    after = decode_cursor(slug, cursor, _key_units(metric)) if cursor is not None else None
    with reading() as connection:
        tag = conditions.entity_tag(
            *_origin(connection, reading), language, slug, selection, limit, cursor
        )
        if conditions.is_known(if_none_match, tag):
            return conditions.not_modified(tag)
        body = held.answers.find(tag)
        if body is None:
            page = _Page(metric, selection, after, limit)
            body = encode({**described(metric, language), **_figures(connection, reading, page)})
            held.answers.keep(tag, body)
    return conditions.with_tag(Response(body, media_type="application/json"), tag)


@dataclass(frozen=True, slots=True)
class _Page:
    """Which rows are wanted."""

    metric: Metric
    selection: Selection
    after: Sequence[Value] | None
    limit: int


def _figures(connection: Connection, reading: Reading, page: _Page) -> Mapping[str, object]:
    metric = page.metric
    # One row more than asked for tells whether there is a next page.
    rows = read_metric(
        connection, metric, selection=page.selection, after=page.after, limit=page.limit + 1
    )
    more = len(rows) > page.limit
    rows = rows[: page.limit]
    return {
        "asOf": reading.as_of,
        "dataAsOf": _ages(connection, metric, rows),
        "items": wire_rows(metric, rows),
        "nextCursor": _behind(metric, rows[-1]) if more else None,
    }


def _origin(connection: Connection, reading: Reading) -> tuple[object, ...]:
    """What all figures of a reading depend on."""
    return __version__, *state_of_figures(connection), reading.as_of


def _behind(metric: Metric, last: Row) -> str:
    return encode_cursor(metric.slug, [last[name] for name in metric.key])


def described(metric: Metric, language: Language) -> Mapping[str, object]:
    """What the metric is, for programs and people."""
    return {
        "metric": metric.slug,
        "title": metric.title_ko if language == "ko" else metric.title_en,
        "grain": metric.key,
        "formula": metric.formula,
        "changed": metric.changed,
        "view": metric.view,
        "ageOf": metric.data_as_of.value,
        "notAdditive": metric.not_additive,
        "columns": [
            {"name": c.name, "label": _label(c, language), "unit": c.unit.value}
            for c in metric.columns
        ],
    }


def _label(column: Column, language: Language) -> str:
    return column.label.ko if language == "ko" else column.label.en


def _find(slug: str) -> Metric:
    try:
        return find(slug)
    except MetricUnknown:
        raise RequestError(404, "metric_unknown", metric=slug) from None


def _demand_selectable(metric: Metric, selection: Selection) -> None:
    if selection.by_performance and not is_by_performance(metric):
        raise RequestError(422, "metric_not_by_performance", metric=metric.slug)
    if selection.by_day and day_column(metric) is None:
        raise RequestError(422, "metric_not_by_day", metric=metric.slug)


def _key_units(metric: Metric) -> list[Unit]:
    units = {column.name: column.unit for column in metric.columns}
    return [units[name] for name in metric.key]


def _ages(connection: Connection, metric: Metric, rows: list[Row]) -> msgspec.Raw:
    """Record dates of the performances in the rows; of all active ones where rows sum them up."""
    codes = {str(row[_BY_PERFORMANCE]) for row in rows} if is_by_performance(metric) else None
    return msgspec.Raw(ages_as_json(connection, codes))
