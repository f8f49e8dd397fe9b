-- One category of active plays and musicals, and the one row "total" of both.
SELECT
    CASE WHEN grouping(play.category) = 1 THEN 'total' ELSE play.category END AS category,
    coalesce(sum(play.total_amount), 0)::bigint AS total_amount,
    coalesce(sum(play.target_amount), 0)::bigint AS target_amount,
    ratio(sum(play.total_amount), sum(play.target_amount)) AS attainment_ratio,
    coalesce(sum(play.latest_day_amount), 0)::bigint AS latest_day_amount,
    coalesce(sum(play.latest_day_target_amount), 0)::bigint AS latest_day_target_amount,
    ratio(sum(play.latest_day_amount), sum(play.latest_day_target_amount))
        AS latest_day_attainment_ratio,
    -- Only the performances that have a target: the others sell, and aim at nothing.
    ratio(
        sum(play.total_amount) FILTER (WHERE play.target_amount > 0),
        sum(play.target_amount) FILTER (WHERE play.target_amount > 0)
    ) AS covered_ratio
FROM play_target_attainment AS play
GROUP BY GROUPING SETS ((play.category), ())
