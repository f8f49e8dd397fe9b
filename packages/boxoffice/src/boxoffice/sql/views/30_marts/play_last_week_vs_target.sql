-- One active play: last week's occupancy and sales against the targets, and the week before.
SELECT
    performance.performance_code,
    performance.title,
    performance.target_occupancy_pct,
    shows.occupancy_pct AS last_week_occupancy_pct,
    target.amount AS target_amount,
    sold.last_week_amount,
    sold.week_before_last_amount,
    -- Without a snapshot that covers the Sunday the week is partial.
    coalesce(performance.latest_record_date >= week.this_week_start - 1, false) AS complete
FROM reporting_week AS week
CROSS JOIN performance_as_of AS performance
CROSS JOIN LATERAL (
    SELECT avg(sale.paid_occupancy_pct + sale.free_occupancy_pct) AS occupancy_pct
    FROM play_show_sale AS sale
    WHERE sale.snapshot_id = performance.snapshot_id
      AND sale.show_at >= week.last_week_start::timestamp
      AND sale.show_at < week.this_week_start::timestamp
) AS shows
CROSS JOIN LATERAL (
    SELECT coalesce(sum(planned.target_amount), 0)::bigint AS amount
    FROM daily_target AS planned
    WHERE planned.performance_id = performance.performance_id
      AND planned.target_date >= week.last_week_start
      AND planned.target_date < week.this_week_start
) AS target
CROSS JOIN LATERAL (
    SELECT
        coalesce(sum(sale.amount) FILTER (
            WHERE sale.sales_date >= week.last_week_start
        ), 0)::bigint AS last_week_amount,
        coalesce(sum(sale.amount) FILTER (
            WHERE sale.sales_date < week.last_week_start
        ), 0)::bigint AS week_before_last_amount
    FROM play_daily_sale AS sale
    WHERE sale.snapshot_id = performance.snapshot_id
      AND sale.sales_date >= week.week_before_last_start
      AND sale.sales_date < week.this_week_start
) AS sold
WHERE NOT performance.is_concert AND performance.is_active
