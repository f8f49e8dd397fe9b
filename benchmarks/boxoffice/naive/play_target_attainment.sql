SELECT
    performance.code AS performance_code,
    coalesce(sum(sale.amount), 0)::bigint AS total_amount,
    coalesce((SELECT sum(target.target_amount) FROM daily_target AS target
     WHERE target.performance_id = performance.id), 0)::bigint AS target_amount
FROM performance
JOIN snapshot ON snapshot.performance_id = performance.id AND snapshot.status = 'active'
    AND snapshot.record_date = (
        SELECT max(other.record_date) FROM snapshot AS other
        WHERE other.performance_id = performance.id AND other.status = 'active'
    )
JOIN play_daily_sale AS sale ON sale.snapshot_id = snapshot.id
WHERE performance.is_active AND performance.category <> 'concert'
GROUP BY performance.id, performance.code
ORDER BY performance.code COLLATE "C"
LIMIT 100
