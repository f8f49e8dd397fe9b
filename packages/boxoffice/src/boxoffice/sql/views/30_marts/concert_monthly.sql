-- One month with sales of an active concert.
SELECT
    day.performance_code,
    day.title,
    day.sales_month,
    sum(day.seats)::bigint AS seats,
    sum(day.amount)::bigint AS amount
FROM concert_daily AS day
GROUP BY day.performance_code, day.title, day.sales_month
