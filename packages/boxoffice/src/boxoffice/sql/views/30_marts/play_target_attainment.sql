-- One active play or musical: sales against all its targets, to date, and on its latest day.
SELECT
    play.performance_code,
    play.title,
    play.category,
    play.amount AS total_amount,
    play.target_amount,
    ratio(play.amount, play.target_amount) AS attainment_ratio,
    coalesce(play.record_day_amount, 0) AS latest_day_amount,
    coalesce(latest_target.target_amount, 0) AS latest_day_target_amount,
    ratio(coalesce(play.record_day_amount, 0), latest_target.target_amount)
        AS latest_day_attainment_ratio,
    play.latest_record_date,
    play.target_to_date_amount,
    ratio(play.amount, play.target_to_date_amount) AS target_to_date_ratio
FROM performance_sums AS play
LEFT JOIN daily_target AS latest_target
    ON latest_target.performance_id = play.performance_id
    AND latest_target.target_date = play.latest_record_date
WHERE NOT play.is_concert AND play.is_active
