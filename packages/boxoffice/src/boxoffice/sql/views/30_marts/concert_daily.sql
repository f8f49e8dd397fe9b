-- One sales day of an active concert.
SELECT
    performance.performance_code,
    performance.title,
    sale.sales_date,
    to_char(sale.sales_date, 'YYYY-MM') AS sales_month,
    monday(sale.sales_date) AS week_start,
    sale.paid_seats AS seats,
    sale.amount
FROM performance_as_of AS performance
JOIN concert_daily_sale AS sale USING (snapshot_id)
WHERE performance.is_concert AND performance.is_active
