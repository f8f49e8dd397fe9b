-- One of the three casts of an active play that brought in most last week.
SELECT
    performance.performance_code,
    performance.title,
    best.cast_label,
    best.paid_amount,
    best.show_count,
    best.rank
FROM reporting_week AS week
CROSS JOIN performance_as_of AS performance
CROSS JOIN LATERAL (
    SELECT
        label.cast_label,
        sum(sale.paid_amount)::bigint AS paid_amount,
        count(*) AS show_count,
        row_number() OVER (
            ORDER BY sum(sale.paid_amount) DESC, label.cast_label COLLATE "C"
        ) AS rank
    FROM play_show_sale AS sale
    CROSS JOIN LATERAL (
        SELECT array_to_string(sale.cast_members, ',') AS cast_label
    ) AS label
    WHERE sale.snapshot_id = performance.snapshot_id
      AND sale.show_at >= week.last_week_start::timestamp
      AND sale.show_at < week.this_week_start::timestamp
    GROUP BY label.cast_label
) AS best
WHERE NOT performance.is_concert AND performance.is_active AND best.rank <= 3
