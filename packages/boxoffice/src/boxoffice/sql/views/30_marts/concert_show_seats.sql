-- One seat class (VIP, R, S, A, B, Total) of one night of an active concert.
WITH night AS (
    SELECT
        performance.performance_code,
        performance.title,
        performance.latest_record_date,
        performance.target_occupancy_pct,
        sale.snapshot_id,
        sale.show_at,
        sale.paid_seats,
        sale.invited_seats,
        class.seat_class,
        class.seat_order,
        coalesce(capacity.seats_per_show, 0) AS class_total_seats,
        coalesce(class.paid_seats, 0) AS class_paid_seats,
        coalesce(class.invited_seats, 0) AS class_invited_seats,
        coalesce(capacity.seats_per_show, 0) = 0
            AND (coalesce(class.paid_seats, 0) <> 0 OR coalesce(class.invited_seats, 0) <> 0)
            AS class_capacity_missing
    FROM performance_as_of AS performance
    JOIN concert_show_sale AS sale USING (snapshot_id)
    CROSS JOIN LATERAL (
        VALUES
            ('VIP', 1, sale.paid_seats_vip, sale.invited_seats_vip),
            ('R', 2, sale.paid_seats_r, sale.invited_seats_r),
            ('S', 3, sale.paid_seats_s, sale.invited_seats_s),
            ('A', 4, sale.paid_seats_a, sale.invited_seats_a),
            ('B', 5, sale.paid_seats_b, sale.invited_seats_b)
    ) AS class (seat_class, seat_order, paid_seats, invited_seats)
    LEFT JOIN seat_class AS capacity
        ON capacity.performance_id = performance.performance_id
        AND capacity.seat_class = lower(class.seat_class)
    WHERE performance.is_concert AND performance.is_active
),
line AS (
    SELECT
        night.performance_code,
        night.title,
        night.latest_record_date,
        night.target_occupancy_pct,
        night.show_at,
        night.seat_class,
        night.seat_order,
        night.class_total_seats AS total_seats,
        night.class_paid_seats AS paid_seats,
        night.class_invited_seats AS invited_seats,
        night.class_capacity_missing AS capacity_missing
    FROM night
    UNION ALL
    SELECT
        night.performance_code,
        night.title,
        night.latest_record_date,
        night.target_occupancy_pct,
        night.show_at,
        'Total',
        6,
        sum(night.class_total_seats),
        -- The sheet's own totals: seats of a class without a column are in them.
        night.paid_seats,
        night.invited_seats,
        bool_or(night.class_capacity_missing) OR sum(night.class_total_seats) = 0
    FROM night
    GROUP BY
        night.performance_code, night.title, night.latest_record_date,
        night.target_occupancy_pct, night.snapshot_id, night.show_at, night.paid_seats,
        night.invited_seats
)
SELECT
    line.performance_code,
    line.title,
    line.latest_record_date,
    line.show_at,
    line.seat_class,
    line.seat_order,
    line.total_seats::bigint AS total_seats,
    line.paid_seats,
    line.invited_seats,
    (line.total_seats - line.paid_seats - line.invited_seats)::bigint AS remaining_seats,
    coalesce(line.target_occupancy_pct, 0) * line.total_seats / 100 AS break_even_seats,
    ratio(line.paid_seats, line.target_occupancy_pct * line.total_seats / 100)
        AS break_even_attainment,
    line.capacity_missing
FROM line
