-- One week with sales of an active performance, beside the week before and the marketing of it.
SELECT
    performance.performance_code,
    performance.title,
    week.week_start,
    week.amount,
    week.amount - coalesce(week.previous_amount, 0) AS change_amount,
    ratio(week.amount - week.previous_amount, week.previous_amount) AS change_ratio,
    marketing.sales_marketing,
    marketing.promotion,
    marketing.other_notes
FROM performance_as_of AS performance
CROSS JOIN LATERAL (
    SELECT
        sold.week_start,
        sold.amount,
        sum(sold.amount) OVER (
            ORDER BY sold.week_start
            RANGE BETWEEN interval '7 days' PRECEDING AND interval '7 days' PRECEDING
        )::bigint AS previous_amount
    FROM performance_week AS sold
    WHERE sold.performance_id = performance.performance_id AND sold.day_count > 0
) AS week
LEFT JOIN LATERAL (
    SELECT plan.*
    FROM week_marketing AS plan
    WHERE plan.performance_id = performance.performance_id AND plan.week_start = week.week_start
    -- Looked up week by week, not grouped for all performances first.
    OFFSET 0
) AS marketing ON true
WHERE performance.is_active
