-- One show of an active play or musical, with its average ticket price.
SELECT
    show.performance_code,
    show.title,
    show.latest_record_date,
    show.show_at,
    show.show_date,
    show.paid_seats,
    show.paid_occupancy_pct,
    show.paid_amount,
    show.average_price
FROM play_show AS show
WHERE show.is_active
