-- One seat class of a concert: capacity, sold and invited seats over all its nights together.
SELECT
    nights.performance_id,
    class.seat_class,
    class.seat_order,
    -- The form asks for the seats of one show; before the first snapshot one night is assumed.
    coalesce(capacity.seats_per_show, 0) * greatest(nights.show_count, 1) AS total_seats,
    coalesce(class.paid_seats, 0) AS paid_seats,
    coalesce(class.invited_seats, 0) AS invited_seats,
    -- The sheet's own totals: seats of a class without a column are in them.
    greatest(nights.show_count, 1) AS show_count,
    nights.paid_seats AS all_paid_seats,
    nights.invited_seats AS all_invited_seats
FROM concert_nights AS nights
CROSS JOIN LATERAL (
    VALUES
        ('VIP', 1, nights.paid_vip, nights.invited_vip),
        ('R', 2, nights.paid_r, nights.invited_r),
        ('S', 3, nights.paid_s, nights.invited_s),
        ('A', 4, nights.paid_a, nights.invited_a),
        ('B', 5, nights.paid_b, nights.invited_b)
) AS class (seat_class, seat_order, paid_seats, invited_seats)
LEFT JOIN seat_class AS capacity
    ON capacity.performance_id = nights.performance_id
    AND capacity.seat_class = lower(class.seat_class)
