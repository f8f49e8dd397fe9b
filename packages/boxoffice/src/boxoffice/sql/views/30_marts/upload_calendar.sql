-- One of the last 90 days for one active performance: which workbook was dated that day.
SELECT
    calendar.day::date AS date,
    performance.performance_code,
    performance.title,
    uploaded.original_name,
    uploaded.record_date,
    -- Workbooks are due from the start of the sale to yesterday or the last show.
    coalesce(
        uploaded.snapshot_id IS NULL
        AND calendar.day::date BETWEEN performance.sale_start_date
            AND least(week.as_of - 1, performance.show_end_date),
        false
    ) AS missing
FROM reporting_week AS week
CROSS JOIN LATERAL generate_series(
    (week.as_of - 89)::timestamp, week.as_of::timestamp, interval '1 day'
) AS calendar (day)
CROSS JOIN performance_as_of AS performance
LEFT JOIN active_snapshot AS uploaded
    ON uploaded.performance_id = performance.performance_id
    AND uploaded.record_date = calendar.day::date
WHERE performance.is_active
