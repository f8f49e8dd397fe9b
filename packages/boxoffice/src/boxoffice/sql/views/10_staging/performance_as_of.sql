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
    newest.snapshot_id,
    newest.record_date AS latest_record_date,
    file.original_name,
    summary.performance_id IS NOT NULL AS is_summarised
FROM performance
-- The newest snapshot of all, where it exists for the judged day already.
LEFT JOIN performance_summary AS summary
    ON summary.performance_id = performance.id
    AND summary.record_date <= (SELECT as_of()) + 1
LEFT JOIN LATERAL (
    SELECT active_snapshot.snapshot_id, active_snapshot.record_date
    FROM active_snapshot
    WHERE summary.performance_id IS NULL
      AND active_snapshot.performance_id = performance.id
    ORDER BY active_snapshot.record_date DESC
    LIMIT 1
) AS latest ON true
-- CASE and not coalesce(), which the planner takes for a function that could tell hidden rows to
-- somebody: it would read whole tables, policy first, before it looks for the snapshot.
CROSS JOIN LATERAL (
    SELECT
        CASE WHEN summary.performance_id IS NULL THEN latest.snapshot_id
            ELSE summary.snapshot_id END AS snapshot_id,
        CASE WHEN summary.performance_id IS NULL THEN latest.record_date
            ELSE summary.record_date END AS record_date
) AS newest
LEFT JOIN active_snapshot AS file ON file.snapshot_id = newest.snapshot_id
WHERE performance.deleted_at IS NULL
