-- One week with sales days or shows of a performance; only plays and musicals have shows here.
SELECT
    performance.*,
    week.week_start,
    week.day_count,
    week.amount,
    week.seats,
    week.target_amount,
    week.show_count,
    week.paid_amount,
    week.paid_seats,
    week.paid_occupancy_pct,
    week.occupancy_pct,
    week.mean_show_price
FROM performance_as_of AS performance
CROSS JOIN LATERAL (
    SELECT
        kept.week_start,
        kept.day_count,
        kept.amount,
        kept.seats,
        kept.target_amount,
        kept.show_count,
        kept.paid_amount,
        kept.paid_seats,
        kept.paid_occupancy_pct,
        kept.occupancy_pct,
        kept.mean_show_price
    FROM week_summary AS kept
    WHERE performance.is_summarised AND kept.performance_id = performance.performance_id
    UNION ALL
    SELECT
        week_start,
        coalesce(day.day_count, 0),
        coalesce(day.amount, 0),
        coalesce(day.seats, 0),
        target.amount,
        coalesce(show.show_count, 0),
        coalesce(show.paid_amount, 0),
        coalesce(show.paid_seats, 0),
        show.paid_occupancy_pct,
        show.occupancy_pct,
        show.mean_show_price
    FROM (
        SELECT
            monday(sold.sales_date) AS week_start,
            count(*) AS day_count,
            sum(sold.amount)::bigint AS amount,
            sum(sold.seats)::bigint AS seats
        FROM snapshot_day AS sold
        WHERE sold.snapshot_id = performance.snapshot_id
        GROUP BY monday(sold.sales_date)
    ) AS day
    FULL JOIN (
        SELECT
            monday(sale.show_at::date) AS week_start,
            count(*) AS show_count,
            sum(sale.paid_amount)::bigint AS paid_amount,
            sum(sale.paid_seats)::bigint AS paid_seats,
            avg(sale.paid_occupancy_pct) AS paid_occupancy_pct,
            avg(sale.paid_occupancy_pct + sale.free_occupancy_pct) AS occupancy_pct,
            -- What past reports called the average price: shows without tickets count as 0.
            avg(coalesce(
                round(sale.paid_amount / nullif(sale.paid_seats, 0)::numeric, 1), 0
            )) AS mean_show_price
        FROM play_show_sale AS sale
        WHERE sale.snapshot_id = performance.snapshot_id
        GROUP BY monday(sale.show_at::date)
    ) AS show USING (week_start)
    CROSS JOIN LATERAL (
        SELECT sum(planned.target_amount)::bigint AS amount
        FROM daily_target AS planned
        WHERE planned.performance_id = performance.performance_id
          AND planned.target_date BETWEEN week_start AND week_start + 6
    ) AS target
    WHERE NOT performance.is_summarised
) AS week
