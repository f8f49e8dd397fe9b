WITH play AS (
    SELECT
        performance.category,
        (SELECT sum(sale.amount) FROM play_daily_sale AS sale
         WHERE sale.snapshot_id = snapshot.id) AS total_amount,
        (SELECT sum(target.target_amount) FROM daily_target AS target
         WHERE target.performance_id = performance.id) AS target_amount
    FROM performance
    JOIN snapshot ON snapshot.performance_id = performance.id AND snapshot.status = 'active'
        AND snapshot.record_date = (
        SELECT max(other.record_date) FROM snapshot AS other
        WHERE other.performance_id = performance.id AND other.status = 'active'
    )
    WHERE performance.is_active AND performance.category <> 'concert'
)
SELECT category, sum(total_amount)::bigint AS total_amount, sum(target_amount)::bigint AS target_amount
FROM play GROUP BY GROUPING SETS ((category), ()) ORDER BY category
