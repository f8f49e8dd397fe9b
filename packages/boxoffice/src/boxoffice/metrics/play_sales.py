"""Metrics of plays and musicals by sales day, week and month."""

from boxoffice.metrics.words import (
    MARKETING,
    PERFORMANCE,
    SHOWS_CHANGED,
    DataAsOf,
    Metric,
    day,
    flag,
    month,
    per_cent,
    ratio,
    text,
    won,
)

PLAY_SALES_METRICS = (
    Metric(
        slug="play_latest_day_sales",
        title_ko="최근 판매일 매출",
        title_en="Sales of the latest day",
        key=("performance_code",),
        formula="The last sales day of the newest snapshot and its amount.",
        changed="",
        columns=(
            *PERFORMANCE,
            *day("latest_record_date"),
            *won("latest_day_amount"),
            *day("latest_sales_date"),
        ),
    ),
    Metric(
        slug="play_last_week_vs_target",
        title_ko="지난주 목표 대비 실적",
        title_en="Last week against its targets",
        key=("performance_code",),
        formula="Mean total occupancy (paid + complimentary) of last week's shows, unweighted; "
        "last week's targets; amounts sold last week and the week before; complete = the newest "
        "snapshot covers last week's Sunday.",
        changed="Concerts were among the plays (V10); occupancy without a show was 0 and not NULL; "
        "a week that the workbook covers in part was not told from a whole one, so complete is new "
        f"(V25). {SHOWS_CHANGED}",
        columns=(
            *PERFORMANCE,
            *per_cent("target_occupancy_pct", "last_week_occupancy_pct"),
            *won("target_amount", "last_week_amount", "week_before_last_amount"),
            *flag("complete"),
        ),
    ),
    Metric(
        slug="play_monthly_total",
        title_ko="월별 매출 (연뮤 전체)",
        title_en="Sales by month, all plays",
        key=("month",),
        formula="Amounts by month of the sales day, active and finished performances; change "
        "against the month before, as amount and as ratio of it; active_amount is the part of "
        "performances active now.",
        changed="The oldest month was compared with a month cut in the middle (V12); a second note "
        "of a month doubled its row (V27); a ratio of 2 decimals was called percentage, which "
        "stays beside change_ratio (V13c).",
        columns=(
            *month("month"),
            *won("amount", "change_amount"),
            *ratio("percentage_change"),
            *text("note"),
            *ratio("change_ratio"),
            *won("active_amount"),
        ),
        data_as_of=DataAsOf.ALL,
    ),
    Metric(
        slug="play_monthly_by_performance",
        title_ko="공연별 월 매출",
        title_en="Sales by month and play",
        key=("month", "performance_code"),
        formula="As play_monthly_total, for each performance, in months with sales.",
        changed="Finished performances were missing, so that the rows did not add up to the total "
        "(V11); titles stood for performances, and two may have the same (V26).",
        columns=(
            *month("month"),
            *PERFORMANCE,
            *won("amount", "change_amount"),
            *ratio("percentage_change", "change_ratio"),
            *flag("is_active"),
        ),
    ),
    Metric(
        slug="play_target_attainment",
        title_ko="목표 달성률",
        title_en="Target attainment",
        key=("performance_code",),
        formula="Amount of the newest snapshot / sum of the daily targets: of all, of those up to "
        "the record date, and of the record date alone.",
        changed="The targets of the whole sale hid how a performance stands today, so to date is "
        "new.",
        columns=(
            *PERFORMANCE,
            *text("category"),
            *won("total_amount", "target_amount"),
            *ratio("attainment_ratio"),
            *won("latest_day_amount", "latest_day_target_amount"),
            *ratio("latest_day_attainment_ratio"),
            *day("latest_record_date"),
            *won("target_to_date_amount"),
            *ratio("target_to_date_ratio"),
        ),
    ),
    Metric(
        slug="play_target_attainment_by_category",
        title_ko="카테고리별 목표 달성률",
        title_en="Target attainment by category",
        key=("category",),
        formula="play_target_attainment summed by category and over both (total); ratios are of "
        "the sums; covered_ratio leaves out performances without a target.",
        changed="Sales of performances without a target stood over the targets of the others "
        "(V24), so covered_ratio is new.",
        columns=(
            *text("category"),
            *won("total_amount", "target_amount"),
            *ratio("attainment_ratio"),
            *won("latest_day_amount", "latest_day_target_amount"),
            *ratio("latest_day_attainment_ratio", "covered_ratio"),
        ),
        data_as_of=DataAsOf.ALL,
        not_additive="total is one of the rows",
    ),
    Metric(
        slug="play_daily_running_totals",
        title_ko="일별 누적 매출",
        title_en="Running totals by day",
        key=("performance_code", "sales_date"),
        formula="Amount and target of each sales day; running sums of amounts, and of all targets "
        "up to that day.",
        changed="A Sunday stood in the week after (V8); the running target left out the targets of "
        "days without sales (V9); a performance without data was a row of NULLs (V22).",
        columns=(
            *PERFORMANCE,
            *day("latest_record_date", "sales_date", "week_start"),
            *won("amount", "running_amount", "target_amount", "running_target_amount"),
        ),
        not_additive="the running sums contain the days before",
    ),
    Metric(
        slug="play_weekly_vs_target",
        title_ko="주별 목표 대비 매출",
        title_en="Weeks against their targets",
        key=("performance_code", "week_start"),
        formula="Amounts by week / all targets from that Monday to that Sunday, days to come "
        "included; with the week's marketing plans.",
        changed="Targets of days without sales were left out, so that a week looked better than it "
        "was (V9); two plans of a week doubled its row; a performance without data was a row of "
        "NULLs (V22).",
        columns=(
            *PERFORMANCE,
            *day("week_start"),
            *won("amount", "target_amount"),
            *ratio("attainment_ratio"),
            *MARKETING,
        ),
    ),
)
