-- One active performance of any category: the sum of its daily targets.
SELECT
    performance.performance_code,
    performance.title,
    performance.target_amount
FROM performance_sums AS performance
WHERE performance.is_active
