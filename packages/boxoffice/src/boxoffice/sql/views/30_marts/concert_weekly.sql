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
    FROM (
        SELECT
            monday(sale.sales_date) AS week_start,
            sum(sale.paid_seats)::bigint AS seats,
            sum(sale.amount)::bigint AS amount
        FROM concert_daily_sale AS sale
        WHERE sale.snapshot_id = performance.snapshot_id
        GROUP BY monday(sale.sales_date)
    ) AS sold
    -- All weeks of one performance at once: neither of all of them first, nor week by week.
    LEFT JOIN (
        SELECT marketing.*
        FROM week_marketing AS marketing
        WHERE marketing.performance_id = performance.performance_id
        OFFSET 0
    ) AS plan USING (week_start)
) AS week
WHERE performance.is_concert AND performance.is_active
