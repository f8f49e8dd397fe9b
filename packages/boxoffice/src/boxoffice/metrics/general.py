"""Metrics of active performances of every category."""

from boxoffice.metrics.words import (
    MARKETING,
    PERFORMANCE,
    DataAsOf,
    Metric,
    day,
    flag,
    number,
    ratio,
    text,
    won,
)

GENERAL_METRICS = (
    Metric(
        slug="upload_calendar",
        title_ko="데이터 업로드 현황",
        title_en="Uploads of the last 90 days",
        key=("date", "performance_code"),
        formula="The active snapshot of each of the 90 days up to the judged day; missing = none, "
        "between the start of the sale and yesterday or the last show.",
        changed="Replaced uploads stood beside the new ones (V15); a day without an upload did not "
        "tell whether one was due, so missing is new.",
        columns=(
            *day("date"),
            *PERFORMANCE,
            *text("original_name"),
            *day("record_date"),
            *flag("missing"),
        ),
    ),
    Metric(
        slug="marketing_three_weeks",
        title_ko="전주·금주·차주 마케팅",
        title_en="Marketing of last, this and next week",
        key=("performance_code", "week_start"),
        formula="Marketing plans that start in the week before the judged day's, in it or in the "
        "week after; one row without a plan where there is none.",
        changed="",
        columns=(
            *PERFORMANCE,
            *text("week_kind"),
            *number("week_number"),
            *day("week_start", "week_end"),
            *MARKETING,
        ),
        data_as_of=DataAsOf.PLAN,
    ),
    Metric(
        slug="marketing_effect",
        title_ko="마케팅과 주별 매출",
        title_en="Sales by week beside marketing",
        key=("performance_code", "week_start"),
        formula="Amount of each week with sales, its change against the week before (0 where that "
        "one has none) as amount and as ratio of it, and the week's marketing plans.",
        changed="",
        columns=(
            *PERFORMANCE,
            *day("week_start"),
            *won("amount", "change_amount"),
            *ratio("change_ratio"),
            *MARKETING,
        ),
    ),
    Metric(
        slug="target_totals",
        title_ko="목표 매출 합계",
        title_en="Sum of targets",
        key=("performance_code",),
        formula="Sum of all daily targets.",
        changed="",
        columns=(*PERFORMANCE, *won("target_amount")),
        data_as_of=DataAsOf.PLAN,
    ),
)
