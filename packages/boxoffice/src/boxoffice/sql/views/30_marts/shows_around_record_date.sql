-- One show of an active play from 6 days before to 7 days after its newest record date.
SELECT
    show.performance_code,
    show.title,
    show.latest_record_date,
    show.seats_per_show,
    show.latest_record_date - 6 AS window_start,
    show.latest_record_date + 7 AS window_end,
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
FROM play_show AS show
WHERE show.is_active
  AND show.show_at >= show.latest_record_date - 6
  AND show.show_at < show.latest_record_date + 8
