-- One sales day of an active play or musical, with running sums of sales and of targets.
WITH event AS (
    SELECT
        performance.performance_id,
        sale.sales_date AS day,
        sale.amount,
        NULL::bigint AS target_amount
    FROM performance_as_of AS performance
    JOIN play_daily_sale AS sale USING (snapshot_id)
    UNION ALL
    SELECT target.performance_id, target.target_date, NULL, target.target_amount
    FROM daily_target AS target
),
day AS (
    SELECT
        event.performance_id,
        event.day,
        sum(event.amount)::bigint AS amount,
        sum(event.target_amount)::bigint AS target_amount
    FROM event
    GROUP BY event.performance_id, event.day
),
running AS (
    SELECT
        day.*,
        sum(day.amount) OVER so_far AS running_amount,
        -- Over the calendar: targets of days without sales count too.
        sum(day.target_amount) OVER so_far AS running_target_amount
    FROM day
    WINDOW so_far AS (PARTITION BY day.performance_id ORDER BY day.day)
)
SELECT
    performance.performance_code,
    performance.title,
    performance.latest_record_date,
    running.day AS sales_date,
    monday(running.day) AS week_start,
    running.amount,
    running.running_amount::bigint AS running_amount,
    running.target_amount,
    running.running_target_amount::bigint AS running_target_amount
FROM performance_as_of AS performance
JOIN running USING (performance_id)
WHERE NOT performance.is_concert
  AND performance.is_active
  AND running.amount IS NOT NULL
