WITH show_day AS (
    SELECT
        performance.code AS performance_code,
        sale.show_at::date AS show_date,
        avg(sale.paid_occupancy_pct + sale.free_occupancy_pct) AS occupancy_pct,
        row_number() OVER (
            PARTITION BY performance.code ORDER BY sale.show_at::date DESC
        ) AS days_back
    FROM performance
    JOIN snapshot ON snapshot.performance_id = performance.id AND snapshot.status = 'active'
        AND snapshot.record_date = (
        SELECT max(other.record_date) FROM snapshot AS other
        WHERE other.performance_id = performance.id AND other.status = 'active'
    )
    JOIN play_show_sale AS sale ON sale.snapshot_id = snapshot.id
    WHERE performance.is_active AND performance.category <> 'concert'
      AND sale.show_at::date <= least(as_of(), snapshot.record_date)
    GROUP BY performance.code, sale.show_at::date
)
SELECT
    latest.performance_code,
    latest.occupancy_pct AS latest_occupancy_pct,
    previous.occupancy_pct AS previous_occupancy_pct
FROM show_day AS latest
LEFT JOIN show_day AS previous
    ON previous.performance_code = latest.performance_code AND previous.days_back = 2
WHERE latest.days_back = 1
ORDER BY latest.performance_code COLLATE "C"
LIMIT 100
