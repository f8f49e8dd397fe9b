-- One sales day of an active concert.
SELECT
    day.performance_code,
    day.title,
    day.sales_date,
    to_char(day.sales_date, 'YYYY-MM') AS sales_month,
    day.week_start,
    day.paid_seats AS seats,
    day.amount
FROM concert_day AS day
WHERE day.is_active
