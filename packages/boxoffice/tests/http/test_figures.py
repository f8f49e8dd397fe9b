"""The six figures over HTTP against the golden set, uploads included: to the won."""

import csv
import subprocess
import sys
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from boxoffice.testing import golden_folder

pytestmark = pytest.mark.process

AS_OF = "2025-03-05"
COLUMNS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "concert_daily": (
        "view_con_all_daily",
        {
            "performance_code": "live_id",
            "sales_date": "record_date",
            "sales_month": "record_month",
            "week_start": "record_week",
            "seats": "daily_sales_ticket_no",
            "amount": "daily_sales_amount",
        },
    ),
    "concert_overview": (
        "view_con_all_overview",
        {
            "yesterday_amount": "yesterday_sales",
            "total_amount": "accumulated_sales",
            "last_7_days_amount": "weekly_sales",
            "daily_average_amount": "daily_avg_sales",
            "data_as_of_min": "data_as_of_min",
            "data_as_of_max": "data_as_of_max",
        },
    ),
    "play_all_shows": (
        "view_play_all_showtime",
        {
            "performance_code": "liveId_",
            "break_even_amount": "bep",
            "show_at": "showDateTime",
            "cast_label": "cast",
            "paid_amount": "paidSeatSales",
            "paid_seats": "paidSeatTot",
            "invited_seats": "inviteSeatTot",
            "deposit_occupancy_pct": "depositShare",
            "paid_occupancy_pct": "paidShare",
            "free_occupancy_pct": "freeShare",
        },
    ),
    "play_monthly_total": (
        "view_play_monthly_all",
        {
            "month": "month_str",
            "amount": "total_revenue",
            "change_amount": "absolute_change",
            "percentage_change": "percentage_change",
            "note": "note",
            "change_ratio": "change_ratio",
            "active_amount": "active_revenue",
        },
    ),
    "play_target_attainment": (
        "view_play_overall_revenue_analysis",
        {
            "performance_code": "liveId",
            "total_amount": "total_sales",
            "target_amount": "total_target",
            "attainment_ratio": "total_sales_target_ratio",
            "latest_day_amount": "latest_day_sales",
            "latest_day_target_amount": "latest_day_target",
            "latest_day_attainment_ratio": "latest_day_sales_target_ratio",
            "target_to_date_amount": "target_to_date",
            "target_to_date_ratio": "target_to_date_ratio",
        },
    ),
    "play_last_week_vs_target": (
        "view_llm_play_weekly_a",
        {
            "performance_code": "공연ID",
            "target_occupancy_pct": "지난주_목표점유율",
            "last_week_occupancy_pct": "지난주_실제점유율",
            "target_amount": "지난주_목표매출",
            "last_week_amount": "지난주_실제매출",
            "week_before_last_amount": "지지난주_실제매출",
            "complete": "complete",
        },
    ),
}


@pytest.fixture(scope="module")
def season() -> Path:
    return golden_folder() / "season-small"


def plain(value: object) -> object:
    """One notation for what JSON and CSV write differently."""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = "" if value is None else str(value)
    text = text.replace("T", " ").removesuffix("+09:00").removesuffix(" 00:00:00")
    try:
        return round(Decimal(text), 6).normalize()
    except ArithmeticError:
        return {"t": "true", "f": "false"}.get(text, text)


def test_figures_of_uploaded_files_equal_the_golden_views(
    season: Path, fresh_database: str, serve: Callable[..., Any]
) -> None:
    program = str(Path(sys.executable).with_name("boxoffice"))
    environ = {"DATABASE_URL": fresh_database, "PATH": "/usr/bin:/bin"}
    subprocess.run(
        [program, "load", "--no-files", str(season)], env=environ, check=True, capture_output=True
    )
    site = serve(fresh_database)
    for workbook in sorted((season / "inputs" / "files").iterdir()):
        code = workbook.name.split("_")[1]
        answer = site.upload(workbook.name, workbook.read_bytes(), liveId=code)
        assert answer.status == 201, answer.body
        assert answer.json["sheets"]["daily"]["rows"] > 0
    for slug, (view, names) in COLUMNS.items():
        answer = site.ask(f"/api/metrics/{slug}?asOf={AS_OF}")
        assert answer.json["asOf"] == AS_OF
        shown = [{name: plain(row[name]) for name in names} for row in answer.json["items"]]
        with (season / "views_right" / f"{view}.csv").open(encoding="utf-8") as file:
            right = [
                {name: plain(row[original]) for name, original in names.items()}
                for row in csv.DictReader(file)
            ]
        assert len(shown) > 0, slug
        assert sorted(map(repr, shown)) == sorted(map(repr, right)), slug
