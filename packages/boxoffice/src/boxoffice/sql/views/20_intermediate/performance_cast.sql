-- One actor, or one whole cast (the ordered combination), of a play or musical: its shows together.
SELECT
    performance.*,
    billed.kind,
    billed.label,
    billed.paid_amount,
    billed.show_count,
    billed.completed_show_count,
    billed.average_amount_per_completed_show
FROM performance_as_of AS performance
CROSS JOIN LATERAL (
    SELECT
        kept.kind,
        kept.label,
        kept.paid_amount,
        kept.show_count,
        kept.completed_show_count,
        kept.average_amount_per_completed_show
    FROM cast_summary AS kept
    WHERE performance.is_summarised AND kept.performance_id = performance.performance_id
    UNION ALL
    SELECT
        name.kind,
        name.label,
        sum(sale.paid_amount)::bigint,
        count(*),
        count(*) FILTER (WHERE time.is_past),
        round(avg(sale.paid_amount) FILTER (WHERE time.is_past))::bigint
    FROM play_show_sale AS sale
    CROSS JOIN LATERAL (
        SELECT 'cast' AS kind, array_to_string(sale.cast_members, ',') AS label
        UNION ALL
        -- Who stands twice in a cast plays the show once.
        SELECT 'actor', member.actor
        FROM (SELECT DISTINCT unnest(sale.cast_members) AS actor) AS member
    ) AS name
    CROSS JOIN LATERAL (
        SELECT sale.show_at::date <= performance.latest_record_date AS is_past
    ) AS time
    WHERE NOT performance.is_summarised AND sale.snapshot_id = performance.snapshot_id
    GROUP BY name.kind, name.label
) AS billed
