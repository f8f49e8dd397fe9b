-- One month with sales of one play or musical, finished ones too, from a year before on.
SELECT
    calendar.month,
    performance.code AS performance_code,
    performance.title,
    sold.amount,
    sold.amount - coalesce(sold.previous_amount, 0) AS change_amount,
    -- The same ratio with the 2 decimals that past reports printed.
    round((sold.amount - sold.previous_amount)::numeric / nullif(sold.previous_amount, 0), 2)
        AS percentage_change,
    ratio(sold.amount - sold.previous_amount, sold.previous_amount) AS change_ratio,
    performance.is_active
FROM reporting_month AS calendar
CROSS JOIN LATERAL (
    SELECT month.performance_id, month.amount, month.previous_amount
    FROM performance_month AS month
    WHERE month.month_start = calendar.month_start AND NOT month.is_concert
    -- Month by month: whoever reads one page does not make all of them.
    OFFSET 0
) AS sold
JOIN performance ON performance.id = sold.performance_id
