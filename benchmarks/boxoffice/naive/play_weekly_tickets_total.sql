SELECT
    monday(sale.show_at::date) AS week_start,
    max(snapshot.record_date) AS latest_record_date,
    sum(performance.seats_per_show)::bigint AS max_seats,
    sum(sale.paid_seats)::bigint AS paid_seats,
    min(snapshot.record_date) AS record_date_min,
    max(snapshot.record_date) AS record_date_max,
    ratio(sum(sale.paid_seats), sum(performance.seats_per_show)) AS sell_through
FROM performance
JOIN snapshot ON snapshot.performance_id = performance.id AND snapshot.status = 'active'
    AND snapshot.record_date = (
        SELECT max(other.record_date) FROM snapshot AS other
        WHERE other.performance_id = performance.id AND other.status = 'active'
    )
JOIN play_show_sale AS sale ON sale.snapshot_id = snapshot.id
WHERE performance.is_active AND performance.category <> 'concert'
GROUP BY monday(sale.show_at::date)
ORDER BY week_start
