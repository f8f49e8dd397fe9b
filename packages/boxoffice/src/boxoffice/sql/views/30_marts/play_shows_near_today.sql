-- One show of an active play from 2 days before to 7 days after the judged day.
SELECT
    show.performance_code,
    show.title,
    show.latest_record_date,
    show.seats_per_show,
    latest_day.amount AS latest_day_amount,
    week.as_of - 2 AS window_start,
    week.as_of + 7 AS window_end,
    show.show_sale_id,
    show.snapshot_id,
    show.show_at,
    show.cast_label,
    show.paid_amount,
    show.paid_seats,
    show.paid_seats_vip,
    show.paid_seats_r,
    show.paid_seats_s,
    show.paid_seats_a,
    show.paid_restricted_a,
    show.paid_restricted_r,
    show.paid_restricted_s,
    show.paid_wheelchair,
    show.invited_seats,
    show.invited_seats_vip,
    show.invited_seats_r,
    show.invited_seats_s,
    show.invited_seats_a,
    show.invited_restricted_a,
    show.invited_restricted_r,
    show.invited_restricted_s,
    show.invited_wheelchair,
    show.deposit_occupancy_pct,
    show.paid_occupancy_pct,
    show.free_occupancy_pct
FROM reporting_week AS week
JOIN play_show AS show
    ON show.show_at >= (week.as_of - 2)::timestamp
    AND show.show_at < (week.as_of + 8)::timestamp
LEFT JOIN play_daily_sale AS latest_day
    ON latest_day.snapshot_id = show.snapshot_id
    AND latest_day.sales_date = show.latest_record_date
WHERE show.is_active
