-- One of the 13 months up to the judged day's: all plays and musicals, finished ones too.
WITH month AS (
    SELECT
        sold.month_start,
        sum(sold.amount)::bigint AS amount,
        sum(sold.amount) FILTER (WHERE active.id IS NOT NULL)::bigint AS active_amount
    FROM performance_month AS sold
    LEFT JOIN performance AS active
        ON active.id = sold.performance_id AND active.is_active AND active.deleted_at IS NULL
    -- One month more than is shown, for the oldest one to be compared with.
    WHERE NOT sold.is_concert
      AND sold.month_start
        >= (date_trunc('month', (SELECT as_of())::timestamp) - interval '13 months')::date
    GROUP BY sold.month_start
)
SELECT
    calendar.month,
    sold.amount,
    sold.amount - sold.previous_amount AS change_amount,
    -- The same ratio with the 2 decimals that past reports printed.
    round((sold.amount - sold.previous_amount)::numeric / nullif(sold.previous_amount, 0), 2)
        AS percentage_change,
    note.note,
    ratio(sold.amount - sold.previous_amount, sold.previous_amount) AS change_ratio,
    coalesce(this.active_amount, 0) AS active_amount
FROM reporting_month AS calendar
LEFT JOIN month AS this USING (month_start)
LEFT JOIN month AS previous
    ON previous.month_start = (calendar.month_start - interval '1 month')::date
CROSS JOIN LATERAL (
    SELECT
        coalesce(this.amount, 0) AS amount,
        coalesce(previous.amount, 0) AS previous_amount
) AS sold
LEFT JOIN month_note AS note
    ON note.year = extract(year FROM calendar.month_start)
    AND note.month = extract(month FROM calendar.month_start)
WHERE calendar.month_start <= (SELECT as_of())
