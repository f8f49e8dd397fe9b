-- One concert: seats of all its nights together, by class.
SELECT
    concert.performance_id,
    concert.snapshot_id,
    nights.show_count,
    nights.paid_seats,
    nights.invited_seats,
    nights.paid_vip,
    nights.paid_r,
    nights.paid_s,
    nights.paid_a,
    nights.paid_b,
    nights.invited_vip,
    nights.invited_r,
    nights.invited_s,
    nights.invited_a,
    nights.invited_b
FROM performance_as_of AS concert
CROSS JOIN LATERAL (
    SELECT
        kept.show_count,
        kept.paid_seats,
        kept.invited_seats,
        kept.paid_vip,
        kept.paid_r,
        kept.paid_s,
        kept.paid_a,
        kept.paid_b,
        kept.invited_vip,
        kept.invited_r,
        kept.invited_s,
        kept.invited_a,
        kept.invited_b
    FROM night_summary AS kept
    WHERE concert.is_summarised AND kept.performance_id = concert.performance_id
    UNION ALL
    SELECT
        count(*),
        coalesce(sum(sale.paid_seats), 0)::bigint,
        coalesce(sum(sale.invited_seats), 0)::bigint,
        sum(sale.paid_seats_vip)::bigint,
        sum(sale.paid_seats_r)::bigint,
        sum(sale.paid_seats_s)::bigint,
        sum(sale.paid_seats_a)::bigint,
        sum(sale.paid_seats_b)::bigint,
        sum(sale.invited_seats_vip)::bigint,
        sum(sale.invited_seats_r)::bigint,
        sum(sale.invited_seats_s)::bigint,
        sum(sale.invited_seats_a)::bigint,
        sum(sale.invited_seats_b)::bigint
    FROM concert_show_sale AS sale
    WHERE sale.snapshot_id = concert.snapshot_id
    -- Not WHERE: a sum over no rows is a row, too.
    HAVING NOT concert.is_summarised
) AS nights
WHERE concert.is_concert
