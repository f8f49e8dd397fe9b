-- One active play: the last sales day of its newest snapshot.
SELECT DISTINCT ON (day.performance_id)
    day.performance_code,
    day.title,
    day.latest_record_date,
    day.amount AS latest_day_amount,
    day.sales_date AS latest_sales_date
FROM play_day AS day
WHERE day.is_active
ORDER BY day.performance_id, day.sales_date DESC
