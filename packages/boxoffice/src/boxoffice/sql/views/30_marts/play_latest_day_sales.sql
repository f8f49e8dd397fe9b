-- One active play: the last sales day of its newest snapshot.
SELECT
    performance.performance_code,
    performance.title,
    performance.latest_record_date,
    last_day.amount AS latest_day_amount,
    last_day.sales_date AS latest_sales_date
FROM performance_as_of AS performance
CROSS JOIN LATERAL (
    SELECT sale.sales_date, sale.amount
    FROM play_daily_sale AS sale
    WHERE sale.snapshot_id = performance.snapshot_id
    ORDER BY sale.sales_date DESC
    LIMIT 1
) AS last_day
WHERE NOT performance.is_concert AND performance.is_active
