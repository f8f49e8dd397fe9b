"""Rules that decide a figure, at their borders: which snapshot, which week, which month, nothing.

Each test stages the fewest rows that can tell a right view from a wrong one.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from boxoffice.metrics.catalogue import METRICS

Staging = Callable[[], AbstractContextManager[Any]]
Figures = Callable[..., list[dict[str, Any]]]


@pytest.mark.parametrize(
    ("as_of", "latest", "amount"),
    [
        ("06-08", None, 0),
        ("06-09", "06-10", 100),  # dated one day ahead: known already
        ("06-10", "06-10", 100),
        ("06-15", "06-10", 100),
        ("06-16", "06-17", 200),
        ("06-30", "06-17", 200),
    ],
)
def test_the_newest_snapshot_of_a_day(
    stage: Staging, figures: Figures, as_of: str, latest: str | None, amount: int
) -> None:
    with stage() as write:
        write.performance("P1")
        write.snapshot("P1", "06-10", days=[("06-09", 100, 1)])
        write.snapshot("P1", "06-17", days=[("06-09", 100, 1), ("06-16", 100, 1)])
        write.snapshot("P1", "06-18", days=[("06-09", 999, 1)], status="superseded")
        write.snapshot("P1", "06-19", days=[("06-09", 999, 1)], status="deleted")
    [row] = figures("play_target_attainment", as_of)
    expected = None if latest is None else date.fromisoformat(f"2025-{latest}")
    assert (row["latest_record_date"], row["total_amount"]) == (expected, amount)


@pytest.mark.parametrize(
    ("as_of", "last_week", "before"),
    [
        ("06-15", 10, 1),  # Sunday: the week before is last week
        ("06-16", 100, 10),  # Monday: a new week has begun
        ("06-22", 100, 10),
    ],
)
def test_weeks_run_from_monday_to_sunday(
    stage: Staging, figures: Figures, as_of: str, last_week: int, before: int
) -> None:
    """06-01, 06-08 and 06-15 of 2025 are Sundays."""
    with stage() as write:
        write.performance("P1")
        days = [("05-26", 1, 1), ("06-02", 4, 1), ("06-08", 6, 1), ("06-09", 40, 1)]
        write.snapshot("P1", "06-15", days=[*days, ("06-15", 60, 1)])
        write.targets("P1", {"06-08": 5, "06-09": 50, "06-15": 70, "06-16": 700})
    [row] = figures("play_last_week_vs_target", as_of)
    assert (row["last_week_amount"], row["week_before_last_amount"]) == (last_week, before)
    assert row["target_amount"] == {10: 5, 100: 120}[last_week]
    assert row["complete"] is True


def test_a_week_is_complete_when_its_sunday_is_covered(stage: Staging, figures: Figures) -> None:
    with stage() as write:
        for code, record_date in (("P1", "06-14"), ("P2", "06-15"), ("P3", None)):
            write.performance(code)
            if record_date:
                write.snapshot(code, record_date, days=[("06-10", 1, 1)])
    rows = figures("play_last_week_vs_target", "06-18")
    assert [row["complete"] for row in rows] == [False, True, False]


def test_the_oldest_month_is_compared_with_a_whole_one(stage: Staging, figures: Figures) -> None:
    with stage() as write:
        write.performance("P1")
        days = [("2024-05-01", 300, 1), ("2024-05-31", 100, 1), ("2024-06-30", 200, 1)]
        write.snapshot("P1", "06-17", days=[("2024-04-30", 999, 1), *days, ("06-01", 50, 1)])
    rows = figures("play_monthly_total", "06-18")
    assert [row["month"] for row in rows] == [
        *(f"2024-{month:02}" for month in range(6, 13)),
        *(f"2025-{month:02}" for month in range(1, 7)),
    ]
    assert (rows[0]["amount"], rows[0]["change_ratio"]) == (200, Decimal("-0.5"))
    by_performance = figures("play_monthly_by_performance", "06-18")
    assert [(row["month"], row["change_amount"]) for row in by_performance] == [
        ("2024-06", -200),
        ("2025-06", 50),
    ]


def test_tomorrows_workbook_may_reach_into_the_next_month(stage: Staging, figures: Figures) -> None:
    """Of the months in all, the judged day's is the last; a performance's own are told."""
    with stage() as write:
        write.performance("P1")
        write.snapshot("P1", "07-01", days=[("06-30", 100, 1), ("07-01", 150, 1)])
    rows = figures("play_monthly_by_performance", "06-30")
    assert [(row["month"], row["change_amount"]) for row in rows] == [
        ("2025-06", 100),
        ("2025-07", 50),
    ]
    assert figures("play_monthly_total", "06-30")[-1]["month"] == "2025-06"


def test_a_year_ends_within_a_week_and_a_month(stage: Staging, figures: Figures) -> None:
    with stage() as write:
        write.performance("C1", "concert")
        days = [("2024-12-29", 1, 1, 0), ("2024-12-30", 2, 1, 0), ("2025-01-01", 4, 1, 0)]
        write.snapshot("C1", "2025-01-02", days=days)
    assert [
        (row["week_start"].isoformat(), row["amount"]) for row in figures("concert_weekly")
    ] == [
        ("2024-12-23", 1),
        ("2024-12-30", 6),
    ]
    months = [row["sales_month"] for row in figures("concert_daily")]
    assert months == ["2024-12", "2024-12", "2025-01"]


def test_two_plans_of_one_week_are_joined(stage: Staging, figures: Figures) -> None:
    with stage() as write:
        write.performance("C1", "concert")
        write.snapshot("C1", "06-17", days=[("06-17", 10, 1, 0), ("06-18", 20, 1, 0)])
        write.marketing("C1", 2, "06-19", "06-22", "후", "", None)
        write.marketing("C1", 1, "06-16", "06-18", "전", "", None)
    [row] = figures("concert_weekly", "06-18")
    assert row["amount"] == 30, "the plans doubled the sales"
    assert (row["sales_marketing"], row["promotion"], row["other_notes"]) == ("전\n후", "", None)


def test_a_class_that_sells_out_forecasts_nothing(stage: Staging, figures: Figures) -> None:
    """The specification's example: R sold out; total 10 and not 118 / 10 x 5 = 59."""
    with stage() as write:
        write.performance(
            "C1", "concert", sale_start_date=date(2025, 6, 1), sale_end_date=date(2025, 6, 16),
            concert_seats_r=100, concert_seats_s=100,
        )  # fmt: skip
        write.snapshot("C1", "06-11", shows=[("07-01 18:00", 98, 20, 0, 0, 0, 118, 2, 2)])
    rows = {row["seat_class"]: row for row in figures("concert_break_even", "06-11")}
    assert (rows["R"]["remaining_seats"], rows["R"]["forecast_additional_seats"]) == (0, 0)
    assert (rows["S"]["remaining_seats"], rows["S"]["forecast_additional_seats"]) == (80, 10)
    total = rows["Total"]
    assert (total["paid_seats"], total["invited_seats"], total["remaining_seats"]) == (118, 2, 80)
    assert (total["forecast_additional_seats"], total["forecast_remaining_seats"]) == (10, 70)


def test_seats_of_no_class_sell_at_their_own_pace(stage: Staging, figures: Figures) -> None:
    """S has no column in the sheet: its 20 tickets stand in the total only."""
    with stage() as write:
        write.performance(
            "C1", "concert", sale_start_date=date(2025, 6, 1), sale_end_date=date(2025, 6, 16),
            concert_seats_r=98, concert_seats_s=100,
        )  # fmt: skip
        write.snapshot("C1", "06-11", shows=[("07-01 18:00", 98, None, None, None, None, 118, 0)])
    rows = {row["seat_class"]: row for row in figures("concert_break_even", "06-11")}
    assert rows["S"]["forecast_additional_seats"] == 0
    assert rows["Total"]["forecast_additional_seats"] == 10


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("06-01", "06-16", 50),  # 100 sold in 10 days, 5 to go
        ("06-11", "06-16", 500),  # the first day counts as one day
        ("06-20", "06-21", 900),  # a sale that began before its date: one day, at most what is left
        ("06-01", "06-11", 0),
        ("06-01", "06-01", 0),
        (None, "06-16", 0),
        ("06-01", None, 0),
    ],
)
def test_days_of_the_sale(
    stage: Staging, figures: Figures, start: str | None, end: str | None, expected: int
) -> None:
    dates = [None if text is None else date.fromisoformat(f"2025-{text}") for text in (start, end)]
    with stage() as write:
        write.performance(
            "C1", "concert", sale_start_date=dates[0], sale_end_date=dates[1], concert_seats_r=1000
        )
        write.snapshot("C1", "06-11", shows=[("07-01 18:00", 100, 0, 0, 0, 0, 100, 0)])
    total = figures("concert_break_even", "06-11")[-1]
    assert total["forecast_additional_seats"] == expected


def test_a_class_without_capacity_is_told(stage: Staging, figures: Figures) -> None:
    with stage() as write:
        write.performance("C1", "concert", concert_seats_r=10)
        write.snapshot("C1", "06-11", shows=[("07-01 18:00", 5, 3, 0, 0, 0, 8, 0)])
        write.performance("C2", "concert")
    rows = figures("concert_break_even", "06-11")
    missing = {
        (row["performance_code"], row["seat_class"]): row["capacity_missing"] for row in rows
    }
    assert [key for key, flag in missing.items() if flag] == [
        ("C1", "S"),
        ("C1", "Total"),
        ("C2", "Total"),
    ]


def test_missing_uploads_are_those_of_the_sale_up_to_yesterday(
    stage: Staging, figures: Figures
) -> None:
    with stage() as write:
        write.performance("P1", sale_start_date=date(2025, 6, 14), show_end_date=date(2025, 6, 30))
        write.snapshot("P1", "06-15")
        write.performance("P2", sale_start_date=date(2025, 6, 14), show_end_date=date(2025, 6, 16))
        write.performance("P3")
    rows = figures("upload_calendar", "06-18")
    assert len(rows) == 270
    assert [
        (row["performance_code"], row["date"].strftime("%m-%d")) for row in rows if row["missing"]
    ] == [
        ("P1", "06-14"),
        ("P2", "06-14"),
        ("P2", "06-15"),
        ("P1", "06-16"),
        ("P2", "06-16"),
        ("P1", "06-17"),
    ]


def test_averages_round_half_away_from_zero(stage: Staging, figures: Figures) -> None:
    with stage() as write:
        write.performance("P1")
        shows = [("06-01 19:00", 5), ("06-02 19:00", 0), ("06-20 19:00", -5), ("06-21 19:00", 0)]
        write.snapshot(
            "P1", "06-17", shows=[(at, "김", amount, 1, 0, "0/0/0") for at, amount in shows]
        )
    [row] = figures("play_profit_forecast", "06-18")
    assert (row["past_amount_per_show"], row["future_amount_per_show"]) == (3, -3)
    [cast] = figures("play_revenue_by_cast", "06-18")
    assert cast["average_amount_per_completed_show"] == 3


def test_ties_of_casts_are_broken_by_label(stage: Staging, figures: Figures) -> None:
    with stage() as write:
        write.performance("P1")
        casts = ["하", "b", "가", "B"]
        write.snapshot(
            "P1",
            "06-17",
            shows=[(f"06-1{at} 19:00", cast, 7, 1, 0, "0/0/0") for at, cast in enumerate(casts)],
        )
    rows = figures("play_last_week_cast_ranking", "06-18")
    assert [row["cast_label"] for row in rows] == ["B", "b", "가"]


def test_sums_pass_two_to_the_31(stage: Staging, figures: Figures) -> None:
    with stage() as write:
        write.performance("P1")
        write.snapshot("P1", "06-17", days=[("06-16", 2**40, 1), ("06-17", 2**40, 1)])
    [row] = figures("play_target_attainment", "06-18")
    assert row["total_amount"] == 2**41


NOTHING = {
    "concert_overview": (0, 0, 0, 0, None, None),
    "play_target_attainment_by_category": ("total", 0, 0, None, 0, 0, None, None),
}


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.slug)
def test_nothing_to_add_up(nothing: Figures, metric: Any) -> None:
    rows = nothing(metric.slug, "06-18")
    if metric.slug == "play_monthly_total":
        assert [row["amount"] for row in rows] == [0] * 13
    else:
        expected = [NOTHING[metric.slug]] if metric.slug in NOTHING else []
        assert [tuple(row.values()) for row in rows] == expected


def test_a_performance_without_uploads_or_plans(stage: Staging, figures: Figures) -> None:
    with stage() as write:
        write.performance("C1", "concert", break_even_amount=100)
        write.performance("P1")
    [forecast] = figures("concert_profit_forecast")
    assert (forecast["forecast_amount"], forecast["forecast_profit"]) == (0, -100)
    assert figures("play_occupancy")[0]["paid_occupancy_pct"] is None
    for slug in ("play_daily_running_totals", "play_show_ticket_price", "play_weekly_tickets"):
        assert figures(slug) == [], "a row of NULLs"
