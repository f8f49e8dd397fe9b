"""The season of the specification's appendix, every figure as printed there (G.2, G.3)."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

CONCERTS: dict[str, tuple[str, list[tuple[Any, ...]]]] = {
    "concert_daily": (
        "performance_code sales_date sales_month week_start seats amount",
        [
            ("C1", "06-21", "2025-06", "06-16", 30, 3_000_000),
            ("C1", "07-01", "2025-07", "06-30", 40, 4_000_000),
            ("C1", "07-07", "2025-07", "07-07", 10, 1_000_001),
            ("C1", "07-08", "2025-07", "07-07", 5, 500_000),
            ("C2", "06-10", "2025-06", "06-09", 60, 6_000_000),
            ("C2", "07-07", "2025-07", "07-07", 10, 1_000_000),
        ],
    ),
    "concert_monthly": (
        "performance_code sales_month seats amount",
        [
            ("C1", "2025-06", 30, 3_000_000),
            ("C1", "2025-07", 55, 5_500_001),
            ("C2", "2025-06", 60, 6_000_000),
            ("C2", "2025-07", 10, 1_000_000),
        ],
    ),
    "concert_overview": (
        ("yesterday_amount total_amount last_7_days_amount daily_average_amount"
        " data_as_of_min data_as_of_max"),
        [(500_000, 15_500_001, 2_500_001, 357_143, "07-07", "07-08")],
    ),
    "concert_weekly": (
        "performance_code week_start seats amount sales_marketing promotion other_notes",
        [
            ("C1", "06-16", 30, 3_000_000, "오픈", None, None),
            ("C1", "06-30", 40, 4_000_000, "TV", None, None),
            ("C1", "07-07", 15, 1_500_001, "SNS", "할인", None),
            ("C2", "06-09", 60, 6_000_000, None, None, None),
            ("C2", "07-07", 10, 1_000_000, None, None, None),
        ],
    ),
    "concert_break_even": (
        ("performance_code seat_class total_seats paid_seats invited_seats remaining_seats"
        " forecast_additional_seats forecast_remaining_seats break_even_seats"
        " break_even_attainment forecast_sold_ratio target_ratio capacity_missing"),
        [
            ("C1", "VIP", 0, 0, 0, 0, 0, 0, 0, None, None, 0.8, False),
            ("C1", "R", 600, 70, 0, 530, 46.6667, 483.3333, 480, 0.1458, 0.194444, 0.8, False),
            ("C1", "S", 400, 30, 0, 370, 20, 350, 320, 0.0938, 0.125, 0.8, False),
            ("C1", "A", 200, 10, 0, 190, 6.6667, 183.3333, 160, 0.0625, 0.083333, 0.8, False),
            ("C1", "B", 100, 5, 0, 95, 3.3333, 91.6667, 80, 0.0625, 0.083333, 0.8, False),
            ("C1", "Total", 1300, 115, 5, 1180, 76.6667, 1103.3333, 1040, 0.1106, 0.151282, 0.8,
             False),
            ("C2", "VIP", 0, 0, 0, 0, 0, 0, 0, None, None, None, False),
            ("C2", "R", 100, 70, 0, 30, 0, 30, 0, None, 0.7, None, False),
            ("C2", "S", 0, 0, 0, 0, 0, 0, 0, None, None, None, False),
            ("C2", "A", 0, 0, 0, 0, 0, 0, 0, None, None, None, False),
            ("C2", "B", 0, 0, 0, 0, 0, 0, 0, None, None, None, False),
            ("C2", "Total", 100, 70, 5, 25, 0, 25, 0, None, 0.75, None, False),
        ],
    ),
    "concert_profit_forecast": (
        "performance_code break_even_amount forecast_amount forecast_profit",
        [("C1", 50_000_000, 34_000_004, -15_999_996), ("C2", None, 7_000_000, None)],
    ),
    "concert_target_attainment": (
        ("performance_code target_amount total_amount attainment_ratio target_to_date_amount"
        " target_to_date_ratio"),
        [
            ("C1", 25_000_000, 8_500_001, 0.34, 25_000_000, 0.34),
            ("C2", 0, 7_000_000, None, 0, None),
        ],
    ),
    "concert_marketing_now": (
        "performance_code week_start week_end sales_marketing promotion other_notes",
        [("C1", "07-07", "07-13", "SNS", "할인", None)],
    ),
}  # fmt: skip

PLAY_SALES: dict[str, tuple[str, list[tuple[Any, ...]]]] = {
    "play_latest_day_sales": (
        "performance_code latest_day_amount latest_sales_date",
        [("P1", 400_000, "07-08"), ("P2", 0, "07-07")],
    ),
    "play_last_week_vs_target": (
        (
            "performance_code target_occupancy_pct last_week_occupancy_pct target_amount"
            " last_week_amount week_before_last_amount complete"
        ),
        [
            ("P1", 60, 57.5, 3_600_000, 2_200_000, 1_500_000, True),
            ("P2", None, 75, 0, 2_000_000, 0, True),
            ("P4", 50.5, None, 0, 0, 0, False),
        ],
    ),
    "play_monthly_total": (
        "month amount change_amount percentage_change note change_ratio active_amount",
        [
            *((f"2024-{month:02}", 0, 0, None, None, None, 0) for month in range(7, 13)),
            *((f"2025-{month:02}", 0, 0, None, None, None, 0) for month in range(1, 4)),
            ("2025-04", 1_000_000, 1_000_000, None, None, None, 0),
            ("2025-05", 13_000_000, 12_000_000, 12, None, 12, 3_000_000),
            ("2025-06", 4_200_000, -8_800_000, -0.68, "6월 메모", -0.6769, 4_200_000),
            ("2025-07", 2_800_000, -1_400_000, -0.33, None, -0.3333, 2_800_000),
        ],
    ),
    "play_monthly_by_performance": (
        "month title amount change_amount percentage_change change_ratio is_active",
        [
            ("2025-04", "종료극", 1_000_000, 1_000_000, None, None, False),
            ("2025-05", "라마바", 3_000_000, 3_000_000, None, None, True),
            ("2025-05", "종료극", 10_000_000, 9_000_000, 9, 9, False),
            ("2025-06", "가나다", 2_200_000, 2_200_000, None, None, True),
            ("2025-06", "라마바", 2_000_000, -1_000_000, -0.33, -0.3333, True),
            ("2025-07", "가나다", 2_800_000, 600_000, 0.27, 0.2727, True),
            ("2025-07", "라마바", 0, -2_000_000, -1, -1, True),
        ],
    ),
    "play_target_attainment": (
        (
            "performance_code total_amount target_amount attainment_ratio latest_day_amount"
            " latest_day_target_amount latest_day_attainment_ratio target_to_date_amount"
            " target_to_date_ratio"
        ),
        [
            ("P1", 5_000_000, 4_100_000, 1.2195, 400_000, 500_000, 0.8, 4_100_000, 1.2195),
            ("P2", 5_000_000, 0, None, 0, 0, None, 0, None),
            ("P4", 0, 0, None, 0, 0, None, 0, None),
        ],
    ),
    "play_target_attainment_by_category": (
        (
            "category total_amount target_amount attainment_ratio latest_day_amount"
            " latest_day_target_amount latest_day_attainment_ratio covered_ratio"
        ),
        [
            ("musical", 5_000_000, 0, None, 0, 0, None, None),
            ("play", 5_000_000, 4_100_000, 1.2195, 400_000, 500_000, 0.8, 1.2195),
            ("total", 10_000_000, 4_100_000, 2.439, 400_000, 500_000, 0.8, 1.2195),
        ],
    ),
    "play_daily_running_totals": (
        (
            "performance_code sales_date week_start amount running_amount target_amount"
            " running_target_amount"
        ),
        [
            ("P1", "06-24", "06-23", 1_000_000, 1_000_000, None, None),
            ("P1", "06-29", "06-23", 500_000, 1_500_000, None, None),
            ("P1", "06-30", "06-30", 700_000, 2_200_000, 800_000, 800_000),
            ("P1", "07-05", "06-30", 1_200_000, 3_400_000, 1_000_000, 2_600_000),
            ("P1", "07-06", "06-30", 300_000, 3_700_000, 1_000_000, 3_600_000),
            ("P1", "07-07", "07-07", 900_000, 4_600_000, None, 3_600_000),
            ("P1", "07-08", "07-07", 400_000, 5_000_000, 500_000, 4_100_000),
            ("P2", "05-20", "05-19", 3_000_000, 3_000_000, None, None),
            ("P2", "06-30", "06-30", 2_000_000, 5_000_000, None, None),
            ("P2", "07-07", "07-07", 0, 5_000_000, None, None),
        ],
    ),
    "play_weekly_vs_target": (
        (
            "performance_code week_start amount target_amount attainment_ratio sales_marketing"
            " promotion"
        ),
        [
            ("P1", "06-23", 1_500_000, None, None, None, None),
            ("P1", "06-30", 2_200_000, 3_600_000, 0.6111, "라디오", "1+1"),
            ("P1", "07-07", 1_300_000, 500_000, 2.6, "SNS", None),
            ("P2", "05-19", 3_000_000, None, None, None, None),
            ("P2", "06-30", 2_000_000, None, None, None, None),
            ("P2", "07-07", 0, None, None, None, None),
        ],
    ),
    "target_totals": (
        "performance_code target_amount",
        [("C1", 25_000_000), ("C2", 0), ("P1", 4_100_000), ("P2", 0), ("P4", 0)],
    ),
    "marketing_three_weeks": (
        "performance_code week_kind week_number week_start",
        [
            ("C1", "last", 3, "06-30"),
            ("C1", "this", 4, "07-07"),
            ("C1", "next", 5, "07-14"),
            ("C2", None, None, None),
            ("P1", "last", 3, "06-30"),
            ("P1", "this", 4, "07-07"),
            ("P1", "next", 5, "07-14"),
            ("P2", None, None, None),
            ("P4", None, None, None),
        ],
    ),
}

PLAY_SHOWS: dict[str, tuple[str, list[tuple[Any, ...]]]] = {
    "shows_around_record_date": (
        "performance_code show_at window_start window_end",
        [
            ("P1", "07-05 15:00", "07-02", "07-15"),
            ("P1", "07-08 19:30", "07-02", "07-15"),
            ("P1", "07-09 19:30", "07-02", "07-15"),
            ("P1", "07-10 19:30", "07-02", "07-15"),
            ("P2", "07-03 20:00", "07-02", "07-15"),
            ("P2", "07-10 20:00", "07-02", "07-15"),
        ],
    ),
    "play_shows_near_today": (
        "performance_code show_at latest_day_amount window_start window_end",
        [
            ("P1", "07-08 19:30", 400_000, "07-07", "07-16"),
            ("P1", "07-09 19:30", 400_000, "07-07", "07-16"),
            ("P1", "07-10 19:30", 400_000, "07-07", "07-16"),
            ("P1", "07-16 19:30", 400_000, "07-07", "07-16"),
            ("P2", "07-10 20:00", None, "07-07", "07-16"),
        ],
    ),
    "play_occupancy_change": (
        ("performance_code latest_occupancy_pct latest_show_date previous_occupancy_pct"
        " previous_show_date change_points"),
        [("P1", 32, "07-08", 50, "07-05", -18), ("P2", 75, "07-03", None, None, None)],
    ),
    "play_upcoming_shows": (
        ("performance_code show_at occupancy_pct seats_per_show paid_seats invited_seats"
        " remaining_seats"),
        [
            ("P1", "07-10 19:30", 20, 100, 16, 4, 80),
            ("P1", "07-16 19:30", 10, 100, 10, 0, 90),
            ("P2", "07-10 20:00", 85, 200, 150, 20, 30),
        ],
    ),
    "play_profit_forecast": (
        ("performance_code forecast_amount forecast_profit past_amount past_shows"
        " past_amount_per_show future_amount future_shows future_amount_per_show method"),
        [
            ("P1", 15_166_669, -14_833_331, 6_500_001, 3, 2_166_667, 1_550_000, 4, 387_500,
             "average"),
            ("P2", 19_000_000, None, 9_000_000, 1, 9_000_000, 10_000_000, 1, 10_000_000,
             "booked_only"),
        ],
    ),
    "play_last_week_cast_ranking": (
        "performance_code rank cast_label paid_amount show_count",
        [
            ("P1", 1, "김,이", 3_000_001, 1),
            ("P1", 2, "김,박", 2_000_000, 1),
            ("P2", 1, "최", 9_000_000, 1),
        ],
    ),
    "play_two_week_shows": (
        "performance_code show_at window_start window_end attendance",
        [
            ("P1", "07-08 19:30", "07-07", "07-20", 32),
            ("P1", "07-09 19:30", "07-07", "07-20", 0),
            ("P1", "07-10 19:30", "07-07", "07-20", 20),
            ("P1", "07-16 19:30", "07-07", "07-20", 10),
            ("P1", "07-20 15:00", "07-07", "07-20", 5),
            ("P2", "07-10 20:00", "07-07", "07-20", 170),
        ],
    ),
    "play_weekly_paid_occupancy": (
        "performance_code week_start week_end paid_occupancy_pct show_count",
        [
            ("P1", "06-30", "07-06", 50, 2),
            ("P1", "07-07", "07-13", 15.3333, 3),
            ("P1", "07-14", "07-20", 7.5, 2),
            ("P2", "06-30", "07-06", 70, 1),
            ("P2", "07-07", "07-13", 75, 1),
        ],
    ),
    "play_occupancy": (
        "performance_code deposit_occupancy_pct paid_occupancy_pct undeposited_occupancy_pct",
        [("P1", 21.3, 23, 1.7), ("P2", 67.5, 72.5, 5), ("P4", None, None, None)],
    ),
    "play_deposit_occupancy_future": (
        "performance_code deposit_occupancy_pct", [("P1", 7), ("P2", 70)],
    ),
    "play_deposit_occupancy_past": (
        "performance_code deposit_occupancy_pct", [("P1", 40.3333333333), ("P2", 65)],
    ),
    "play_revenue_by_cast": (
        ("performance_code cast_label paid_amount show_count is_active completed_show_count"
        " average_amount_per_completed_show"),
        [
            ("P1", "김,박", 2_250_000, 3, True, 1, 2_000_000),
            ("P1", "김,이", 5_300_001, 3, True, 2, 2_250_001),
            ("P1", "이,김", 500_000, 1, True, 0, None),
            ("P2", "최", 19_000_000, 2, True, 1, 9_000_000),
            ("P3", "한", 8_000_000, 1, False, 1, 8_000_000),
        ],
    ),
    "play_show_ticket_price": (
        "performance_code show_at average_price",
        [
            ("P1", "07-01 19:30", 50_000),
            ("P1", "07-05 15:00", 50_000),
            ("P1", "07-08 19:30", 50_000),
            ("P1", "07-09 19:30", None),
            ("P1", "07-10 19:30", 50_000),
            ("P1", "07-16 19:30", 50_000),
            ("P1", "07-20 15:00", 50_000),
            ("P2", "07-03 20:00", 64_285.7),
            ("P2", "07-10 20:00", 66_666.7),
        ],
    ),
    "play_weekly_tickets": (
        ("performance_code week_start show_count max_seats paid_occupancy_pct paid_seats"
        " paid_amount average_price mean_show_price"),
        [
            ("P1", "06-30", 2, 200, 50, 100, 5_000_001, 50_000, 50_000),
            ("P1", "07-07", 3, 300, 15.3333333333, 46, 2_300_000, 50_000, 33_333.3333333),
            ("P1", "07-14", 2, 200, 7.5, 15, 750_000, 50_000, 50_000),
            ("P2", "06-30", 1, 200, 70, 140, 9_000_000, 64_285.7, 64_285.7),
            ("P2", "07-07", 1, 200, 75, 150, 10_000_000, 66_666.7, 66_666.7),
        ],
    ),
    "play_weekly_tickets_total": (
        ("week_start latest_record_date max_seats paid_seats record_date_min record_date_max"
        " sell_through"),
        [
            ("06-30", "07-08", 400, 240, "07-08", "07-08", 0.6),
            ("07-07", "07-08", 500, 196, "07-08", "07-08", 0.392),
            ("07-14", "07-08", 200, 15, "07-08", "07-08", 0.075),
        ],
    ),
}  # fmt: skip

SEASON = {**CONCERTS, **PLAY_SALES, **PLAY_SHOWS}


@pytest.mark.parametrize("slug", SEASON)
def test_appendix(appendix: Callable[[str], list[dict[str, Any]]], slug: str) -> None:
    columns, expected = SEASON[slug]
    rows = [tuple(_printed(row[name]) for name in columns.split()) for row in appendix(slug)]
    assert rows == [tuple(_rounded(value) for value in row) for row in expected]


def test_appendix_all_shows(appendix: Callable[[str], list[dict[str, Any]]]) -> None:
    rows = appendix("play_all_shows")
    assert [row["performance_code"] for row in rows] == ["P1"] * 7 + ["P2"] * 2
    unsold = rows[3]
    assert (unsold["cast_label"], unsold["paid_amount"], unsold["invited_seats"]) == ("김,박", 0, 0)


def _printed(value: Any) -> Any:
    """As the appendix prints it: days without the year, decimals to six places."""
    if isinstance(value, datetime):
        return value.strftime("%m-%d %H:%M")
    if isinstance(value, date):
        return value.strftime("%m-%d")
    return _rounded(value)


def _rounded(value: Any) -> Any:
    """Four decimals are the fewest that the appendix prints of a figure that has more."""
    if isinstance(value, (Decimal, float)):
        return round(float(value), 4)
    return value
