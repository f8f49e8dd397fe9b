-- One week with sales of an active performance, beside the week before and the marketing of it.
SELECT
    performance.performance_code,
    performance.title,
    week.week_start,
    week.amount,
    week.amount - coalesce(week.previous_amount, 0) AS change_amount,
    ratio(week.amount - week.previous_amount, week.previous_amount) AS change_ratio,
    week.sales_marketing,
    week.promotion,
    week.other_notes
FROM performance_as_of AS performance
CROSS JOIN LATERAL (
    SELECT
        week_start,
        sold.amount,
        sum(sold.amount) OVER (
            ORDER BY week_start
            RANGE BETWEEN interval '7 days' PRECEDING AND interval '7 days' PRECEDING
        )::bigint AS previous_amount,
        plan.sales_marketing,
        plan.promotion,
        plan.other_notes
    FROM performance_week AS sold
    -- All weeks of one performance at once: neither of all of them first, nor week by week.
    LEFT JOIN (
        SELECT marketing.*
        FROM week_marketing AS marketing
        WHERE marketing.performance_id = performance.performance_id
        OFFSET 0
    ) AS plan USING (week_start)
    WHERE sold.performance_id = performance.performance_id AND sold.day_count > 0
) AS week
WHERE performance.is_active
