"""Metrics of active concerts."""

from boxoffice.metrics.words import (
    MARKETING,
    PERFORMANCE,
    Metric,
    day,
    flag,
    forecast,
    month,
    number,
    ratio,
    seats,
    shows,
    text,
    won,
)

CONCERT_METRICS = (
    Metric(
        slug="concert_daily",
        title_ko="콘서트 일별 판매",
        title_en="Concert sales by day",
        key=("performance_code", "sales_date"),
        formula="Paid tickets and amount of each sales day in the newest snapshot.",
        changed="The month is that of the sales day; it was that of the workbook, the same for "
        "every row of a concert.",
        columns=(
            *PERFORMANCE,
            *day("sales_date"),
            *month("sales_month"),
            *day("week_start"),
            *seats("seats"),
            *won("amount"),
        ),
    ),
    Metric(
        slug="concert_overview",
        title_ko="콘서트 전체 현황",
        title_en="All concerts together",
        key=(),
        formula="Amounts of the day before the judged day, of the 7 days before it, of all days; "
        "the daily average is the 7 days' amount / 7, rounded half up.",
        changed="0 where it was NULL; the average was truncated; the range of record dates is new.",
        columns=(
            *won("yesterday_amount", "total_amount", "last_7_days_amount"),
            *won("daily_average_amount"),
            *day("data_as_of_min", "data_as_of_max"),
        ),
    ),
    Metric(
        slug="concert_weekly",
        title_ko="콘서트 주별 판매",
        title_en="Concert sales by week",
        key=("performance_code", "week_start"),
        formula="Sums of concert_daily by week; the texts of marketing plans that start in the "
        "week, joined by line breaks.",
        changed="Weeks without a plan starting on the Monday were missing, mostly the first week.",
        columns=(*PERFORMANCE, *day("week_start"), *seats("seats"), *won("amount"), *MARKETING),
    ),
    Metric(
        slug="concert_break_even",
        title_ko="콘서트 손익분기",
        title_en="Concert seats against break-even",
        key=("performance_code", "seat_order"),
        formula="Capacity is the class's seats x nights; remaining = capacity - sold - invited. "
        "Forecast: sold / days since the sale began x days left, at most what remains; the total "
        "forecasts what its classes do. Break-even seats = target occupancy x capacity, and "
        "break_even_attainment = sold / break-even seats.",
        changed="There was a row per night with the capacity of one; the forecast added up "
        "cumulative snapshots, so it grew with every upload; VIP was always 0; invited seats "
        "counted as free; bep_ratio repeated the target.",
        columns=(
            *PERFORMANCE,
            *day("latest_record_date", "sale_start_date", "sale_end_date"),
            *text("seat_class"),
            *number("seat_order"),
            *seats("total_seats", "paid_seats", "remaining_seats"),
            *forecast("forecast_additional_seats", "forecast_remaining_seats", "break_even_seats"),
            *ratio("forecast_sold_ratio", "forecast_remaining_ratio", "break_even_attainment"),
            *shows("show_count"),
            *seats("invited_seats"),
            *ratio("target_ratio"),
            *flag("capacity_missing"),
        ),
    ),
    Metric(
        slug="concert_profit_forecast",
        title_ko="콘서트 최종 손익 전망",
        title_en="Concert profit forecast",
        key=("performance_code",),
        formula="Sold so far + sold so far / sales days x days from the record date to the end of "
        "the sale, rounded half up; profit = forecast - break-even amount.",
        changed="The sign was turned round; days without sales and days to come counted as sales "
        "days; the days left were counted from today, whatever the age of the data.",
        columns=(*PERFORMANCE, *won("break_even_amount", "forecast_amount", "forecast_profit")),
    ),
    Metric(
        slug="concert_target_attainment",
        title_ko="콘서트 목표 달성률",
        title_en="Concert target attainment",
        key=("performance_code",),
        formula="Amount of the newest snapshot / sum of the daily targets: of all, and of those "
        "up to the record date.",
        changed="4 decimals instead of 2; NULL without a target instead of 0; to date is new.",
        columns=(
            *PERFORMANCE,
            *won("target_amount", "total_amount"),
            *ratio("attainment_ratio"),
            *won("target_to_date_amount"),
            *ratio("target_to_date_ratio"),
        ),
    ),
    Metric(
        slug="concert_marketing_now",
        title_ko="콘서트 금주 마케팅",
        title_en="Concert marketing of this week",
        key=("performance_code", "week_start"),
        formula="The marketing plans that the judged day lies in.",
        changed="A plan was missing on its first day.",
        columns=(*PERFORMANCE, *day("week_start", "week_end"), *MARKETING),
    ),
)
