-- One sales day of an active play or musical, with running sums of sales and of targets.
WITH event AS (
    SELECT
        sold.performance_id,
        sold.sales_date AS day,
        sold.amount,
        NULL::bigint AS target_amount
    FROM play_day AS sold
    WHERE sold.is_active
    UNION ALL
    SELECT target.performance_id, target.target_date, NULL, target.target_amount
    FROM performance_as_of AS performance
    JOIN daily_target AS target USING (performance_id)
    WHERE performance.is_active AND NOT performance.is_concert
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
WHERE running.amount IS NOT NULL
