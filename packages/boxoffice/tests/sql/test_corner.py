"""The corner season (`tests.plain_figures.corner`), its figures computed by hand.

Judged on Wednesday 2025-01-01: last week is 12-23..12-29, this week 12-30..01-05. Each table tells
above it which rule it stands for and how its figures come about.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

Table = tuple[str, list[tuple[Any, ...]]]
D = Decimal

CONCERTS: dict[str, Table] = {
    # Yesterday: N1 1,000,003 + N2 100,001. Seven days 12-25..12-31: N1 600,000 + 400,000 +
    # 1,000,003, N2 100,001, N3 11 (12-24 is too old), N6 81 = 2,100,096; / 7 = 300,013.71, up.
    "concert_overview": (
        ("yesterday_amount total_amount last_7_days_amount daily_average_amount data_as_of_min"
        " data_as_of_max"),
        [(1_100_004, 5_150_106, 2_100_096, 300_014, "2024-12-25", "2025-01-01")],
    ),
    # N1's week of 12-16: two plans start in it, on 12-18 and 12-21; joined in that order, once.
    # Its second text is empty in both and stays empty, its third is NULL in both.
    "concert_weekly": (
        "performance_code week_start seats amount sales_marketing promotion other_notes",
        [
            ("N1", "2024-12-16", 30, 3_000_000, "먼저\n나중", "", None),
            ("N1", "2024-12-23", 6, 600_000, None, "끝", ""),
            ("N1", "2024-12-30", 15, 1_450_003, "새해", "할인", ""),
            ("N2", "2024-12-30", 11, 100_001, None, None, None),
            ("N3", "2024-12-23", 2, 21, None, None, None),
            ("N6", "2024-12-30", 7, 81, "어제까지\n내일부터", None, None),
        ],
    ),
    # N1, two nights, 11 days gone, 9 left. VIP 2 x 10 = 19 sold + 1 invited: sold out, so nothing.
    # R 55 x 9 / 11 = 45. S 16 x 9 / 11 = 13.0909. A has no seats on the form but sold 3: missing.
    # Total 101 sold, 8 of them in no class: 0 + 45 + 13.0909 + 8 x 9 / 11 = 64.6364, not 82.6.
    # N2 began on its record date, so 1 day is gone and not 0: 9 x 3 / 1 = 27. A target of 0 per
    # cent needs no seats, and nothing can be attained. N3 does not know its start: no forecast.
    # N4 was never uploaded: one night. N6 sold 12 of 10 seats, and its sale is over.
    "concert_break_even": (
        ("performance_code seat_class total_seats paid_seats invited_seats remaining_seats"
        " forecast_additional_seats forecast_remaining_seats break_even_seats"
        " break_even_attainment forecast_sold_ratio show_count target_ratio capacity_missing"),
        [
            ("N1", "VIP", 20, 19, 1, 0, 0, 0, D("16.1"), D("1.1801"), 1, 2, D("0.805"), False),
            ("N1", "R", 200, 55, 3, 142, 45, 97, 161, D("0.3416"), D("0.515"), 2, D("0.805"),
             False),
            ("N1", "S", 100, 16, 0, 84, D("13.0909"), D("70.9091"), D("80.5"), D("0.1988"),
             D("0.290909"), 2, D("0.805"), False),
            ("N1", "A", 0, 3, 0, -3, 0, 0, 0, None, None, 2, D("0.805"), True),
            ("N1", "B", 10, 0, 1, 9, 0, 9, D("8.05"), 0, D("0.1"), 2, D("0.805"), False),
            ("N1", "Total", 330, 101, 7, 222, D("64.6364"), D("157.3636"), D("265.65"), D("0.3802"),
             D("0.523140"), 2, D("0.805"), True),
            ("N2", "VIP", 0, 0, 0, 0, 0, 0, 0, None, None, 1, 0, False),
            ("N2", "R", 40, 9, 0, 31, 27, 4, 0, None, D("0.9"), 1, 0, False),
            ("N2", "S", 30, 0, 0, 30, 0, 30, 0, None, 0, 1, 0, False),
            ("N2", "A", 0, 0, 0, 0, 0, 0, 0, None, None, 1, 0, False),
            ("N2", "B", 0, 0, 0, 0, 0, 0, 0, None, None, 1, 0, False),
            ("N2", "Total", 70, 11, 0, 59, 33, 26, 0, None, D("0.628571"), 1, 0, False),
            ("N3", "VIP", 0, 0, 0, 0, 0, 0, 0, None, None, 1, D("0.5"), False),
            ("N3", "R", 30, 22, 0, 8, 0, 8, 15, D("1.4667"), D("0.733333"), 1, D("0.5"), False),
            ("N3", "S", 0, 0, 0, 0, 0, 0, 0, None, None, 1, D("0.5"), False),
            ("N3", "A", 0, 0, 0, 0, 0, 0, 0, None, None, 1, D("0.5"), False),
            ("N3", "B", 0, 0, 0, 0, 0, 0, 0, None, None, 1, D("0.5"), False),
            ("N3", "Total", 30, 22, 1, 7, 0, 7, 15, D("1.4667"), D("0.766667"), 1, D("0.5"), False),
            ("N4", "VIP", 0, 0, 0, 0, 0, 0, 0, None, None, 1, None, False),
            ("N4", "R", 0, 0, 0, 0, 0, 0, 0, None, None, 1, None, False),
            ("N4", "S", 0, 0, 0, 0, 0, 0, 0, None, None, 1, None, False),
            ("N4", "A", 0, 0, 0, 0, 0, 0, 0, None, None, 1, None, False),
            ("N4", "B", 0, 0, 0, 0, 0, 0, 0, None, None, 1, None, False),
            ("N4", "Total", 0, 0, 0, 0, 0, 0, 0, None, None, 1, None, True),
            ("N6", "VIP", 0, 0, 0, 0, 0, 0, 0, None, None, 1, None, False),
            ("N6", "R", 10, 12, 0, -2, 0, 0, 0, None, 1, 1, None, False),
            ("N6", "S", 0, 0, 0, 0, 0, 0, 0, None, None, 1, None, False),
            ("N6", "A", 4, 1, 2, 1, 0, 1, 0, None, D("0.75"), 1, None, False),
            ("N6", "B", 0, 0, 0, 0, 0, 0, 0, None, None, 1, None, False),
            ("N6", "Total", 14, 15, 2, -3, 0, 0, 0, None, 1, 1, None, False),
        ],
    ),
    # N1 5,050,003 on 7 days, 9 left: + 6,492,861. N3 21 on 2 days, 9 left from its record date
    # (2 from today): 21 + 94.5 = 115.5, up. N4 has no workbook: 0. N2 and N6 have no break-even.
    "concert_profit_forecast": (
        "performance_code break_even_amount forecast_amount forecast_profit",
        [
            ("N1", 30_000_000, 11_542_864, -18_457_136),
            ("N2", None, 400_004, None),
            ("N3", 7, 116, 109),
            ("N4", 900, 0, -900),
            ("N6", None, 81, None),
        ],
    ),
    # N1 to date: 1,500,000 + 500,000 (01-01 is its record date), not the 9,000,000 of 01-02.
    # N2's only target is 0: no ratio. N4 has a target, nothing sold, and no record date.
    "concert_target_attainment": (
        ("performance_code target_amount total_amount attainment_ratio target_to_date_amount"
        " target_to_date_ratio"),
        [
            ("N1", 11_000_000, 5_050_003, D("0.4591"), 2_000_000, D("2.525")),
            ("N2", 0, 100_001, None, 0, None),
            ("N3", 0, 21, None, 0, None),
            ("N4", 1, 0, 0, 0, None),
            ("N6", 0, 81, None, 0, None),
        ],
    ),
    # N1's plan begins today. N6's ended yesterday, its next begins tomorrow.
    "concert_marketing_now": (
        "performance_code week_start week_end sales_marketing promotion other_notes",
        [("N1", "2025-01-01", "2025-01-05", "새해", "할인", "")],
    ),
}  # fmt: skip

PLAYS_BY_DAY: dict[str, Table] = {
    # K1: means of shows 25, 20 and 0; its Sunday (12-29) is last week. K2's newest workbook is of
    # Saturday, so last week is known in part; K3's is of Sunday, which is enough. K5 has none.
    "play_last_week_vs_target": (
        ("performance_code target_occupancy_pct last_week_occupancy_pct target_amount"
        " last_week_amount week_before_last_amount complete"),
        [
            ("K1", D("70.5"), 15, 4_000_000, 2_500_000, 4_000_000, True),
            ("K2", None, D("4.4074"), 0, 90_000, 80_000, False),
            ("K3", 50, D("1.000025"), 0, 5, 0, True),
            ("K5", D("33.3"), None, 40, 0, 0, False),
            ("K6", None, None, 0, 0, 0, True),
            ("K7", None, None, 0, 0, 0, True),
        ],
    ),
    # January against a whole December 2023: K2 500,000 (not the 999 of November) + K4 600,000,
    # although a year and a day cuts December in the middle. Sales of 01-02 are January's.
    "play_monthly_total": (
        "month amount change_amount percentage_change note change_ratio active_amount",
        [
            ("2024-01", 550_000, -550_000, D("-0.5"), None, D("-0.5"), 250_000),
            ("2024-02", 30_000, -520_000, D("-0.95"), None, D("-0.9455"), 30_000),
            ("2024-03", 0, -30_000, -1, None, -1, 0),
            *((f"2024-{month:02}", 0, 0, None, None, None, 0) for month in range(4, 12)),
            ("2024-12", 7_542_005, 7_542_005, None, "연말", None, 7_531_005),
            ("2025-01", 303_001, -7_239_004, D("-0.96"), "", D("-0.9598"), 303_001),
        ],
    ),
    # K4 has finished, and counts. K7 has its title.
    "play_monthly_by_performance": (
        ("month performance_code title amount change_amount percentage_change change_ratio"
        " is_active"),
        [
            ("2024-01", "K2", "겨울 이야기", 250_000, -250_000, D("-0.5"), D("-0.5"), True),
            ("2024-01", "K4", "종료극", 300_000, -300_000, D("-0.5"), D("-0.5"), False),
            ("2024-02", "K2", "겨울 이야기", 30_000, -220_000, D("-0.88"), D("-0.88"), True),
            ("2024-12", "K1", "가을 소나타", 7_200_000, 7_200_000, None, None, True),
            ("2024-12", "K2", "겨울 이야기", 240_000, 240_000, None, None, True),
            ("2024-12", "K3", "무승부", 5, 5, None, None, True),
            ("2024-12", "K4", "종료극", 11_000, 11_000, None, None, False),
            ("2024-12", "K6", "예정작", 90_000, 90_000, None, None, True),
            ("2024-12", "K7", "종료극", 1_000, 1_000, None, None, True),
            ("2025-01", "K1", "가을 소나타", 300_001, -6_899_999, D("-0.96"), D("-0.9583"), True),
            ("2025-01", "K7", "종료극", 3_000, 2_000, 2, 2, True),
        ],
    ),
    # K1's newest workbook is dated tomorrow: targets to date are those up to 01-02.
    # K3's target is 0, K6's comes after its workbook, K5 sold nothing.
    "play_target_attainment": (
        ("performance_code total_amount target_amount attainment_ratio latest_day_amount"
        " latest_day_target_amount latest_day_attainment_ratio latest_record_date"
        " target_to_date_amount target_to_date_ratio"),
        [
            ("K1", 7_500_001, 18_200_000, D("0.4121"), 400_001, 800_000, D("0.5"), "2025-01-02",
             8_600_000, D("0.8721")),
            ("K2", 1_020_999, 0, None, 0, 0, None, "2024-12-28", 0, None),
            ("K3", 5, 0, None, 5, 0, None, "2024-12-29", 0, None),
            ("K5", 0, 42, 0, 0, 0, None, None, 0, None),
            ("K6", 90_000, 1_000_000, D("0.09"), 90_000, 0, None, "2024-12-30", 0, None),
            ("K7", 4_000, 12_000, D("0.3333"), 3_000, 4_000, D("0.75"), "2025-01-01", 12_000,
             D("0.3333")),
        ],
    ),
    # K2 sells without a target: 24,309.5 times the musicals' target, 0 of what is covered (K5's).
    "play_target_attainment_by_category": (
        ("category total_amount target_amount attainment_ratio latest_day_amount"
        " latest_day_target_amount latest_day_attainment_ratio covered_ratio"),
        [
            ("musical", 1_020_999, 42, D("24309.5"), 0, 0, None, 0),
            ("play", 7_594_006, 19_212_000, D("0.3953"), 493_006, 804_000, D("0.6132"),
             D("0.3953")),
            ("total", 8_615_005, 19_212_042, D("0.4484"), 493_006, 804_000, D("0.6132"),
             D("0.3953")),
        ],
    ),
    # K1's weeks: targets of days without sales count (12-20, 01-05), also those to come. Two plans
    # start in the week of 12-30; the empty promotion of the first adds no line.
    "play_weekly_vs_target": (
        ("performance_code week_start amount target_amount attainment_ratio sales_marketing"
        " promotion other_notes"),
        [
            ("K1", "2024-12-16", 4_000_000, 3_500_000, D("1.1429"), "오픈", None, "비고"),
            ("K1", "2024-12-23", 2_500_000, 4_000_000, D("0.625"), None, "1+1", ""),
            ("K1", "2024-12-30", 1_000_001, 1_700_000, D("0.5882"), "라디오\nSNS", "할인", None),
            ("K2", "2023-11-27", 400_999, None, None, None, None, None),
            ("K2", "2023-12-25", 100_000, None, None, None, None, None),
            ("K2", "2024-01-01", 250_000, None, None, None, None, None),
            ("K2", "2024-02-26", 30_000, None, None, None, None, None),
            ("K2", "2024-12-09", 70_000, None, None, None, None, None),
            ("K2", "2024-12-16", 80_000, None, None, None, None, None),
            ("K2", "2024-12-23", 90_000, None, None, None, None, None),
            ("K3", "2024-12-23", 5, 0, None, None, None, None),
            ("K6", "2024-12-30", 90_000, None, None, None, None, None),
            ("K7", "2024-12-30", 4_000, 12_000, D("0.3333"), None, None, None),
        ],
    ),
}  # fmt: skip

PLAYS_BY_SHOW: dict[str, Table] = {
    # K1 knows a show of 01-02, but today is 01-01 (midnight: a show of that day). K7 had two shows
    # on its only day, of 1 and 3 per cent. K2's last known
    # day is 12-28 (its record date), although a show of 12-29 has been since.
    "play_occupancy_change": (
        ("performance_code latest_occupancy_pct latest_show_date previous_occupancy_pct"
        " previous_show_date change_points"),
        [
            ("K1", 10, "2025-01-01", D("21.6666"), "2024-12-30", D("-11.6666")),
            ("K2", D("8.8888"), "2024-12-28", D("3.3333"), "2024-12-27", D("5.5555")),
            ("K3", D("1.0001"), "2024-12-26", 1, "2024-12-25", D("0.0001")),
            ("K7", 2, "2024-12-31", None, None, None),
        ],
    ),
    # From tomorrow to 01-08. A capacity of 0 (K3) is one that nobody has filled in.
    "play_upcoming_shows": (
        ("performance_code show_at occupancy_pct seats_per_show paid_seats invited_seats"
        " remaining_seats"),
        [
            ("K1", "2025-01-02 19:30", D("12.5"), 120, 15, 0, 105),
            ("K1", "2025-01-05 15:00", 5, 120, 5, 1, 114),
            ("K1", "2025-01-06 19:30", D("1.6667"), 120, 2, 0, 118),
            ("K3", "2025-01-02 19:30", 3, 0, 1, 1, None),
            ("K3", "2025-01-08 19:30", D("2.5"), 0, 1, 0, None),
            ("K6", "2025-01-07 19:30", 100, 50, 5, 45, 0),
            ("K6", "2025-01-08 19:30", 8, 50, 4, 0, 46),
            ("K7", "2025-01-07 19:30", 1, 100, 1, 0, 99),
        ],
    ),
    # K1 10,000,001 / 7 x 5 = 7,142,857.86, up. K2's average equals what is booked: average. K3
    # brings in 42 by average and has booked 68. K6 has not begun. K7's average is -2.5: -3.
    "play_profit_forecast": (
        ("performance_code forecast_amount forecast_profit past_amount past_shows"
        " past_amount_per_show future_amount future_shows future_amount_per_show method"),
        [
            ("K1", 17_142_859, -22_857_141, 10_000_001, 7, 1_428_572, 480_000, 5, 96_000,
             "average"),
            ("K2", 999_999, None, 666_666, 2, 333_333, 333_333, 1, 333_333, "average"),
            ("K3", 68, 68, 28, 4, 7, 40, 2, 20, "booked_only"),
            ("K6", 90_001, -9_999, 0, 0, None, 90_001, 2, 45_001, "booked_only"),
            ("K7", -5, 995, -5, 2, -3, 0, 1, 0, "booked_only"),
        ],
    ),
    # K3's four casts brought in the same: the first three by code point, 하 is left out.
    "play_last_week_cast_ranking": (
        "performance_code rank cast_label paid_amount show_count",
        [
            ("K1", 1, "김,박", 2_000_000, 1),
            ("K1", 2, "이,김", 1_000_000, 1),
            ("K1", 3, "김,이", 0, 1),
            ("K2", 1, "최", 666_666, 2),
            ("K2", 2, "정", 333_333, 1),
            ("K3", 1, "B", 7, 1),
            ("K3", 2, "b", 7, 1),
            ("K3", 3, "가", 7, 1),
        ],
    ),
    # 김 is in eight shows, one of which names nobody else, twice: 4,000,001 + 2,000,000 +
    # 1,000,000 + 0 + 900,000 completed, / 5. 한's 12,500.5 goes up.
    "play_revenue_by_actor": (
        ("performance_code actor paid_amount show_count is_active completed_show_count"
        " average_amount_per_completed_show"),
        [
            ("K1", "김", 8_200_001, 8, True, 5, 1_580_000),
            ("K1", "박", 3_620_000, 3, True, 2, 1_750_000),
            ("K1", "이", 5_360_001, 5, True, 3, 1_666_667),
            ("K2", "정", 333_333, 1, True, 0, None),
            ("K2", "최", 666_666, 2, True, 2, 333_333),
            ("K3", "B", 7, 1, True, 1, 7),
            ("K3", "b", 7, 1, True, 1, 7),
            ("K3", "가", 47, 3, True, 1, 7),
            ("K3", "하", 7, 1, True, 1, 7),
            ("K4", "한", 25_001, 2, False, 2, 12_501),
            ("K6", "김", 90_001, 2, True, 0, None),
            ("K7", "김", -5, 1, True, 1, -5),
            ("K7", "박", 0, 1, True, 0, None),
            ("K7", "이", 0, 1, True, 1, 0),
        ],
    ),
    # K1's week of 12-23: 3,000,000 / 50 tickets; the mean of 66,666.7, 50,000 and 0 is another.
    # K2 has no capacity, K3's is 0: neither adds seats to the total, and K2's is not known.
    "play_weekly_tickets": (
        ("performance_code week_start show_count max_seats paid_seats paid_amount average_price"
        " mean_show_price"),
        [
            ("K1", "2024-12-16", 1, 120, 60, 4_000_001, D("66666.7"), D("66666.7")),
            ("K1", "2024-12-23", 3, 360, 50, 3_000_000, 60_000, D("38888.9")),
            ("K1", "2024-12-30", 4, 480, 55, 3_300_000, 60_000, 60_000),
            ("K1", "2025-01-06", 3, 360, 3, 180_000, 60_000, 40_000),
            ("K1", "2025-01-13", 1, 120, 0, 0, None, 0),
            ("K2", "2024-12-23", 3, None, 11, 999_999, 90_909, 164_021),
            ("K3", "2024-12-23", 4, 0, 6, 28, D("4.7"), D("5.825")),
            ("K3", "2024-12-30", 1, 0, 1, 20, 20, 20),
            ("K3", "2025-01-06", 1, 0, 1, 20, 20, 20),
            ("K6", "2025-01-06", 2, 100, 9, 90_001, D("10000.1"), D("10125.1")),
            ("K7", "2024-12-30", 2, 200, 2, -5, D("-2.5"), D("-2.5")),
            ("K7", "2025-01-06", 1, 100, 1, 0, 0, 0),
        ],
    ),
    # Three record dates meet in the week of 12-30, and it stays one row.
    "play_weekly_tickets_total": (
        ("week_start latest_record_date max_seats paid_seats record_date_min record_date_max"
        " sell_through"),
        [
            ("2024-12-16", "2025-01-02", 120, 60, "2025-01-02", "2025-01-02", D("0.5")),
            ("2024-12-23", "2025-01-02", 360, 67, "2024-12-28", "2025-01-02", D("0.1861")),
            ("2024-12-30", "2025-01-02", 680, 58, "2024-12-29", "2025-01-02", D("0.0853")),
            ("2025-01-06", "2025-01-02", 560, 14, "2024-12-29", "2025-01-02", D("0.025")),
            ("2025-01-13", "2025-01-02", 120, 0, "2025-01-02", "2025-01-02", 0),
        ],
    ),
}  # fmt: skip

EARLIER: dict[str, Table] = {
    # On 12-27 K1's newest workbook is that of 12-24, the second one sent for that day.
    "play_target_attainment": (
        "performance_code total_amount latest_day_amount latest_record_date target_to_date_amount",
        [
            ("K1", 4_700_000, 800_000, "2024-12-24", 5_000_000),
            ("K2", 1_020_999, 0, "2024-12-28", 0),
            ("K3", 0, 0, None, 0),
            ("K5", 0, 0, None, 0),
            ("K6", 0, 0, None, 0),
            ("K7", 0, 0, None, 0),
        ],
    ),
    "concert_profit_forecast": (
        "performance_code forecast_amount",
        # N1 2,100,000 on 2 days, 15 left.
        [("N1", 17_850_000), ("N2", 0), ("N3", 116), ("N4", 0), ("N6", 0)],
    ),
}

HERE = {**CONCERTS, **PLAYS_BY_DAY, **PLAYS_BY_SHOW}


@pytest.mark.parametrize("slug", HERE)
def test_on_its_day(corner: Callable[..., list[dict[str, Any]]], slug: str) -> None:
    columns, expected = HERE[slug]
    assert printed(corner(slug, "2025-01-01"), columns, expected) == expected


@pytest.mark.parametrize("slug", EARLIER)
def test_on_an_earlier_day(corner: Callable[..., list[dict[str, Any]]], slug: str) -> None:
    columns, expected = EARLIER[slug]
    assert printed(corner(slug, "2024-12-27"), columns, expected) == expected


def test_uploads_that_are_missing(corner: Callable[..., list[dict[str, Any]]]) -> None:
    """From the start of the sale to yesterday, or to the last show if that was before."""
    rows = corner("upload_calendar", "2025-01-01")
    assert len(rows) == 90 * 11
    missing: dict[str, list[str]] = {}
    for row in rows:
        if row["missing"]:
            missing.setdefault(row["performance_code"], []).append(f"{row['date']:%m-%d}")
    days = [f"12-{number}" for number in range(18, 32)]
    # K1 has 12-24; that of 12-31 was deleted.
    assert missing["K1"] == [at for at in days if at != "12-24"]
    # K2's last show was on 12-27; the window begins on 10-04, for which there is a workbook.
    assert (missing["K2"][0], missing["K2"][-1], len(missing["K2"])) == ("10-05", "12-27", 84)
    assert missing["K3"] == ["12-30", "12-31"]
    assert missing["K7"] == ["10-04", "10-05"]
    assert missing["N1"] == [at for at in days[3:] if at != "12-26"]
    # N2 was sent on the first day of its sale, N6's sale begins tomorrow, the others have no date.
    assert missing.keys() == {"K1", "K2", "K3", "K7", "N1"}


def printed(
    rows: list[dict[str, Any]], columns: str, expected: list[tuple[Any, ...]]
) -> list[tuple[Any, ...]]:
    """Rows as the tables print them: days as text, decimals to as many places as printed there."""
    cells = [tuple(row[name] for name in columns.split()) for row in rows]
    if len(cells) != len(expected):
        return cells
    return [
        tuple(_as(value, like) for value, like in zip(row, right, strict=True))
        for row, right in zip(cells, expected, strict=True)
    ]


def _as(value: Any, like: Any) -> Any:
    if isinstance(like, str) and not isinstance(value, str):
        return str(value)[: len(like)]
    places = -int(like.as_tuple().exponent) if isinstance(like, Decimal) else 0
    return round(value, places) if places >= 4 and isinstance(value, Decimal) else value
