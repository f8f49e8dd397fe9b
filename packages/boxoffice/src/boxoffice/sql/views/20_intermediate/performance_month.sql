-- One month with sales of a performance, finished ones too, and the calendar month before it.
SELECT
    kept.performance_id,
    kept.is_concert,
    kept.record_date AS latest_record_date,
    kept.month_start,
    kept.amount,
    kept.seats,
    kept.previous_amount
FROM month_summary AS kept
WHERE kept.record_date <= (SELECT as_of()) + 1
UNION ALL
SELECT
    performance.performance_id,
    performance.is_concert,
    performance.latest_record_date,
    month.month_start,
    month.amount,
    month.seats,
    month.previous_amount
-- By date, not by performance: those whose summary is of no use on the judged day are few.
FROM performance_summary AS summary
JOIN performance_as_of AS performance USING (performance_id)
CROSS JOIN LATERAL (
    SELECT
        date_trunc('month', day.sales_date::timestamp)::date AS month_start,
        sum(day.amount)::bigint AS amount,
        sum(day.seats)::bigint AS seats,
        sum(sum(day.amount)::bigint) OVER (
            ORDER BY date_trunc('month', day.sales_date::timestamp)
            RANGE BETWEEN interval '1 month' PRECEDING AND interval '1 month' PRECEDING
        )::bigint AS previous_amount
    FROM snapshot_day AS day
    WHERE day.snapshot_id = performance.snapshot_id
    GROUP BY date_trunc('month', day.sales_date::timestamp)
) AS month
WHERE summary.record_date > as_of() + 1
