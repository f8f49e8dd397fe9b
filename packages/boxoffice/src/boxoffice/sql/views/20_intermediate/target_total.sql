-- One performance: its targets in all, and those up to its newest snapshot (0 without any).
SELECT
    performance.performance_id,
    target.amount AS target_amount,
    target.to_date_amount AS target_to_date_amount
FROM performance_as_of AS performance
-- By performance and not by GROUP BY: who asks for the active ones pays for those only.
CROSS JOIN LATERAL (
    SELECT
        coalesce(sum(planned.target_amount), 0)::bigint AS amount,
        coalesce(sum(planned.target_amount) FILTER (
            WHERE planned.target_date <= performance.latest_record_date
        ), 0)::bigint AS to_date_amount
    FROM daily_target AS planned
    WHERE planned.performance_id = performance.performance_id
) AS target
