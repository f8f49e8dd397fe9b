"""Metrics of plays and musicals by show: occupancy, casts, tickets, forecasts."""

from boxoffice.metrics.words import (
    PERFORMANCE,
    SHOW,
    SHOW_ROWS_CHANGED,
    SHOWS_CHANGED,
    DataAsOf,
    Metric,
    day,
    flag,
    identifier,
    moment,
    number,
    per_cent,
    price,
    ratio,
    seats,
    shows,
    text,
    won,
)

_OF_ONE_SHOW = ("performance_code", "show_at")
_BY_CAST = (
    *won("paid_amount"),
    *shows("show_count"),
    *flag("is_active"),
    *shows("completed_show_count"),
    *won("average_amount_per_completed_show"),
)

PLAY_SHOW_METRICS = (
    Metric(
        slug="shows_around_record_date",
        title_ko="기준일 전후 회차",
        title_en="Shows around the record date",
        key=_OF_ONE_SHOW,
        formula="Shows from 6 days before to 7 days after the record date.",
        changed=SHOW_ROWS_CHANGED,
        columns=(
            *PERFORMANCE,
            *day("latest_record_date"),
            *seats("seats_per_show"),
            *day("window_start", "window_end"),
            *SHOW,
        ),
    ),
    Metric(
        slug="play_shows_near_today",
        title_ko="최근·예정 회차",
        title_en="Shows near today",
        key=_OF_ONE_SHOW,
        formula="Shows from 2 days before to 7 days after the judged day, with what was sold on "
        "the record date (NULL when the snapshot has no such day).",
        changed="Two rows of one sales day in any workbook made the whole figure fail (V14). "
        f"{SHOW_ROWS_CHANGED}",
        columns=(
            *PERFORMANCE,
            *day("latest_record_date"),
            *seats("seats_per_show"),
            *won("latest_day_amount"),
            *day("window_start", "window_end"),
            *SHOW,
        ),
    ),
    Metric(
        slug="play_occupancy_change",
        title_ko="점유율 변화",
        title_en="Change of occupancy",
        key=("performance_code",),
        formula="Mean total occupancy of the last show day on or before both the judged day and "
        "the record date, and of the show day before; change = the difference in points.",
        changed="The latest day could be one after the workbook, whose occupancy was not final yet "
        f"(V19). {SHOWS_CHANGED}",
        columns=(
            *identifier("performance_id"),
            *PERFORMANCE,
            *per_cent("latest_occupancy_pct"),
            *day("latest_show_date"),
            *per_cent("previous_occupancy_pct"),
            *day("previous_show_date"),
            *per_cent("change_points"),
        ),
    ),
    Metric(
        slug="play_upcoming_shows",
        title_ko="다음 7일 회차",
        title_en="Shows of the next 7 days",
        key=_OF_ONE_SHOW,
        formula="Total occupancy = paid + complimentary share; remaining = seats of a show - paid "
        "- invited, NULL when the capacity is not known or 0.",
        changed=f"A capacity of 0 gave negative remaining seats. {SHOWS_CHANGED}",
        columns=(
            *PERFORMANCE,
            *moment("show_at"),
            *per_cent("occupancy_pct"),
            *seats("seats_per_show", "paid_seats", "invited_seats", "remaining_seats"),
        ),
    ),
    Metric(
        slug="play_profit_forecast",
        title_ko="최종 손익 전망",
        title_en="Profit forecast",
        key=("performance_code",),
        formula="Past = shows up to the record date. Forecast = past amount + past amount / past "
        "shows x shows to come, at least what is booked already (method booked_only); profit = "
        "forecast - break-even amount.",
        changed="There was no forecast before the first show, and seats already sold for shows to "
        "come were ignored (V20); averages were truncated; shows with a zero in them were dropped "
        "(U7), which raised the average and lost shows to come.",
        columns=(
            *PERFORMANCE,
            *won("break_even_amount", "forecast_amount", "forecast_profit"),
            *day("latest_record_date"),
            *won("past_amount"),
            *shows("past_shows"),
            *won("past_amount_per_show", "future_amount"),
            *shows("future_shows"),
            *won("future_amount_per_show"),
            *text("method"),
        ),
    ),
    Metric(
        slug="play_last_week_cast_ranking",
        title_ko="지난주 캐스트 순위",
        title_en="Best casts of last week",
        key=("performance_code", "rank"),
        formula="Paid amount and shows of last week by cast combination; the three best of each "
        "performance, ties by label.",
        changed="Every show was counted once for each snapshot ever uploaded (V2); an empty cast "
        'cell was the actor "null" (U8), and shows with a zero in them were dropped (U7).',
        not_additive="casts after the third are left out",
        columns=(
            *PERFORMANCE,
            *text("cast_label"),
            *won("paid_amount"),
            *shows("show_count"),
            *number("rank"),
        ),
    ),
    Metric(
        slug="play_two_week_shows",
        title_ko="금주·차주 회차",
        title_en="Shows of this and next week",
        key=_OF_ONE_SHOW,
        formula="Shows from this week's Monday to next week's Sunday; attendance = paid + invited.",
        changed=SHOW_ROWS_CHANGED,
        columns=(
            *PERFORMANCE,
            *text("venue"),
            *day("latest_record_date", "window_start", "window_end"),
            *identifier("show_sale_id"),
            *moment("show_at"),
            *text("cast_label"),
            *won("paid_amount"),
            *seats("paid_seats", "invited_seats", "attendance"),
            *seats("paid_seats_vip", "paid_seats_a", "paid_seats_s", "paid_seats_r"),
            *seats("invited_seats_vip", "invited_seats_a", "invited_seats_s", "invited_seats_r"),
            *per_cent("deposit_occupancy_pct", "paid_occupancy_pct", "free_occupancy_pct"),
            *identifier("snapshot_id"),
            *text("original_name"),
        ),
    ),
    Metric(
        slug="play_weekly_paid_occupancy",
        title_ko="주별 유료 객석 점유율",
        title_en="Paid occupancy by week",
        key=("performance_code", "week_start"),
        formula="Mean paid occupancy over the shows of a week, unweighted, 4 decimals; in weeks to "
        "come, what is sold so far.",
        changed=SHOWS_CHANGED,
        columns=(
            *PERFORMANCE,
            *day("week_start", "week_end"),
            *per_cent("paid_occupancy_pct"),
            *shows("show_count"),
        ),
    ),
    Metric(
        slug="play_all_shows",
        title_ko="전체 회차",
        title_en="All shows",
        key=_OF_ONE_SHOW,
        formula="Every show of the newest snapshot, past and to come.",
        changed=SHOW_ROWS_CHANGED,
        columns=(*PERFORMANCE, *day("latest_record_date"), *won("break_even_amount"), *SHOW),
    ),
    Metric(
        slug="play_occupancy",
        title_ko="객석 점유율",
        title_en="Occupancy",
        key=("performance_code",),
        formula="Means over all shows, 1 decimal; undeposited = paid - deposit of the rounded "
        "values.",
        changed=SHOWS_CHANGED,
        columns=(
            *PERFORMANCE,
            *per_cent("target_occupancy_pct", "deposit_occupancy_pct", "paid_occupancy_pct"),
            *per_cent("undeposited_occupancy_pct"),
        ),
    ),
    *(
        Metric(
            slug=f"play_deposit_occupancy_{when}",
            title_ko=f"입금 점유율 ({korean})",
            title_en=f"Deposited occupancy, shows {words}",
            key=("performance_code",),
            formula=f"Mean deposited occupancy over the shows {words}.",
            changed=SHOWS_CHANGED,
            columns=(*PERFORMANCE, *per_cent("target_occupancy_pct", "deposit_occupancy_pct")),
        )
        for when, korean, words in (
            ("future", "예정 회차", "after the record date"),
            ("past", "지난 회차", "up to the record date"),
        )
    ),
    Metric(
        slug="play_revenue_by_cast",
        title_ko="캐스트별 매출",
        title_en="Sales by cast",
        key=("performance_code", "cast_label"),
        formula="Paid amount and shows by ordered cast combination, all shows of active and "
        "finished performances; the average is over shows up to the record date.",
        changed="Shows to come, with a part of their sales, made casts incomparable, so the "
        "average per completed show is new; an empty cast cell was an actor called null (U8), and "
        "shows with a zero in them were dropped (U7).",
        columns=(*PERFORMANCE, *text("cast_label"), *_BY_CAST),
    ),
    Metric(
        slug="play_revenue_by_actor",
        title_ko="배우별 매출",
        title_en="Sales by actor",
        key=("performance_code", "actor"),
        formula="As play_revenue_by_cast, for each member of a cast: every show counts in full for "
        "everybody in it.",
        changed="Only combinations were told, and the same actors in another order are another "
        "combination.",
        columns=(*PERFORMANCE, *text("actor"), *_BY_CAST),
        not_additive="a show counts once for each of its actors",
    ),
    Metric(
        slug="play_show_ticket_price",
        title_ko="회차별 티켓 단가",
        title_en="Ticket price by show",
        key=_OF_ONE_SHOW,
        formula="Paid amount / paid seats, 1 decimal, NULL when nothing is sold.",
        changed="Concerts (V10) and performances without shows (V22) were rows of NULLs; the "
        f"price of no ticket was 0. {SHOWS_CHANGED}",
        columns=(
            *PERFORMANCE,
            *day("latest_record_date"),
            *moment("show_at"),
            *day("show_date"),
            *seats("paid_seats"),
            *per_cent("paid_occupancy_pct"),
            *won("paid_amount"),
            *price("average_price"),
        ),
    ),
    Metric(
        slug="play_weekly_tickets",
        title_ko="주별 판매 좌석",
        title_en="Tickets by week",
        key=("performance_code", "week_start"),
        formula="max_seats = seats of a show x shows; average price = amount / tickets, 1 decimal; "
        "mean_show_price = mean of the shows' prices, unsold shows as 0.",
        changed="The average price was the mean of the shows' prices, whatever each sold (V21), "
        "which stays as mean_show_price; a performance without shows was a row of NULLs (V22). "
        f"{SHOWS_CHANGED}",
        columns=(
            *PERFORMANCE,
            *seats("seats_per_show"),
            *day("week_start", "latest_record_date"),
            *shows("show_count"),
            *seats("max_seats"),
            *per_cent("paid_occupancy_pct"),
            *seats("paid_seats"),
            *won("paid_amount"),
            *price("average_price", "mean_show_price"),
        ),
    ),
    Metric(
        slug="play_weekly_tickets_total",
        title_ko="주별 판매 좌석 (전체)",
        title_en="Tickets by week, all plays",
        key=("week_start",),
        formula="play_weekly_tickets summed by week; sell_through = tickets / seats.",
        changed="A play whose last upload was a day older made a second row of the week, and one "
        "without shows a row without a week (V22); shows with a zero in them were dropped (U7).",
        columns=(
            *day("week_start", "latest_record_date"),
            *seats("max_seats", "paid_seats"),
            *day("record_date_min", "record_date_max"),
            *ratio("sell_through"),
        ),
        data_as_of=DataAsOf.ALL,
    ),
)
