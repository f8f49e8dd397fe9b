-- One month with sales of an active concert.
SELECT
    performance.performance_code,
    performance.title,
    to_char(month.month_start, 'YYYY-MM') AS sales_month,
    month.seats,
    month.amount
FROM performance_as_of AS performance
CROSS JOIN LATERAL (
    SELECT sold.month_start, sold.seats, sold.amount
    FROM performance_month AS sold
    WHERE sold.performance_id = performance.performance_id
    -- Of one performance at a time: a page does not make all of them.
    OFFSET 0
) AS month
WHERE performance.is_concert AND performance.is_active
