-- One month of a play or musical, finished ones too, from 13 months before the judged day's.
SELECT
    day.performance_id,
    day.performance_code,
    day.title,
    day.is_active,
    date_trunc('month', day.sales_date::timestamp)::date AS month_start,
    sum(day.amount)::bigint AS amount
FROM play_day AS day
-- Whole months only: the oldest one is what the year-old month is compared with.
WHERE day.sales_date
    >= date_trunc('month', (SELECT as_of())::timestamp)::date - interval '13 months'
GROUP BY
    day.performance_id, day.performance_code, day.title, day.is_active,
    date_trunc('month', day.sales_date::timestamp)::date
