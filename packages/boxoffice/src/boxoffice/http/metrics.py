"""The figures: each metric of the catalogue with what it means and how old its data is."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Query

from boxoffice.http.answers import ExactJson, wire_value
from boxoffice.http.context import AsOf, LanguageOf, ReadingOf
from boxoffice.http.errors import RequestError
from boxoffice.http.language import Language
from boxoffice.metrics.catalogue import METRICS, Metric, MetricUnknown, find
from boxoffice.metrics.readers import Row, data_as_of, read_metric

router = APIRouter(prefix="/api/metrics", tags=["metrics"])

_BY_PERFORMANCE = "performance_code"


@router.get("")
async def list_metrics(language: LanguageOf) -> ExactJson:
    """Every metric: name, unit of each column, grain and formula in words."""
    return ExactJson({"items": [described(metric, language) for metric in METRICS]})


@router.get("/{slug}")
def read(
    slug: str,
    as_of: AsOf,
    reading: ReadingOf,
    language: LanguageOf,
    live_id: Annotated[
        str | None, Query(alias="liveId", description="Rows of one performance only.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 10_000,
    offset: Annotated[int, Query(ge=0)] = 0,
) -> ExactJson:
    """Rows of one metric as of a day, with its units and formula."""
    metric = _find(slug)
    if live_id is not None and all(c.name != _BY_PERFORMANCE for c in metric.columns):
        raise RequestError(422, "metric_not_by_performance", metric=slug)
    where = {} if live_id is None else {_BY_PERFORMANCE: live_id}
    with reading() as connection:
        # One row more than asked for tells whether there is a next page.
        rows = read_metric(connection, metric, where=where, limit=limit + 1, offset=offset)
        ages = data_as_of(connection)
    more = len(rows) > limit
    return ExactJson(
        {
            **described(metric, language),
            "asOf": as_of,
            "dataAsOf": {age.performance_code: age.latest_record_date for age in ages},
            "items": [wire_row(row) for row in rows[:limit]],
            "nextOffset": offset + limit if more else None,
        }
    )


def described(metric: Metric, language: Language) -> Mapping[str, object]:
    """What the metric is, for programs and people."""
    return {
        "metric": metric.slug,
        "title": metric.title_ko if language == "ko" else metric.title_en,
        "grain": metric.key,
        "formula": metric.formula,
        "changed": metric.changed,
        "columns": [{"name": c.name, "unit": c.unit.value} for c in metric.columns],
    }


def wire_row(row: Row) -> Mapping[str, object]:
    """A row as the interface gives it."""
    return {name: wire_value(value) for name, value in row.items()}


def _find(slug: str) -> Metric:
    try:
        return find(slug)
    except MetricUnknown:
        raise RequestError(404, "metric_unknown", metric=slug) from None
