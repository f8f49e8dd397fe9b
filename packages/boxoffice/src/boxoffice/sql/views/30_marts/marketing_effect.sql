-- One week with sales of an active performance, beside the week before and the marketing of it.
WITH week AS (
    SELECT
        day.performance_id,
        day.performance_code,
        day.title,
        day.week_start,
        sum(day.amount)::bigint AS amount
    FROM (
        SELECT performance_id, performance_code, title, week_start, amount
        FROM play_day
        WHERE is_active
        UNION ALL
        SELECT performance_id, performance_code, title, week_start, amount
        FROM concert_day
        WHERE is_active
    ) AS day
    GROUP BY day.performance_id, day.performance_code, day.title, day.week_start
)
SELECT
    week.performance_code,
    week.title,
    week.week_start,
    week.amount,
    week.amount - coalesce(previous.amount, 0) AS change_amount,
    ratio(week.amount - previous.amount, previous.amount) AS change_ratio,
    marketing.sales_marketing,
    marketing.promotion,
    marketing.other_notes
FROM week
LEFT JOIN week AS previous
    ON previous.performance_id = week.performance_id
    AND previous.week_start = week.week_start - 7
LEFT JOIN week_marketing AS marketing
    ON marketing.performance_id = week.performance_id
    AND marketing.week_start = week.week_start
