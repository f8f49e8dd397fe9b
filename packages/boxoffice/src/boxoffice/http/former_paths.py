"""The former server's paths for the figures people and scripts still read there.

Bare arrays with the names they had; types and figures as everywhere here: numbers are numbers,
days are days, and every figure is the right one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from fastapi import APIRouter

from boxoffice.domain.categories import Category
from boxoffice.http import schemas
from boxoffice.http.answers import ExactJson, wire_value
from boxoffice.http.context import AsOf, ReadingOf
from boxoffice.metrics.catalogue import find
from boxoffice.metrics.readers import Row, read_metric

router = APIRouter(tags=["former paths"])


@dataclass(frozen=True)
class FormerPath:
    """Which metric a path showed, in which order, and the column behind each field."""

    path: str
    slug: str
    order_by: tuple[str, ...]
    fields: Mapping[str, str]


_SEAT_FIELDS = {
    f"{former}{where}": f"{ours}{part}"
    for former, ours in (("paid", "paid"), ("invite", "invited"))
    for where, part in {
        "SeatTot": "_seats",
        "SeatVip": "_seats_vip",
        "SeatA": "_seats_a",
        "SeatS": "_seats_s",
        "SeatR": "_seats_r",
        "BadSeatA": "_restricted_a",
        "BadSeatS": "_restricted_s",
        "BadSeatR": "_restricted_r",
        "DisableSeat": "_wheelchair",
    }.items()
}

FORMER_PATHS = (
    FormerPath(
        "/concert/daily",
        "concert_daily",
        ("performance_code", "-sales_date"),
        {
            "liveId": "performance_code",
            "liveName": "title",
            "recordDate": "sales_date",
            "recordMonth": "sales_month",
            "recordWeek": "week_start",
            "dailySalesTicketNo": "seats",
            "dailySalesAmount": "amount",
        },
    ),
    FormerPath(
        "/concert/overview",
        "concert_overview",
        (),
        {
            "yesterdaySales": "yesterday_amount",
            "accumulatedSales": "total_amount",
            "weeklySales": "last_7_days_amount",
            "dailyAvgSales": "daily_average_amount",
        },
    ),
    FormerPath(
        "/api/play/all-showtime",
        "play_all_shows",
        ("-show_at", "title"),
        {
            "liveId_": "performance_code",
            "liveName": "title",
            "latestRecordDate": "latest_record_date",
            "bep": "break_even_amount",
            "id": "show_sale_id",
            "recordDate": "latest_record_date",
            "liveId": "performance_code",
            "showDateTime": "show_at",
            "cast": "cast_label",
            "paidSeatSales": "paid_amount",
            **_SEAT_FIELDS,
            "depositShare": "deposit_occupancy_pct",
            "paidShare": "paid_occupancy_pct",
            "freeShare": "free_occupancy_pct",
            "playUploadId": "snapshot_id",
        },
    ),
    FormerPath(
        "/api/play/monthly-summary",
        "play_monthly_total",
        ("-month",),
        {
            "month_str": "month",
            "total_revenue": "amount",
            "absolute_change": "change_amount",
            "percentage_change": "percentage_change",
            "note": "note",
        },
    ),
    FormerPath(
        "/api/play/revenue-analysis",
        "play_target_attainment",
        ("performance_code",),
        {
            "liveId": "performance_code",
            "liveName": "title",
            "category": "category",
            "total_sales": "total_amount",
            "total_target": "target_amount",
            "total_sales_target_ratio": "attainment_ratio",
            "latest_day_sales": "latest_day_amount",
            "latest_day_target": "latest_day_target_amount",
            "latest_day_sales_target_ratio": "latest_day_attainment_ratio",
            "latestRecordDate": "latest_record_date",
        },
    ),
    FormerPath(
        "/api/play/weekly-overview",
        "play_last_week_vs_target",
        ("performance_code",),
        {
            "liveId": "performance_code",
            "liveName": "title",
            "targetShare": "target_occupancy_pct",
            "avgPaidShare": "last_week_occupancy_pct",
            "totalTargetSales": "target_amount",
            "totalActualSales": "last_week_amount",
            "weekBeforeLastTotalActualSales": "week_before_last_amount",
        },
    ),
)


def _reader(former: FormerPath) -> Callable[[AsOf, ReadingOf], ExactJson]:
    metric = find(former.slug)

    def read(as_of: AsOf, reading: ReadingOf) -> ExactJson:
        with reading() as connection:
            rows = read_metric(connection, metric, order_by=former.order_by)
        answer = ExactJson([_renamed(row, former.fields) for row in rows])
        # A bare array has no place for what is older than the day asked for.
        answer.headers["X-As-Of"] = as_of.isoformat()
        answer.headers["Link"] = f'</api/v1/metrics/{former.slug}>; rel="successor-version"'
        return answer

    return read


def _renamed(row: Row, fields: Mapping[str, str]) -> Mapping[str, object]:
    renamed = {field: wire_value(row[column]) for field, column in fields.items()}
    if "category" in renamed:
        renamed["category"] = Category(str(row["category"])).label
    return renamed


for _former in FORMER_PATHS:
    router.add_api_route(
        _former.path,
        _reader(_former),
        name=_former.slug,
        summary=f"Metric {_former.slug} under its former path and names.",
        responses={200: {"model": list[schemas.FormerRow]}},
    )
