"""The former server's paths for the figures people and scripts still read there.

Bare arrays with the names they had; types and figures as everywhere here: numbers are numbers,
days are days, and every figure is the right one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from fastapi import APIRouter
from sqlalchemy import Connection

from boxoffice.domain.categories import Category
from boxoffice.domain.zone import SEOUL
from boxoffice.http import schemas
from boxoffice.http.answers import ExactJson, wire_value
from boxoffice.http.context import AsOf, ReadingOf
from boxoffice.http.services import ServicesOf
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

_LIVE = {"liveId": "performance_code", "liveName": "title"}
_SHOW_FIELDS = {
    "showDateTime": "show_at",
    "cast": "cast_label",
    "paidSeatSales": "paid_amount",
    **_SEAT_FIELDS,
    "depositShare": "deposit_occupancy_pct",
    "paidShare": "paid_occupancy_pct",
    "freeShare": "free_occupancy_pct",
    "playUploadId": "snapshot_id",
}
_MONTH_FIELDS = {
    "total_revenue": "amount",
    "absolute_change": "change_amount",
    "percentage_change": "percentage_change",
}

_CONCERTS = (
    FormerPath(
        "/concert/daily",
        "concert_daily",
        ("performance_code", "-sales_date"),
        {
            **_LIVE,
            "recordDate": "sales_date",
            "recordMonth": "sales_month",
            "recordWeek": "week_start",
            "dailySalesTicketNo": "seats",
            "dailySalesAmount": "amount",
        },
    ),
    FormerPath(
        "/concert/weekly",
        "concert_weekly",
        ("performance_code", "-week_start"),
        {
            **_LIVE,
            "recordWeek": "week_start",
            "weeklySalesTicketNo": "seats",
            "weeklySalesAmount": "amount",
            "noteSalesMarketing": "sales_marketing",
            "notePromotion": "promotion",
            "noteEtc": "other_notes",
        },
    ),
    FormerPath(
        "/concert/monthly",
        "concert_monthly",
        ("performance_code", "-sales_month"),
        {**_LIVE, "recordMonth": "sales_month", "monthlySalesAmount": "amount"},
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
        "/concert/bep",
        "concert_break_even",
        ("title", "seat_order"),
        {
            **_LIVE,
            "latestRecordDate": "latest_record_date",
            "salesStartDate": "sale_start_date",
            "salesEndDate": "sale_end_date",
            "seatClass": "seat_class",
            "seatOrder": "seat_order",
            "totalSeats": "total_seats",
            "soldSeats": "paid_seats",
            "remainingSeats": "remaining_seats",
            "estAdditionalSales": "forecast_additional_seats",
            "estFinalRemaining": "forecast_remaining_seats",
            "bepSeats": "break_even_seats",
            "estSalesRatio": "forecast_sold_ratio",
            "bepRatio": "break_even_attainment",
        },
    ),
    FormerPath(
        "/concert/estimated-profit",
        "concert_profit_forecast",
        ("title",),
        {
            "liveName": "title",
            "bep": "break_even_amount",
            "estSales": "forecast_amount",
            "finalProfit": "forecast_profit",
        },
    ),
    FormerPath(
        "/concert/target-sales",
        "concert_target_attainment",
        ("title",),
        {
            "liveName": "title",
            "targetSales": "target_amount",
            "salesAcc": "total_amount",
            "targetRatio": "attainment_ratio",
        },
    ),
    FormerPath(
        "/concert/marketing-calendar",
        "concert_marketing_now",
        ("title", "-week_start"),
        {
            "liveName": "title",
            "weekStartDate": "week_start",
            "weekEndDate": "week_end",
            "salesMarketing": "sales_marketing",
            "promotion": "promotion",
            "etc": "other_notes",
        },
    ),
)

_SUMMARY: Mapping[str, FormerPath] = {
    "weeklyOverview": FormerPath(
        "/api/play/weekly-overview",
        "play_last_week_vs_target",
        ("performance_code",),
        {
            **_LIVE,
            "targetShare": "target_occupancy_pct",
            "avgPaidShare": "last_week_occupancy_pct",
            "totalTargetSales": "target_amount",
            "totalActualSales": "last_week_amount",
            "weekBeforeLastTotalActualSales": "week_before_last_amount",
        },
    ),
    "dailyDetails": FormerPath(
        "/api/play/daily-details",
        "play_shows_near_today",
        ("-latest_record_date", "title"),
        {
            "id": "show_sale_id",
            **_LIVE,
            "latestRecordDate": "latest_record_date",
            "showTotalSeatNumber": "seats_per_show",
            "dailySales": "latest_day_amount",
            "start_date": "window_start",
            "end_date": "window_end",
            "recordDate": "latest_record_date",
            **_SHOW_FIELDS,
        },
    ),
    "occupancyRate": FormerPath(
        "/api/play/occupancy-rate",
        "play_weekly_paid_occupancy",
        ("-week_start", "title"),
        {
            **_LIVE,
            "weekStartDate": "week_start",
            "weekEndDate": "week_end",
            "weeklyShowCount": "show_count",
        },
    ),
}
"""What `/api/play/summary` joins, each also under a path of its own."""

_PLAYS = (
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
            **_SHOW_FIELDS,
        },
    ),
    FormerPath(
        "/api/play/monthly-summary",
        "play_monthly_total",
        ("-month",),
        {"month_str": "month", **_MONTH_FIELDS, "note": "note"},
    ),
    FormerPath(
        "/api/play/monthly-by-performance",
        "play_monthly_by_performance",
        ("-month", "title"),
        {"month": "month", "performance_name": "title", **_MONTH_FIELDS},
    ),
    FormerPath(
        "/api/play/revenue-analysis",
        "play_target_attainment",
        ("performance_code",),
        {
            **_LIVE,
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
        "/api/play/cast-revenue",
        "play_revenue_by_cast",
        ("-paid_amount",),
        {
            **_LIVE,
            "cast": "cast_label",
            "totalpaidseatsales": "paid_amount",
            "showcount": "show_count",
        },
    ),
    *_SUMMARY.values(),
)

FORMER_PATHS = (*_CONCERTS, *_PLAYS)


def _reader(former: FormerPath) -> Callable[[AsOf, ReadingOf], ExactJson]:
    def read(as_of: AsOf, reading: ReadingOf) -> ExactJson:
        with reading() as connection:
            answer = ExactJson(_rows(connection, former))
        # A bare array has no place for what is older than the day asked for.
        answer.headers["X-As-Of"] = as_of.isoformat()
        answer.headers["Link"] = f'</api/v1/metrics/{former.slug}>; rel="successor-version"'
        return answer

    return read


def _rows(connection: Connection, former: FormerPath) -> list[Mapping[str, object]]:
    rows = read_metric(connection, find(former.slug), order_by=former.order_by)
    return [_renamed(row, former.fields) for row in rows]


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


@router.get("/api/play/summary", responses={200: {"model": schemas.FormerSummary}})
def summary(held: ServicesOf, as_of: AsOf, reading: ReadingOf) -> ExactJson:
    """Three of them at once, of one state of the data."""
    with reading() as connection:
        parts = {name: _rows(connection, former) for name, former in _SUMMARY.items()}
    answer = ExactJson({**parts, "timestamp": held.clock().astimezone(SEOUL)})
    answer.headers["X-As-Of"] = as_of.isoformat()
    return answer
