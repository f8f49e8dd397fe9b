"""The performances: what is on sale, and how old its figures are."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter

from boxoffice.domain.categories import Category
from boxoffice.http.answers import ExactJson
from boxoffice.http.context import AsOf, ReadingOf
from boxoffice.metrics.performances import read_performances

router = APIRouter(tags=["performances"])

_FIELDS = {
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


@router.get("/live")
def live(as_of: AsOf, reading: ReadingOf) -> ExactJson:
    """All performances by code, finished ones too; `latestRecordDate` as of the day asked for."""
    with reading() as connection:
        rows = read_performances(connection)
    return ExactJson({"asOf": as_of, "items": [_as_json(row) for row in rows]})


def _as_json(row: Mapping[str, Any]) -> Mapping[str, object]:
    category = {"category": Category(row["category"]).label}
    return {**category, **{field: row[column] for field, column in _FIELDS.items()}}
