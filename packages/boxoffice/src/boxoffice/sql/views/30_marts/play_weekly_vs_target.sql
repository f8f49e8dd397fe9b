-- One week with sales of an active play or musical, against all the targets of that week.
WITH target AS (
    SELECT
        planned.performance_id,
        monday(planned.target_date) AS week_start,
        sum(planned.target_amount)::bigint AS amount
    FROM performance_as_of AS performance
    JOIN daily_target AS planned USING (performance_id)
    WHERE performance.is_active AND NOT performance.is_concert
    GROUP BY planned.performance_id, monday(planned.target_date)
),
sold AS (
    SELECT
        day.performance_id,
        day.performance_code,
        day.title,
        day.week_start,
        sum(day.amount)::bigint AS amount
    FROM play_day AS day
    WHERE day.is_active
    GROUP BY day.performance_id, day.performance_code, day.title, day.week_start
)
SELECT
    sold.performance_code,
    sold.title,
    sold.week_start,
    sold.amount,
    target.amount AS target_amount,
    ratio(sold.amount, target.amount) AS attainment_ratio,
    marketing.sales_marketing,
    marketing.promotion,
    marketing.other_notes
FROM sold
LEFT JOIN target USING (performance_id, week_start)
LEFT JOIN week_marketing AS marketing USING (performance_id, week_start)
