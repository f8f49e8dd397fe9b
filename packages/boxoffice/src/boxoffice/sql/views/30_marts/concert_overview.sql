-- The one row of all active concerts together.
SELECT
    coalesce(sum(recent.yesterday_amount), 0)::bigint AS yesterday_amount,
    coalesce(sum(concert.amount), 0)::bigint AS total_amount,
    coalesce(sum(recent.last_7_days_amount), 0)::bigint AS last_7_days_amount,
    round(coalesce(sum(recent.last_7_days_amount), 0) / 7)::bigint AS daily_average_amount,
    -- A missing upload silently lowers "yesterday": so say how old the data are.
    min(concert.latest_record_date) FILTER (WHERE concert.day_count > 0) AS data_as_of_min,
    max(concert.latest_record_date) FILTER (WHERE concert.day_count > 0) AS data_as_of_max
FROM performance_sums AS concert
CROSS JOIN reporting_week AS week
CROSS JOIN LATERAL (
    SELECT
        sum(sale.amount) FILTER (WHERE sale.sales_date = week.as_of - 1) AS yesterday_amount,
        sum(sale.amount) AS last_7_days_amount
    FROM concert_daily_sale AS sale
    WHERE sale.snapshot_id = concert.snapshot_id
      AND sale.sales_date BETWEEN week.as_of - 7 AND week.as_of - 1
) AS recent
WHERE concert.is_concert AND concert.is_active
