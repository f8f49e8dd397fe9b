-- One show of an active play on the 7 days after the judged day.
SELECT
    show.performance_code,
    show.title,
    show.show_at,
    show.occupancy_pct,
    show.seats_per_show,
    show.paid_seats,
    show.invited_seats,
    -- A capacity of 0 is one that nobody has filled in.
    nullif(show.seats_per_show, 0) - show.paid_seats - show.invited_seats AS remaining_seats
FROM reporting_week AS week
JOIN play_show AS show
    ON show.show_at >= (week.as_of + 1)::timestamp
    AND show.show_at < (week.as_of + 8)::timestamp
WHERE show.is_active
