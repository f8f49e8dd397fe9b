-- One active play or musical: mean occupancy over all its shows, past and to come.
SELECT
    play.performance_code,
    play.title,
    play.target_occupancy_pct,
    round(play.deposit_occupancy_pct, 1) AS deposit_occupancy_pct,
    round(play.paid_occupancy_pct, 1) AS paid_occupancy_pct,
    -- Of the rounded values, so that the printed line adds up.
    round(play.paid_occupancy_pct, 1) - round(play.deposit_occupancy_pct, 1)
        AS undeposited_occupancy_pct
FROM performance_sums AS play
WHERE NOT play.is_concert AND play.is_active
