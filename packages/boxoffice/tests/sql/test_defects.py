"""The former server's wrong figures, each by its number: what it showed is not what we show.

docs/reference/boxoffice-defects.md tells what was wrong. Figures are of the appendix's season (as
of 2025-07-09) and of the corner season (as of 2025-01-01), where not staged here.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from boxoffice.metrics.catalogue import METRICS
from boxoffice.metrics.original import ORIGINAL_VIEWS

Staging = Callable[[], AbstractContextManager[Any]]
Figures = Callable[..., list[dict[str, Any]]]


def one(rows: list[dict[str, Any]], **key: Any) -> dict[str, Any]:
    """The only row whose columns equal `key`."""
    [row] = [row for row in rows if all(row[name] == value for name, value in key.items())]
    return row


def test_v1_cumulative_snapshots_are_not_added_up(appendix: Figures) -> None:
    """R has 60 seats in one workbook of C1 and 70 in the next: 70 / 18 x 12, not 130 / 18 x 12."""
    row = one(appendix("concert_break_even"), performance_code="C1", seat_class="R")
    assert round(row["forecast_additional_seats"], 4) == Decimal("46.6667")


def test_v2_a_show_counts_once_however_many_snapshots(appendix: Figures) -> None:
    row = one(appendix("play_last_week_cast_ranking"), performance_code="P1", cast_label="김,이")
    assert (row["paid_amount"], row["show_count"]) == (3_000_001, 1)


def test_v3_a_class_has_one_row_for_all_nights(corner: Figures) -> None:
    rows = [r for r in corner("concert_break_even", "2025-01-01") if r["performance_code"] == "N1"]
    assert [row["seat_class"] for row in rows] == ["VIP", "R", "S", "A", "B", "Total"]
    assert one(rows, seat_class="R")["total_seats"] == 200
    nights = [
        r for r in corner("concert_show_seats", "2025-01-01") if r["performance_code"] == "N1"
    ]
    assert [r["total_seats"] for r in nights if r["seat_class"] == "R"] == [100, 100]


def test_v4_a_loss_is_negative(appendix: Figures) -> None:
    row = one(appendix("concert_profit_forecast"), performance_code="C1")
    assert row["forecast_profit"] == -15_999_996


def test_v5_a_sale_belongs_to_its_own_month(appendix: Figures) -> None:
    rows = [r for r in appendix("concert_monthly") if r["performance_code"] == "C1"]
    assert [(r["sales_month"], r["amount"]) for r in rows] == [
        ("2025-06", 3_000_000),
        ("2025-07", 5_500_001),
    ]


def test_v6_days_left_are_counted_from_the_workbook(corner: Figures) -> None:
    """N3's is a week old: 9 days left at 10.5, and not 2; nothing is cut off in between."""
    row = one(corner("concert_profit_forecast", "2025-01-01"), performance_code="N3")
    assert row["forecast_amount"] == 116


def test_v7_the_opening_week_is_there_without_a_plan_of_its_monday(corner: Figures) -> None:
    row = one(
        corner("concert_weekly", "2025-01-01"),
        performance_code="N1",
        week_start=date(2024, 12, 16),
    )
    assert (row["amount"], row["sales_marketing"]) == (3_000_000, "먼저\n나중")


def test_v8_a_sunday_ends_its_week(appendix: Figures) -> None:
    row = one(
        appendix("play_daily_running_totals"), performance_code="P1", sales_date=date(2025, 6, 29)
    )
    assert row["week_start"] == date(2025, 6, 23)


def test_v9_targets_of_days_without_sales_count(appendix: Figures) -> None:
    day = one(
        appendix("play_daily_running_totals"), performance_code="P1", sales_date=date(2025, 7, 5)
    )
    assert day["running_target_amount"] == 2_600_000
    week = one(
        appendix("play_weekly_vs_target"), performance_code="P1", week_start=date(2025, 6, 30)
    )
    assert (week["target_amount"], week["attainment_ratio"]) == (3_600_000, Decimal("0.6111"))


@pytest.mark.parametrize(
    "slug", [metric.slug for metric in METRICS if metric.slug.startswith(("play_", "shows_"))]
)
def test_v10_concerts_are_not_among_plays(corner: Figures, slug: str) -> None:
    rows = corner(slug, "2025-01-01")
    assert rows
    assert [row for row in rows if str(row.get("performance_code", "K")).startswith("N")] == []


def test_v11_months_of_performances_add_up_to_the_total(corner: Figures) -> None:
    parts = corner("play_monthly_by_performance", "2025-01-01")
    for total in corner("play_monthly_total", "2025-01-01"):
        of_month = [row for row in parts if row["month"] == total["month"]]
        assert sum(row["amount"] for row in of_month) == total["amount"]
        active = sum(row["amount"] for row in of_month if row["is_active"])
        assert active == total["active_amount"]


def test_v12_the_oldest_month_is_compared_with_a_whole_one(
    stage: Staging, figures: Figures
) -> None:
    """13 months before are 05-18, but all of May counts."""
    with stage() as write:
        write.performance("P1")
        days = [("2024-05-01", 300, 1), ("2024-05-31", 100, 1), ("2024-06-30", 200, 1)]
        write.snapshot("P1", "06-17", days=days)
    row = figures("play_monthly_total", "06-18")[0]
    assert (row["month"], row["amount"], row["change_amount"]) == ("2024-06", 200, -200)


def test_v13a_break_even_is_measured_and_not_the_target(appendix: Figures) -> None:
    row = one(appendix("concert_break_even"), performance_code="C1", seat_class="Total")
    assert (row["break_even_attainment"], row["target_ratio"]) == (
        Decimal("0.1106"),
        Decimal("0.8"),
    )


def test_v13b_invited_seats_are_not_free(appendix: Figures) -> None:
    row = one(appendix("concert_break_even"), performance_code="C2", seat_class="Total")
    assert (row["total_seats"], row["paid_seats"], row["invited_seats"]) == (100, 70, 5)
    assert row["remaining_seats"] == 25


def test_v13c_a_ratio_is_called_ratio(appendix: Figures) -> None:
    row = one(appendix("play_monthly_total"), month="2025-06")
    assert (row["change_ratio"], row["percentage_change"]) == (Decimal("-0.6769"), Decimal("-0.68"))


def test_v14_one_sales_day_of_a_snapshot_stands_once(stage: Staging) -> None:
    with stage() as write:
        write.performance("P1")
        with pytest.raises(IntegrityError, match="play_daily_sale_pkey"):
            write.snapshot("P1", "06-17", days=[("06-17", 1, 1), ("06-17", 2, 1)])


def test_v15_replaced_uploads_are_not_listed(appendix: Figures) -> None:
    rows = appendix("upload_calendar")
    assert (len(rows), sum(row["original_name"] is not None for row in rows)) == (450, 6)


def test_v16_a_plan_counts_on_its_first_day_and_no_day_is_lost(corner: Figures) -> None:
    row = one(corner("concert_marketing_now", "2025-01-01"))
    assert row["week_start"] == date(2025, 1, 1)
    seats = one(corner("concert_break_even", "2025-01-01"), performance_code="N1", seat_class="R")
    assert seats["forecast_additional_seats"] == 45  # 11 days gone, and 9 left


def test_v17_a_week_from_sunday_to_thursday_is_not_built() -> None:
    names = {view.name for view in ORIGINAL_VIEWS.values()}
    assert len(names) == 34
    assert "view_con_llm_total_sales" not in names


def test_v18_vip_seats_count(corner: Figures) -> None:
    row = one(corner("concert_break_even", "2025-01-01"), performance_code="N1", seat_class="VIP")
    assert (row["paid_seats"], row["invited_seats"]) == (19, 1)


def test_v19_the_latest_show_day_is_one_the_workbook_knows(appendix: Figures) -> None:
    row = one(appendix("play_occupancy_change"), performance_code="P1")
    assert (row["latest_show_date"], row["change_points"]) == (date(2025, 7, 8), -18)


def test_v20_what_is_booked_is_the_least_that_is_forecast(corner: Figures) -> None:
    row = one(corner("play_profit_forecast", "2025-01-01"), performance_code="K6")
    assert (row["past_shows"], row["forecast_amount"], row["method"]) == (0, 90_001, "booked_only")


def test_v21_the_price_of_a_week_is_amount_over_tickets(appendix: Figures) -> None:
    row = one(appendix("play_weekly_tickets"), performance_code="P1", week_start=date(2025, 7, 7))
    assert (row["average_price"], round(row["mean_show_price"], 2)) == (50_000, Decimal("33333.33"))


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.slug)
def test_v22_no_data_no_row(corner: Figures, metric: Any) -> None:
    """Every row has its whole key; only a performance without plans keeps a row that says so."""
    for row in corner(metric.slug, "2025-01-01"):
        missing = [name for name in metric.key if row[name] is None]
        assert missing == ([] if metric.slug != "marketing_three_weeks" else missing[:1])


def test_v23_views_are_created_in_one_go(nothing: Figures) -> None:
    """A database that had nothing has them all after the first upgrade."""
    for metric in METRICS:
        assert isinstance(nothing(metric.slug), list)


def test_v24_targets_are_met_by_those_who_have_one(appendix: Figures) -> None:
    row = one(appendix("play_target_attainment_by_category"), category="total")
    assert (row["attainment_ratio"], row["covered_ratio"]) == (
        Decimal("2.4390"),
        Decimal("1.2195"),
    )


def test_v25_a_week_known_in_part_says_so(corner: Figures) -> None:
    rows = corner("play_last_week_vs_target", "2025-01-01")
    assert [row["performance_code"] for row in rows if not row["complete"]] == ["K2", "K5"]


def test_v26_two_performances_of_one_title_stay_two(corner: Figures) -> None:
    rows = corner("play_monthly_by_performance", "2025-01-01")
    same = [row["performance_code"] for row in rows if row["title"] == "종료극"]
    assert same == ["K4", "K4", "K7", "K7"]


def test_v27_a_month_has_one_note(stage: Staging) -> None:
    with stage() as write:
        write.note(2025, 6, "하나")
        with pytest.raises(IntegrityError, match="month_note_pkey"):
            write.note(2025, 6, "둘")


def test_r4_without_a_show_before_there_is_no_change(appendix: Figures) -> None:
    row = one(appendix("play_occupancy_change"), performance_code="P2")
    assert (row["previous_show_date"], row["change_points"]) == (None, None)


def test_r7_the_sunday_of_next_week_is_in_it(stage: Staging, figures: Figures) -> None:
    with stage() as write:
        write.performance("P1")
        write.snapshot("P1", "06-17", shows=[("06-29 19:00", "김", 1, 1, 0, "1/1/0")])
    assert len(figures("play_two_week_shows", "06-18")) == 1
