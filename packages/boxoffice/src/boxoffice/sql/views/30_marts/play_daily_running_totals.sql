-- One sales day of an active play or musical, with running sums of sales and of targets.
SELECT
    performance.performance_code,
    performance.title,
    performance.latest_record_date,
    day.sales_date,
    monday(day.sales_date) AS week_start,
    day.amount,
    day.running_amount::bigint AS running_amount,
    day.target_amount,
    day.running_target_amount::bigint AS running_target_amount
FROM performance_as_of AS performance
CROSS JOIN LATERAL (
    SELECT
        sales_date,
        sold.amount,
        target.target_amount,
        sum(sold.amount) OVER so_far AS running_amount,
        -- Over the calendar: targets of days without sales count too.
        sum(target.target_amount) OVER so_far AS running_target_amount
    FROM (
        SELECT sale.sales_date, sale.amount
        FROM play_daily_sale AS sale
        WHERE sale.snapshot_id = performance.snapshot_id
    ) AS sold
    FULL JOIN (
        SELECT planned.target_date AS sales_date, planned.target_amount
        FROM daily_target AS planned
        WHERE planned.performance_id = performance.performance_id
    ) AS target USING (sales_date)
    WINDOW so_far AS (ORDER BY sales_date)
) AS day
WHERE NOT performance.is_concert
  AND performance.is_active
  AND day.amount IS NOT NULL
