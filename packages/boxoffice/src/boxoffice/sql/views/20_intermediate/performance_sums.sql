-- One performance: sums over the days and shows of its newest snapshot, and over its targets.
SELECT
    performance.*,
    sums.day_count,
    sums.day_to_date_count,
    sums.amount,
    sums.record_day_amount,
    sums.past_show_count,
    sums.past_amount,
    sums.past_deposit_occupancy_pct,
    sums.future_show_count,
    sums.future_amount,
    sums.future_deposit_occupancy_pct,
    sums.deposit_occupancy_pct,
    sums.paid_occupancy_pct,
    sums.target_amount,
    sums.target_to_date_amount
FROM performance_as_of AS performance
CROSS JOIN LATERAL (
    SELECT
        kept.day_count,
        kept.day_to_date_count,
        kept.amount,
        kept.record_day_amount,
        kept.past_show_count,
        kept.past_amount,
        kept.past_deposit_occupancy_pct,
        kept.future_show_count,
        kept.future_amount,
        kept.future_deposit_occupancy_pct,
        kept.deposit_occupancy_pct,
        kept.paid_occupancy_pct,
        kept.target_amount,
        kept.target_to_date_amount
    FROM performance_summary AS kept
    WHERE performance.is_summarised AND kept.performance_id = performance.performance_id
    UNION ALL
    SELECT
        day.day_count,
        day.day_to_date_count,
        day.amount,
        day.record_day_amount,
        show.past_show_count,
        show.past_amount,
        show.past_deposit_occupancy_pct,
        show.future_show_count,
        show.future_amount,
        show.future_deposit_occupancy_pct,
        show.deposit_occupancy_pct,
        show.paid_occupancy_pct,
        target.amount,
        target.to_date_amount
    FROM (
        SELECT
            count(*) AS day_count,
            count(*) FILTER (
                WHERE sold.sales_date <= performance.latest_record_date
            ) AS day_to_date_count,
            coalesce(sum(sold.amount), 0)::bigint AS amount,
            sum(sold.amount) FILTER (
                WHERE sold.sales_date = performance.latest_record_date
            )::bigint AS record_day_amount
        FROM snapshot_day AS sold
        WHERE sold.snapshot_id = performance.snapshot_id
    ) AS day
    CROSS JOIN (
        SELECT
            count(*) FILTER (WHERE time.is_past) AS past_show_count,
            coalesce(sum(sale.paid_amount) FILTER (WHERE time.is_past), 0)::bigint AS past_amount,
            avg(sale.deposit_occupancy_pct) FILTER (WHERE time.is_past)
                AS past_deposit_occupancy_pct,
            count(*) FILTER (WHERE NOT time.is_past) AS future_show_count,
            coalesce(sum(sale.paid_amount) FILTER (WHERE NOT time.is_past), 0)::bigint
                AS future_amount,
            avg(sale.deposit_occupancy_pct) FILTER (WHERE NOT time.is_past)
                AS future_deposit_occupancy_pct,
            avg(sale.deposit_occupancy_pct) AS deposit_occupancy_pct,
            avg(sale.paid_occupancy_pct) AS paid_occupancy_pct
        FROM play_show_sale AS sale
        CROSS JOIN LATERAL (
            SELECT sale.show_at::date <= performance.latest_record_date AS is_past
        ) AS time
        WHERE sale.snapshot_id = performance.snapshot_id
    ) AS show
    CROSS JOIN (
        SELECT
            coalesce(sum(planned.target_amount), 0)::bigint AS amount,
            coalesce(sum(planned.target_amount) FILTER (
                WHERE planned.target_date <= performance.latest_record_date
            ), 0)::bigint AS to_date_amount
        FROM daily_target AS planned
        WHERE planned.performance_id = performance.performance_id
    ) AS target
    WHERE NOT performance.is_summarised
) AS sums
