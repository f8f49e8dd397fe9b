-- One seat class (VIP, R, S, A, B, Total) of an active concert.
WITH concert AS (
    SELECT
        performance.performance_id,
        performance.performance_code,
        performance.title,
        performance.latest_record_date,
        performance.sale_start_date,
        performance.sale_end_date,
        performance.target_occupancy_pct,
        greatest(count(sale.show_at), 1) AS show_count,
        coalesce(sum(sale.paid_seats), 0) AS paid_seats,
        coalesce(sum(sale.invited_seats), 0) AS invited_seats,
        -- No forecast (0 days left) while a date is not known; greatest() passes over NULL.
        CASE
            WHEN performance.sale_start_date IS NULL THEN 0
            ELSE greatest(performance.sale_end_date - performance.latest_record_date, 0)
        END AS days_left,
        greatest(performance.latest_record_date - performance.sale_start_date, 1) AS days_gone
    FROM performance_as_of AS performance
    LEFT JOIN concert_show_sale AS sale USING (snapshot_id)
    WHERE performance.is_concert AND performance.is_active
    GROUP BY
        performance.performance_id, performance.performance_code, performance.title,
        performance.latest_record_date, performance.sale_start_date, performance.sale_end_date,
        performance.target_occupancy_pct
),
class AS (
    SELECT
        concert.performance_id,
        seats.seat_class,
        seats.seat_order,
        seats.total_seats,
        seats.paid_seats,
        seats.invited_seats,
        seats.total_seats - seats.paid_seats - seats.invited_seats AS remaining_seats,
        least(
            greatest(seats.total_seats - seats.paid_seats - seats.invited_seats, 0),
            seats.paid_seats::numeric * concert.days_left / concert.days_gone
        ) AS forecast_additional_seats,
        seats.total_seats = 0
            AND (seats.paid_seats <> 0 OR seats.invited_seats <> 0) AS capacity_missing
    FROM concert
    JOIN concert_class_seats AS seats USING (performance_id)
),
classes_together AS (
    SELECT
        class.performance_id,
        sum(class.total_seats) AS total_seats,
        sum(class.paid_seats) AS paid_seats,
        sum(class.forecast_additional_seats) AS forecast_additional_seats,
        bool_or(class.capacity_missing) AS capacity_missing
    FROM class
    GROUP BY class.performance_id
),
total AS (
    SELECT
        concert.performance_id,
        'Total' AS seat_class,
        6 AS seat_order,
        classes.total_seats,
        concert.paid_seats,
        concert.invited_seats,
        classes.total_seats - concert.paid_seats - concert.invited_seats AS remaining_seats,
        -- The table adds up when one class sells out; seats sold in no class count at their pace.
        least(
            greatest(classes.total_seats - concert.paid_seats - concert.invited_seats, 0),
            classes.forecast_additional_seats
                + greatest(concert.paid_seats - classes.paid_seats, 0)::numeric
                * concert.days_left / concert.days_gone
        ) AS forecast_additional_seats,
        classes.capacity_missing OR classes.total_seats = 0 AS capacity_missing
    FROM concert
    JOIN classes_together AS classes USING (performance_id)
),
line AS (
    SELECT
        either.*,
        greatest(either.remaining_seats - either.forecast_additional_seats, 0)
            AS forecast_remaining_seats
    FROM (SELECT class.* FROM class UNION ALL SELECT total.* FROM total) AS either
)
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
    line.forecast_remaining_seats,
    coalesce(concert.target_occupancy_pct, 0) * line.total_seats / 100 AS break_even_seats,
    (line.total_seats - line.forecast_remaining_seats) / nullif(line.total_seats, 0)
        AS forecast_sold_ratio,
    line.forecast_remaining_seats / nullif(line.total_seats, 0) AS forecast_remaining_ratio,
    ratio(line.paid_seats, concert.target_occupancy_pct * line.total_seats / 100)
        AS break_even_attainment,
    concert.show_count,
    line.invited_seats::bigint AS invited_seats,
    concert.target_occupancy_pct / 100 AS target_ratio,
    line.capacity_missing
FROM concert
JOIN line USING (performance_id)
