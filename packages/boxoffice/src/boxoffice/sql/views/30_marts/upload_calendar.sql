-- One of the last 90 days for one active performance: which workbook was dated that day.
SELECT
    calendar.day AS date,
    performance.code AS performance_code,
    performance.title,
    uploaded.original_name,
    uploaded.record_date,
    -- Workbooks are due from the start of the sale to yesterday or the last show.
    coalesce(
        uploaded.snapshot_id IS NULL
        AND calendar.day BETWEEN performance.sale_start_date
            AND least((SELECT as_of()) - 1, performance.show_end_date),
        false
    ) AS missing
FROM (
    -- In order, so that the first days are ready before the last ones are made.
    SELECT (SELECT as_of()) - days_ago AS day
    FROM generate_series(0, 89) AS days_ago
    ORDER BY day
) AS calendar
CROSS JOIN performance
LEFT JOIN LATERAL (
    SELECT snapshot.*
    FROM active_snapshot AS snapshot
    WHERE snapshot.performance_id = performance.id AND snapshot.record_date = calendar.day
    -- Looked up day by day, not read for all days first.
    OFFSET 0
) AS uploaded ON true
WHERE performance.is_active AND performance.deleted_at IS NULL
