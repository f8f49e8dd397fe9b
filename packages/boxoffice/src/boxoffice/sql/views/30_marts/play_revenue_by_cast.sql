-- One cast (the whole ordered combination) of a play or musical, finished ones too.
SELECT
    performance.performance_code,
    performance.title,
    played.cast_label,
    played.paid_amount,
    played.show_count,
    performance.is_active,
    played.completed_show_count,
    played.average_amount_per_completed_show
FROM performance_as_of AS performance
CROSS JOIN LATERAL (
    SELECT
        array_to_string(sale.cast_members, ',') AS cast_label,
        sum(sale.paid_amount)::bigint AS paid_amount,
        count(*) AS show_count,
        count(*) FILTER (WHERE time.is_past) AS completed_show_count,
        round(avg(sale.paid_amount) FILTER (WHERE time.is_past))::bigint
            AS average_amount_per_completed_show
    FROM play_show_sale AS sale
    CROSS JOIN LATERAL (
        SELECT sale.show_at::date <= performance.latest_record_date AS is_past
    ) AS time
    WHERE sale.snapshot_id = performance.snapshot_id
    GROUP BY array_to_string(sale.cast_members, ',')
) AS played
WHERE NOT performance.is_concert
