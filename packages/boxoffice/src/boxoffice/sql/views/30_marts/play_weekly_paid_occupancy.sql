-- One week with shows of an active play; in weeks to come, what is sold so far.
SELECT
    show.performance_code,
    show.title,
    show.week_start,
    show.week_start + 6 AS week_end,
    round(avg(show.paid_occupancy_pct), 4) AS paid_occupancy_pct,
    count(*) AS show_count
FROM play_show AS show
WHERE show.is_active
GROUP BY show.performance_code, show.title, show.week_start
