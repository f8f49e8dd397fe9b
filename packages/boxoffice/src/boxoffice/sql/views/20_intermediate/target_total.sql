-- One performance: its targets in all, and those up to its newest snapshot (0 without any).
SELECT
    performance.performance_id,
    coalesce(sum(target.target_amount), 0)::bigint AS target_amount,
    coalesce(
        sum(target.target_amount) FILTER (
            WHERE target.target_date <= performance.latest_record_date
        ), 0
    )::bigint AS target_to_date_amount
FROM performance_as_of AS performance
LEFT JOIN daily_target AS target USING (performance_id)
GROUP BY performance.performance_id
