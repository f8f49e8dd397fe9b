-- One performance that is active now: its sales, its targets up to its data, how full it is.
SELECT
    performance.performance_code,
    performance.title,
    performance.category,
    performance.latest_record_date,
    coalesce(play.total_amount, concert.total_amount) AS total_amount,
    coalesce(play.target_to_date_amount, concert.target_to_date_amount) AS target_to_date_amount,
    coalesce(play.target_to_date_ratio, concert.target_to_date_ratio) AS target_to_date_ratio,
    coalesce(
        occupancy.paid_occupancy_pct,
        round(100 * seats.paid_seats / nullif(seats.total_seats, 0)::numeric, 1)
    ) AS paid_occupancy_pct
FROM performance_as_of AS performance
LEFT JOIN play_target_attainment AS play USING (performance_code)
LEFT JOIN play_occupancy AS occupancy USING (performance_code)
LEFT JOIN concert_target_attainment AS concert USING (performance_code)
LEFT JOIN concert_break_even AS seats
    ON seats.performance_code = performance.performance_code AND seats.seat_class = 'Total'
WHERE performance.is_active
ORDER BY performance.is_concert, performance.performance_code COLLATE "C"
