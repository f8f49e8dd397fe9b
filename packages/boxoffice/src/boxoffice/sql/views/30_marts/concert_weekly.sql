-- One week with sales of an active concert, with what marketing planned for it.
SELECT
    performance.performance_code,
    performance.title,
    week.week_start,
    week.seats,
    week.amount,
    marketing.sales_marketing,
    marketing.promotion,
    marketing.other_notes
FROM performance_as_of AS performance
CROSS JOIN LATERAL (
    SELECT
        monday(sale.sales_date) AS week_start,
        sum(sale.paid_seats)::bigint AS seats,
        sum(sale.amount)::bigint AS amount
    FROM concert_daily_sale AS sale
    WHERE sale.snapshot_id = performance.snapshot_id
    GROUP BY monday(sale.sales_date)
) AS week
LEFT JOIN LATERAL (
    SELECT plan.*
    FROM week_marketing AS plan
    WHERE plan.performance_id = performance.performance_id AND plan.week_start = week.week_start
    -- Looked up week by week, not grouped for all performances first.
    OFFSET 0
) AS marketing ON true
WHERE performance.is_concert AND performance.is_active
