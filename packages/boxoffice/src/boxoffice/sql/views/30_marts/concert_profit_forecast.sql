-- One active concert: what it will have sold by the end of its sale at the pace so far.
WITH sold AS (
    SELECT
        performance.performance_code,
        performance.title,
        performance.break_even_amount,
        coalesce(sum(day.amount), 0) AS amount,
        count(DISTINCT day.sales_date) FILTER (
            WHERE day.sales_date <= performance.latest_record_date
        ) AS days,
        -- greatest() passes over NULL: without a date there are no days left.
        greatest(performance.sale_end_date - performance.latest_record_date, 0) AS days_left
    FROM performance_as_of AS performance
    LEFT JOIN concert_day AS day USING (performance_id)
    WHERE performance.is_concert AND performance.is_active
    GROUP BY
        performance.performance_code, performance.title, performance.break_even_amount,
        performance.sale_end_date, performance.latest_record_date
)
SELECT
    sold.performance_code,
    sold.title,
    sold.break_even_amount,
    forecast.amount AS forecast_amount,
    forecast.amount - sold.break_even_amount AS forecast_profit
FROM sold
CROSS JOIN LATERAL (
    SELECT round(sold.amount + coalesce(sold.amount * sold.days_left / nullif(sold.days, 0), 0))
        ::bigint AS amount
) AS forecast
