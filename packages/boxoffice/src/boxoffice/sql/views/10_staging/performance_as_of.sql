-- One performance, with the newest snapshot that exists for the judged day.
SELECT
    performance.id AS performance_id,
    performance.code AS performance_code,
    performance.title,
    performance.category,
    performance.category = 'concert' AS is_concert,
    performance.is_active,
    performance.venue,
    performance.show_start_date,
    performance.show_end_date,
    performance.sale_start_date,
    performance.sale_end_date,
    performance.running_minutes,
    performance.target_occupancy_pct,
    performance.break_even_amount,
    performance.seats_per_show,
    performance.preview_end_date,
    performance.concert_at,
    latest.snapshot_id,
    latest.record_date AS latest_record_date,
    latest.original_name
FROM performance
LEFT JOIN LATERAL (
    SELECT active_snapshot.snapshot_id, active_snapshot.record_date, active_snapshot.original_name
    FROM active_snapshot
    WHERE active_snapshot.performance_id = performance.id
    ORDER BY active_snapshot.record_date DESC
    LIMIT 1
) AS latest ON true
WHERE performance.deleted_at IS NULL
