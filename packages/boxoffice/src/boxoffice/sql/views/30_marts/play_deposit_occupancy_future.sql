-- One active play or musical with shows to come: their mean deposited occupancy.
SELECT
    performance.performance_code,
    performance.title,
    performance.target_occupancy_pct,
    avg(sale.deposit_occupancy_pct) AS deposit_occupancy_pct
FROM performance_as_of AS performance
JOIN play_show_sale AS sale USING (snapshot_id)
WHERE NOT performance.is_concert
  AND performance.is_active
  AND sale.show_at::date > performance.latest_record_date
GROUP BY
    performance.performance_code, performance.title, performance.target_occupancy_pct
