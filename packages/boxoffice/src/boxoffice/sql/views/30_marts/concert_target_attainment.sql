-- One active concert: sales against all its targets, and against those up to its snapshot.
SELECT
    performance.performance_code,
    performance.title,
    target.target_amount,
    sold.amount AS total_amount,
    ratio(sold.amount, target.target_amount) AS attainment_ratio,
    target.target_to_date_amount,
    ratio(sold.amount, target.target_to_date_amount) AS target_to_date_ratio
FROM performance_as_of AS performance
JOIN target_total AS target USING (performance_id)
CROSS JOIN LATERAL (
    SELECT coalesce(sum(sale.amount), 0)::bigint AS amount
    FROM concert_daily_sale AS sale
    WHERE sale.snapshot_id = performance.snapshot_id
) AS sold
WHERE performance.is_concert AND performance.is_active
