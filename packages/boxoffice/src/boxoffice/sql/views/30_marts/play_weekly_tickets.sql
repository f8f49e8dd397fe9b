-- One week with shows of an active play or musical: seats, tickets and prices.
SELECT
    week.performance_code,
    week.title,
    week.seats_per_show,
    week.week_start,
    week.latest_record_date,
    week.show_count,
    week.seats_per_show * week.show_count AS max_seats,
    week.paid_occupancy_pct,
    week.paid_seats,
    week.paid_amount,
    round(week.paid_amount / nullif(week.paid_seats, 0)::numeric, 1) AS average_price,
    week.mean_show_price
FROM performance_week AS week
WHERE NOT week.is_concert AND week.is_active AND week.show_count > 0
