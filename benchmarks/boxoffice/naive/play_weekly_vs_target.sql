WITH sold AS (
    SELECT
        performance.id AS performance_id,
        performance.code AS performance_code,
        monday(sale.sales_date) AS week_start,
        sum(sale.amount)::bigint AS amount
    FROM performance
    JOIN snapshot ON snapshot.performance_id = performance.id AND snapshot.status = 'active'
        AND snapshot.record_date = (
        SELECT max(other.record_date) FROM snapshot AS other
        WHERE other.performance_id = performance.id AND other.status = 'active'
    )
    JOIN play_daily_sale AS sale ON sale.snapshot_id = snapshot.id
    WHERE performance.is_active AND performance.category <> 'concert'
    GROUP BY performance.id, performance.code, monday(sale.sales_date)
),
target AS (
    SELECT performance_id, monday(target_date) AS week_start,
        sum(target_amount)::bigint AS target_amount
    FROM daily_target GROUP BY performance_id, monday(target_date)
)
SELECT sold.performance_code, sold.week_start, sold.amount, target.target_amount
FROM sold LEFT JOIN target USING (performance_id, week_start)
ORDER BY sold.performance_code COLLATE "C", sold.week_start
LIMIT 100
