"""Metrics of active concerts."""

from boxoffice.metrics.words import (
    MARKETING,
    PERFORMANCE,
    DataAsOf,
    Metric,
    day,
    flag,
    forecast,
    moment,
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
        changed="The month was that of the workbook, the same for every row of a concert, so that "
        "a month held all sales so far (V5); calendar rows after the record date, which nobody has "
        "sold anything on yet, were days of 0 (U11).",
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
        slug="concert_monthly",
        title_ko="콘서트 월별 판매",
        title_en="Concert sales by month",
        key=("performance_code", "sales_month"),
        formula="Sums of concert_daily by month of the sales day.",
        changed="There was one month, that of the workbook, with everything sold so far (V5).",
        columns=(*PERFORMANCE, *month("sales_month"), *seats("seats"), *won("amount")),
    ),
    Metric(
        slug="concert_overview",
        title_ko="콘서트 전체 현황",
        title_en="All concerts together",
        key=(),
        formula="Amounts of the day before the judged day, of the 7 days before it, of all days; "
        "the daily average is the 7 days' amount / 7, rounded half up.",
        changed="Sums over nothing were NULL and not 0; the average was truncated; a missing "
        "upload lowered yesterday unseen, so the range of record dates is new (V25).",
        columns=(
            *won("yesterday_amount", "total_amount", "last_7_days_amount"),
            *won("daily_average_amount"),
            *day("data_as_of_min", "data_as_of_max"),
        ),
        data_as_of=DataAsOf.ALL,
    ),
    Metric(
        slug="concert_weekly",
        title_ko="콘서트 주별 판매",
        title_en="Concert sales by week",
        key=("performance_code", "week_start"),
        formula="Sums of concert_daily by week; the texts of marketing plans that start in the "
        "week, joined by line breaks.",
        changed="Weeks without a plan that starts on their Monday were missing, which is mostly "
        "the opening, the largest; so were concerts without plans (V7). Two plans of one week "
        "doubled nothing but stood in two rows.",
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
        changed="There was a row per night with the capacity of one (V3); the forecast added up "
        "cumulative snapshots, so it grew with every upload (V1), and promised more seats than are "
        "left; VIP was always 0 (U12, V18); invited seats counted as free (V13b); bep_ratio "
        "repeated the target instead of sold / needed (V13a); a time of day cost a day (V16).",
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
        not_additive="Total is one of the rows",
    ),
    Metric(
        slug="concert_show_seats",
        title_ko="콘서트 회차별 좌석",
        title_en="Concert seats by show",
        key=("performance_code", "show_at", "seat_order"),
        formula="concert_break_even of one night, as far as it is known of one: capacity of the "
        "form, sold and invited seats of the sheet (its totals in the row Total), what remains, "
        "and sold / break-even seats.",
        changed="These rows stood in concert_break_even without saying which night they are (V3).",
        columns=(
            *PERFORMANCE,
            *day("latest_record_date"),
            *moment("show_at"),
            *text("seat_class"),
            *number("seat_order"),
            *seats("total_seats", "paid_seats", "invited_seats", "remaining_seats"),
            *forecast("break_even_seats"),
            *ratio("break_even_attainment"),
            *flag("capacity_missing"),
        ),
        not_additive="Total is one of the rows",
    ),
    Metric(
        slug="concert_profit_forecast",
        title_ko="콘서트 최종 손익 전망",
        title_en="Concert profit forecast",
        key=("performance_code",),
        formula="Sold so far + sold so far / sales days x days from the record date to the end of "
        "the sale, rounded half up; profit = forecast - break-even amount.",
        changed="It was break-even amount - forecast, so that a loss read as a profit (V4); days "
        "to come counted as sales days, quotients were truncated, and the days left were counted "
        "from today, so that a late upload lost the days between (V6).",
        columns=(*PERFORMANCE, *won("break_even_amount", "forecast_amount", "forecast_profit")),
    ),
    Metric(
        slug="concert_target_attainment",
        title_ko="콘서트 목표 달성률",
        title_en="Concert target attainment",
        key=("performance_code",),
        formula="Amount of the newest snapshot / sum of the daily targets: of all, and of those "
        "up to the record date.",
        changed="2 decimals, and 0 without a target, which is no attainment of 0; the targets of "
        "the whole sale hid how a concert stands today, so to date is new.",
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
        changed="A plan was missing on its first day, as it began at 9 in the morning (V16); the "
        "code is new, as two performances may have one title (V26).",
        columns=(*PERFORMANCE, *day("week_start", "week_end"), *MARKETING),
        data_as_of=DataAsOf.PLAN,
    ),
)
