-- One actor of a play or musical, finished ones too.
SELECT
    performance.performance_code,
    performance.title,
    played.actor,
    played.paid_amount,
    played.show_count,
    performance.is_active,
    played.completed_show_count,
    played.average_amount_per_completed_show
FROM performance_as_of AS performance
CROSS JOIN LATERAL (
    SELECT
        member.actor,
        sum(sale.paid_amount)::bigint AS paid_amount,
        count(*) AS show_count,
        count(*) FILTER (WHERE time.is_past) AS completed_show_count,
        round(avg(sale.paid_amount) FILTER (WHERE time.is_past))::bigint
            AS average_amount_per_completed_show
    FROM play_show_sale AS sale
    -- Who stands twice in a cast plays the show once.
    CROSS JOIN LATERAL (SELECT DISTINCT unnest(sale.cast_members) AS actor) AS member
    CROSS JOIN LATERAL (
        SELECT sale.show_at::date <= performance.latest_record_date AS is_past
    ) AS time
    WHERE sale.snapshot_id = performance.snapshot_id
    GROUP BY member.actor
) AS played
WHERE NOT performance.is_concert
