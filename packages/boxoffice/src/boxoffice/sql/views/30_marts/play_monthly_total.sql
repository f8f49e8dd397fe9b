-- One of the 13 months up to the judged day's: all plays and musicals, finished ones too.
WITH month AS (
    SELECT
        calendar.month_start::date AS month_start,
        coalesce(sum(sold.amount), 0)::bigint AS amount,
        coalesce(sum(sold.amount) FILTER (WHERE sold.is_active), 0)::bigint AS active_amount
    FROM reporting_week AS week
    -- One month more than is shown, for the oldest one to be compared with.
    CROSS JOIN LATERAL generate_series(
        date_trunc('month', week.as_of::timestamp) - interval '13 months',
        date_trunc('month', week.as_of::timestamp),
        interval '1 month'
    ) AS calendar (month_start)
    LEFT JOIN play_month AS sold ON sold.month_start = calendar.month_start::date
    GROUP BY calendar.month_start::date
),
compared AS (
    SELECT
        month.*,
        month.amount - lag(month.amount) OVER by_month AS change_amount,
        lag(month.amount) OVER by_month AS previous_amount
    FROM month
    WINDOW by_month AS (ORDER BY month.month_start)
)
SELECT
    to_char(compared.month_start, 'YYYY-MM') AS month,
    compared.amount,
    compared.change_amount,
    -- The same ratio with the 2 decimals that past reports printed.
    round(compared.change_amount::numeric / nullif(compared.previous_amount, 0), 2)
        AS percentage_change,
    note.note,
    ratio(compared.change_amount, compared.previous_amount) AS change_ratio,
    compared.active_amount
FROM compared
LEFT JOIN month_note AS note
    ON note.year = extract(year FROM compared.month_start)
    AND note.month = extract(month FROM compared.month_start)
WHERE compared.previous_amount IS NOT NULL
