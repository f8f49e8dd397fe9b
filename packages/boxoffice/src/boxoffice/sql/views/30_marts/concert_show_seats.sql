-- One seat class (VIP, R, S, A, B, Total) of one night of an active concert.
SELECT
    performance.performance_code,
    performance.title,
    performance.latest_record_date,
    sale.show_at,
    line.seat_class,
    line.seat_order,
    line.total_seats::bigint AS total_seats,
    line.paid_seats,
    line.invited_seats,
    (line.total_seats - line.paid_seats - line.invited_seats)::bigint AS remaining_seats,
    coalesce(performance.target_occupancy_pct, 0) * line.total_seats / 100 AS break_even_seats,
    ratio(line.paid_seats, performance.target_occupancy_pct * line.total_seats / 100)
        AS break_even_attainment,
    line.capacity_missing
FROM performance_as_of AS performance
-- Once for a concert and not for each class of each night.
CROSS JOIN LATERAL (
    SELECT
        max(planned.seats_per_show) FILTER (WHERE planned.seat_class = 'vip') AS vip,
        max(planned.seats_per_show) FILTER (WHERE planned.seat_class = 'r') AS r,
        max(planned.seats_per_show) FILTER (WHERE planned.seat_class = 's') AS s,
        max(planned.seats_per_show) FILTER (WHERE planned.seat_class = 'a') AS a,
        max(planned.seats_per_show) FILTER (WHERE planned.seat_class = 'b') AS b
    FROM seat_class AS planned
    WHERE planned.performance_id = performance.performance_id
) AS capacity
JOIN concert_show_sale AS sale USING (snapshot_id)
CROSS JOIN LATERAL (
    WITH class AS (
        SELECT
            sold.seat_class,
            sold.seat_order,
            coalesce(sold.seats_per_show, 0) AS total_seats,
            coalesce(sold.paid_seats, 0) AS paid_seats,
            coalesce(sold.invited_seats, 0) AS invited_seats,
            coalesce(sold.seats_per_show, 0) = 0
                AND (coalesce(sold.paid_seats, 0) <> 0 OR coalesce(sold.invited_seats, 0) <> 0)
                AS capacity_missing
        FROM (
            VALUES
                ('VIP', 1, capacity.vip, sale.paid_seats_vip, sale.invited_seats_vip),
                ('R', 2, capacity.r, sale.paid_seats_r, sale.invited_seats_r),
                ('S', 3, capacity.s, sale.paid_seats_s, sale.invited_seats_s),
                ('A', 4, capacity.a, sale.paid_seats_a, sale.invited_seats_a),
                ('B', 5, capacity.b, sale.paid_seats_b, sale.invited_seats_b)
        ) AS sold (seat_class, seat_order, seats_per_show, paid_seats, invited_seats)
    )
    SELECT class.* FROM class
    UNION ALL
    SELECT
        'Total',
        6,
        sum(class.total_seats),
        -- The sheet's own totals: seats of a class without a column are in them.
        sale.paid_seats,
        sale.invited_seats,
        bool_or(class.capacity_missing) OR sum(class.total_seats) = 0
    FROM class
) AS line
WHERE performance.is_concert AND performance.is_active
