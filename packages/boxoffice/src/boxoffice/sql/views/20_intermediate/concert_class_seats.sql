-- One seat class of a concert: capacity, sold and invited seats over all its nights together.
SELECT
    performance.performance_id,
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
FROM performance_as_of AS performance
CROSS JOIN LATERAL (
    SELECT
        count(*) AS show_count,
        coalesce(sum(sale.paid_seats), 0) AS paid_seats,
        coalesce(sum(sale.invited_seats), 0) AS invited_seats,
        sum(sale.paid_seats_vip) AS paid_vip,
        sum(sale.paid_seats_r) AS paid_r,
        sum(sale.paid_seats_s) AS paid_s,
        sum(sale.paid_seats_a) AS paid_a,
        sum(sale.paid_seats_b) AS paid_b,
        sum(sale.invited_seats_vip) AS invited_vip,
        sum(sale.invited_seats_r) AS invited_r,
        sum(sale.invited_seats_s) AS invited_s,
        sum(sale.invited_seats_a) AS invited_a,
        sum(sale.invited_seats_b) AS invited_b
    FROM concert_show_sale AS sale
    WHERE sale.snapshot_id = performance.snapshot_id
) AS nights
CROSS JOIN LATERAL (
    VALUES
        ('VIP', 1, nights.paid_vip, nights.invited_vip),
        ('R', 2, nights.paid_r, nights.invited_r),
        ('S', 3, nights.paid_s, nights.invited_s),
        ('A', 4, nights.paid_a, nights.invited_a),
        ('B', 5, nights.paid_b, nights.invited_b)
) AS class (seat_class, seat_order, paid_seats, invited_seats)
LEFT JOIN seat_class AS capacity
    ON capacity.performance_id = performance.performance_id
    AND capacity.seat_class = lower(class.seat_class)
WHERE performance.is_concert
