-- One sales day of a concert, as its newest snapshot has it.
SELECT
    performance.performance_id,
    performance.performance_code,
    performance.title,
    performance.is_active,
    performance.latest_record_date,
    sale.sales_date,
    monday(sale.sales_date) AS week_start,
    sale.amount,
    sale.paid_seats,
    sale.invited_seats
FROM performance_as_of AS performance
JOIN concert_daily_sale AS sale USING (snapshot_id)
WHERE performance.is_concert
