SELECT
    to_char(sale.sales_date, 'YYYY-MM') COLLATE "C" AS month,
    sum(sale.amount)::bigint AS amount,
    coalesce(sum(sale.amount) FILTER (WHERE performance.is_active), 0)::bigint AS active_amount
FROM performance
JOIN snapshot ON snapshot.performance_id = performance.id AND snapshot.status = 'active'
    AND snapshot.record_date = (
        SELECT max(other.record_date) FROM snapshot AS other
        WHERE other.performance_id = performance.id AND other.status = 'active'
    )
JOIN play_daily_sale AS sale ON sale.snapshot_id = snapshot.id
WHERE performance.category <> 'concert'
  AND sale.sales_date >= date_trunc('month', as_of()::timestamp) - interval '12 months'
GROUP BY 1
ORDER BY 1
