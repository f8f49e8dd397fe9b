-- The one row of all active concerts together.
SELECT
    coalesce(sum(day.amount) FILTER (
        WHERE day.sales_date = week.as_of - 1
    ), 0)::bigint AS yesterday_amount,
    coalesce(sum(day.amount), 0)::bigint AS total_amount,
    coalesce(sum(day.amount) FILTER (
        WHERE day.sales_date BETWEEN week.as_of - 7 AND week.as_of - 1
    ), 0)::bigint AS last_7_days_amount,
    round(coalesce(sum(day.amount) FILTER (
        WHERE day.sales_date BETWEEN week.as_of - 7 AND week.as_of - 1
    ), 0) / 7)::bigint AS daily_average_amount,
    -- A missing upload silently lowers "yesterday": so say how old the data are.
    min(day.latest_record_date) AS data_as_of_min,
    max(day.latest_record_date) AS data_as_of_max
FROM reporting_week AS week
LEFT JOIN concert_day AS day ON day.is_active
