-- One active concert: what it will have sold by the end of its sale at the pace so far.
SELECT
    concert.performance_code,
    concert.title,
    concert.break_even_amount,
    forecast.amount AS forecast_amount,
    forecast.amount - concert.break_even_amount AS forecast_profit
FROM performance_sums AS concert
CROSS JOIN LATERAL (
    SELECT
        -- greatest() passes over NULL: without a date there are no days left.
        greatest(concert.sale_end_date - concert.latest_record_date, 0) AS days_left,
        concert.amount::numeric AS amount
) AS sold
CROSS JOIN LATERAL (
    SELECT
        round(
            sold.amount
            + coalesce(sold.amount * sold.days_left / nullif(concert.day_to_date_count, 0), 0)
        )::bigint AS amount
) AS forecast
WHERE concert.is_concert AND concert.is_active
