-- One active performance of any category: the sum of its daily targets.
SELECT
    performance.performance_code,
    performance.title,
    target.target_amount
FROM performance_as_of AS performance
JOIN target_total AS target USING (performance_id)
WHERE performance.is_active
