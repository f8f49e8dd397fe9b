-- One seat class (VIP, R, S, A, B, Total) of an active concert.
SELECT
    concert.performance_code,
    concert.title,
    concert.latest_record_date,
    concert.sale_start_date,
    concert.sale_end_date,
    line.seat_class,
    line.seat_order,
    line.total_seats::bigint AS total_seats,
    line.paid_seats::bigint AS paid_seats,
    line.remaining_seats::bigint AS remaining_seats,
    line.forecast_additional_seats,
    forecast.remaining_seats AS forecast_remaining_seats,
    coalesce(concert.target_occupancy_pct, 0) * line.total_seats / 100 AS break_even_seats,
    (line.total_seats - forecast.remaining_seats) / nullif(line.total_seats, 0)
        AS forecast_sold_ratio,
    forecast.remaining_seats / nullif(line.total_seats, 0) AS forecast_remaining_ratio,
    ratio(line.paid_seats, concert.target_occupancy_pct * line.total_seats / 100)
        AS break_even_attainment,
    line.show_count,
    line.invited_seats::bigint AS invited_seats,
    concert.target_occupancy_pct / 100 AS target_ratio,
    line.capacity_missing
FROM performance_as_of AS concert
CROSS JOIN LATERAL (
    SELECT
        -- No forecast (0 days left) while a date is not known; greatest() passes over NULL.
        CASE
            WHEN concert.sale_start_date IS NULL THEN 0
            ELSE greatest(concert.sale_end_date - concert.latest_record_date, 0)
        END AS days_left,
        greatest(concert.latest_record_date - concert.sale_start_date, 1) AS days_gone
) AS time
CROSS JOIN LATERAL (
    WITH class AS (
        SELECT
            seats.seat_class,
            seats.seat_order,
            seats.total_seats,
            seats.paid_seats,
            seats.invited_seats,
            seats.total_seats - seats.paid_seats - seats.invited_seats AS remaining_seats,
            least(
                greatest(seats.total_seats - seats.paid_seats - seats.invited_seats, 0),
                seats.paid_seats::numeric * time.days_left / time.days_gone
            ) AS forecast_additional_seats,
            seats.total_seats = 0
                AND (seats.paid_seats <> 0 OR seats.invited_seats <> 0) AS capacity_missing,
            seats.show_count,
            seats.all_paid_seats,
            seats.all_invited_seats
        FROM concert_class_seats AS seats
        WHERE seats.performance_id = concert.performance_id
    ),
    classes_together AS (
        SELECT
            sum(class.total_seats) AS total_seats,
            sum(class.paid_seats) AS paid_seats,
            sum(class.forecast_additional_seats) AS forecast_additional_seats,
            bool_or(class.capacity_missing) AS capacity_missing,
            class.show_count,
            class.all_paid_seats,
            class.all_invited_seats
        FROM class
        GROUP BY class.show_count, class.all_paid_seats, class.all_invited_seats
    )
    SELECT class.* FROM class
    UNION ALL
    SELECT
        'Total',
        6,
        classes.total_seats,
        classes.all_paid_seats,
        classes.all_invited_seats,
        classes.total_seats - classes.all_paid_seats - classes.all_invited_seats,
        -- The table adds up when one class sells out; seats sold in no class count at their pace.
        least(
            greatest(classes.total_seats - classes.all_paid_seats - classes.all_invited_seats, 0),
            classes.forecast_additional_seats
                + greatest(classes.all_paid_seats - classes.paid_seats, 0)::numeric
                * time.days_left / time.days_gone
        ),
        classes.capacity_missing OR classes.total_seats = 0,
        classes.show_count,
        classes.all_paid_seats,
        classes.all_invited_seats
    FROM classes_together AS classes
) AS line
CROSS JOIN LATERAL (
    SELECT greatest(line.remaining_seats - line.forecast_additional_seats, 0) AS remaining_seats
) AS forecast
WHERE concert.is_concert AND concert.is_active
