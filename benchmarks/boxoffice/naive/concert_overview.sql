SELECT
    coalesce(sum(sale.amount), 0)::bigint AS total_amount,
    coalesce(sum(sale.amount) FILTER (WHERE sale.sales_date = as_of() - 1), 0)::bigint
        AS yesterday_amount,
    coalesce(sum(sale.amount) FILTER (
        WHERE sale.sales_date BETWEEN as_of() - 7 AND as_of() - 1
    ), 0)::bigint AS last_7_days_amount
FROM performance
JOIN snapshot ON snapshot.performance_id = performance.id AND snapshot.status = 'active'
    AND snapshot.record_date = (
        SELECT max(other.record_date) FROM snapshot AS other
        WHERE other.performance_id = performance.id AND other.status = 'active'
    )
JOIN concert_daily_sale AS sale ON sale.snapshot_id = snapshot.id
WHERE performance.is_active AND performance.category = 'concert'
