SELECT
    performance.code AS performance_code,
    coalesce(sum(sale.paid_amount) FILTER (WHERE sale.show_at::date <= snapshot.record_date), 0)
        ::bigint AS past_amount,
    coalesce(sum(sale.paid_amount) FILTER (WHERE sale.show_at::date > snapshot.record_date), 0)
        ::bigint AS future_amount
FROM performance
JOIN snapshot ON snapshot.performance_id = performance.id AND snapshot.status = 'active'
    AND snapshot.record_date = (
        SELECT max(other.record_date) FROM snapshot AS other
        WHERE other.performance_id = performance.id AND other.status = 'active'
    )
JOIN play_show_sale AS sale ON sale.snapshot_id = snapshot.id
WHERE performance.is_active AND performance.category <> 'concert'
GROUP BY performance.code
ORDER BY performance.code COLLATE "C"
LIMIT 100
