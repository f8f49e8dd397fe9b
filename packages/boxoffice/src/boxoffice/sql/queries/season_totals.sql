-- All performances that are active now, together.
WITH sold AS (
    SELECT total_amount, target_amount, target_to_date_amount FROM play_target_attainment
    UNION ALL
    SELECT total_amount, target_amount, target_to_date_amount FROM concert_target_attainment
)
SELECT
    coalesce(sum(sold.total_amount), 0)::bigint AS total_amount,
    coalesce(sum(sold.target_amount), 0)::bigint AS target_amount,
    coalesce(sum(sold.target_to_date_amount), 0)::bigint AS target_to_date_amount,
    -- Who has no target yet attains nothing, and lifts nobody else's attainment.
    ratio(
        sum(sold.total_amount) FILTER (WHERE sold.target_to_date_amount > 0),
        sum(sold.target_to_date_amount)
    ) AS target_to_date_ratio
FROM sold
