-- One month with sales of an active concert.
SELECT
    performance.performance_code,
    performance.title,
    month.sales_month,
    month.seats,
    month.amount
FROM performance_as_of AS performance
CROSS JOIN LATERAL (
    SELECT
        to_char(sale.sales_date, 'YYYY-MM') AS sales_month,
        sum(sale.paid_seats)::bigint AS seats,
        sum(sale.amount)::bigint AS amount
    FROM concert_daily_sale AS sale
    WHERE sale.snapshot_id = performance.snapshot_id
    GROUP BY to_char(sale.sales_date, 'YYYY-MM')
) AS month
WHERE performance.is_concert AND performance.is_active
