-- One week with sales of an active concert, with what marketing planned for it.
SELECT
    performance.performance_code,
    performance.title,
    week.week_start,
    week.seats,
    week.amount,
    week.sales_marketing,
    week.promotion,
    week.other_notes
FROM performance_as_of AS performance
CROSS JOIN LATERAL (
    SELECT week_start, sold.seats, sold.amount, plan.sales_marketing, plan.promotion, plan.other_notes
    FROM performance_week AS sold
    -- All weeks of one performance at once: neither of all of them first, nor week by week.
    LEFT JOIN (
        SELECT marketing.*
        FROM week_marketing AS marketing
        WHERE marketing.performance_id = performance.performance_id
        OFFSET 0
    ) AS plan USING (week_start)
    WHERE sold.performance_id = performance.performance_id AND sold.day_count > 0
    OFFSET 0
) AS week
WHERE performance.is_concert AND performance.is_active
