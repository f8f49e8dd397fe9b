-- One active play or musical with shows played: their mean deposited occupancy.
SELECT
    play.performance_code,
    play.title,
    play.target_occupancy_pct,
    play.past_deposit_occupancy_pct AS deposit_occupancy_pct
FROM performance_sums AS play
WHERE NOT play.is_concert AND play.is_active AND play.past_show_count > 0
