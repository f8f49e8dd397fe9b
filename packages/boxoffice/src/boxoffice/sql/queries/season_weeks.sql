-- One week of the performances that are active now: sales and targets, running from the first one.
WITH sold AS (
    SELECT week_start, sum(amount) AS amount
    FROM performance_week
    WHERE is_active AND day_count > 0
    GROUP BY week_start
),
planned AS (
    SELECT monday(target.target_date) AS week_start, sum(target.target_amount) AS amount
    FROM daily_target AS target
    JOIN performance_as_of AS performance USING (performance_id)
    WHERE performance.is_active
    GROUP BY monday(target.target_date)
)
SELECT
    week_start,
    coalesce(sum(sold.amount) OVER so_far, 0)::bigint AS running_amount,
    coalesce(sum(planned.amount) OVER so_far, 0)::bigint AS running_target_amount
FROM sold
FULL JOIN planned USING (week_start)
WINDOW so_far AS (ORDER BY week_start)
ORDER BY week_start
