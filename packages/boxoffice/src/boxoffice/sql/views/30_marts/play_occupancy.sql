-- One active play or musical: mean occupancy over all its shows, past and to come.
SELECT
    performance.performance_code,
    performance.title,
    performance.target_occupancy_pct,
    mean.deposit_occupancy_pct,
    mean.paid_occupancy_pct,
    -- Of the rounded values, so that the printed line adds up.
    mean.paid_occupancy_pct - mean.deposit_occupancy_pct AS undeposited_occupancy_pct
FROM performance_as_of AS performance
CROSS JOIN LATERAL (
    SELECT
        round(avg(sale.deposit_occupancy_pct), 1) AS deposit_occupancy_pct,
        round(avg(sale.paid_occupancy_pct), 1) AS paid_occupancy_pct
    FROM play_show_sale AS sale
    WHERE sale.snapshot_id = performance.snapshot_id
) AS mean
WHERE NOT performance.is_concert AND performance.is_active
