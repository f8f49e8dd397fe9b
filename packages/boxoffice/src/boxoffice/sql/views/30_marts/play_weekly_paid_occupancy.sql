-- One week with shows of an active play; in weeks to come, what is sold so far.
SELECT
    week.performance_code,
    week.title,
    week.week_start,
    week.week_start + 6 AS week_end,
    round(week.paid_occupancy_pct, 4) AS paid_occupancy_pct,
    week.show_count
FROM performance_week AS week
WHERE NOT week.is_concert AND week.is_active AND week.show_count > 0
