-- One week with sales of an active play or musical, against all the targets of that week.
SELECT
    week.performance_code,
    week.title,
    week.week_start,
    week.amount,
    target.amount AS target_amount,
    ratio(week.amount, target.amount) AS attainment_ratio,
    marketing.sales_marketing,
    marketing.promotion,
    marketing.other_notes
FROM performance_week AS week
CROSS JOIN LATERAL (
    SELECT sum(planned.target_amount)::bigint AS amount
    FROM daily_target AS planned
    WHERE planned.performance_id = week.performance_id
      AND planned.target_date BETWEEN week.week_start AND week.week_start + 6
) AS target
LEFT JOIN LATERAL (
    SELECT plan.*
    FROM week_marketing AS plan
    WHERE plan.performance_id = week.performance_id AND plan.week_start = week.week_start
    -- Looked up week by week, not grouped for all performances first.
    OFFSET 0
) AS marketing ON true
WHERE NOT week.is_concert AND week.is_active AND week.day_count > 0
