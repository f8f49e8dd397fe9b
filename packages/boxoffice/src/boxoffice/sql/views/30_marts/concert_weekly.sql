-- One week with sales of an active concert, with what marketing planned for it.
SELECT
    day.performance_code,
    day.title,
    day.week_start,
    sum(day.paid_seats)::bigint AS seats,
    sum(day.amount)::bigint AS amount,
    marketing.sales_marketing,
    marketing.promotion,
    marketing.other_notes
FROM concert_day AS day
LEFT JOIN week_marketing AS marketing USING (performance_id, week_start)
WHERE day.is_active
GROUP BY
    day.performance_code, day.title, day.week_start,
    marketing.sales_marketing, marketing.promotion, marketing.other_notes
