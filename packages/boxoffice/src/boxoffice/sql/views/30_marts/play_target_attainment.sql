-- One active play or musical: sales against all its targets, to date, and on its latest day.
SELECT
    performance.performance_code,
    performance.title,
    performance.category,
    sold.total_amount,
    target.target_amount,
    ratio(sold.total_amount, target.target_amount) AS attainment_ratio,
    sold.latest_day_amount,
    coalesce(latest_target.target_amount, 0) AS latest_day_target_amount,
    ratio(sold.latest_day_amount, latest_target.target_amount) AS latest_day_attainment_ratio,
    performance.latest_record_date,
    target.target_to_date_amount,
    ratio(sold.total_amount, target.target_to_date_amount) AS target_to_date_ratio
FROM performance_as_of AS performance
JOIN target_total AS target USING (performance_id)
LEFT JOIN daily_target AS latest_target
    ON latest_target.performance_id = performance.performance_id
    AND latest_target.target_date = performance.latest_record_date
CROSS JOIN LATERAL (
    SELECT
        coalesce(sum(sale.amount), 0)::bigint AS total_amount,
        coalesce(sum(sale.amount) FILTER (
            WHERE sale.sales_date = performance.latest_record_date
        ), 0)::bigint AS latest_day_amount
    FROM play_daily_sale AS sale
    WHERE sale.snapshot_id = performance.snapshot_id
) AS sold
WHERE NOT performance.is_concert AND performance.is_active
