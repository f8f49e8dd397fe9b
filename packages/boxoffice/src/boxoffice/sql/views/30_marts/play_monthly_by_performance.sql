-- One month with sales of one play or musical, finished ones too, for the last 13 months.
SELECT
    to_char(sold.month_start, 'YYYY-MM') AS month,
    sold.performance_code,
    sold.title,
    sold.amount,
    sold.amount - coalesce(previous.amount, 0) AS change_amount,
    -- The same ratio with the 2 decimals that past reports printed.
    round((sold.amount - previous.amount)::numeric / nullif(previous.amount, 0), 2)
        AS percentage_change,
    ratio(sold.amount - previous.amount, previous.amount) AS change_ratio,
    sold.is_active
FROM play_month AS sold
LEFT JOIN play_month AS previous
    ON previous.performance_id = sold.performance_id
    AND previous.month_start = (sold.month_start - interval '1 month')::date
WHERE sold.month_start
    >= date_trunc('month', (SELECT as_of())::timestamp)::date - interval '12 months'
