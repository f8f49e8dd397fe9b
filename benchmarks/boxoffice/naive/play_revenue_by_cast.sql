SELECT
    performance.code AS performance_code,
    array_to_string(sale.cast_members, ',') AS cast_label,
    sum(sale.paid_amount)::bigint AS paid_amount,
    count(*) AS show_count
FROM performance
JOIN snapshot ON snapshot.performance_id = performance.id AND snapshot.status = 'active'
    AND snapshot.record_date = (
        SELECT max(other.record_date) FROM snapshot AS other
        WHERE other.performance_id = performance.id AND other.status = 'active'
    )
JOIN play_show_sale AS sale ON sale.snapshot_id = snapshot.id
WHERE performance.category <> 'concert'
GROUP BY performance.code, array_to_string(sale.cast_members, ',')
ORDER BY performance.code COLLATE "C", array_to_string(sale.cast_members, ',') COLLATE "C"
LIMIT 100
