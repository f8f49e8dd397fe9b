-- One active play: last week's occupancy and sales against the targets, and the week before.
SELECT
    performance.performance_code,
    performance.title,
    performance.target_occupancy_pct,
    sold.occupancy_pct AS last_week_occupancy_pct,
    target.amount AS target_amount,
    sold.last_week_amount,
    sold.week_before_last_amount,
    -- Without a snapshot that covers the Sunday the week is partial.
    coalesce(performance.latest_record_date >= week.this_week_start - 1, false) AS complete
FROM reporting_week AS week
CROSS JOIN performance_as_of AS performance
CROSS JOIN LATERAL (
    SELECT coalesce(sum(planned.target_amount), 0)::bigint AS amount
    FROM daily_target AS planned
    WHERE planned.performance_id = performance.performance_id
      AND planned.target_date >= week.last_week_start
      AND planned.target_date < week.this_week_start
) AS target
CROSS JOIN LATERAL (
    SELECT
        max(week_sold.occupancy_pct) FILTER (WHERE week_sold.is_last) AS occupancy_pct,
        coalesce(sum(week_sold.amount) FILTER (WHERE week_sold.is_last), 0)::bigint
            AS last_week_amount,
        coalesce(sum(week_sold.amount) FILTER (WHERE NOT week_sold.is_last), 0)::bigint
            AS week_before_last_amount
    FROM (
        SELECT sums.amount, sums.occupancy_pct, sums.week_start = week.last_week_start AS is_last
        FROM performance_week AS sums
        WHERE sums.performance_id = performance.performance_id
          AND sums.week_start >= week.week_before_last_start
          AND sums.week_start < week.this_week_start
    ) AS week_sold
) AS sold
WHERE NOT performance.is_concert AND performance.is_active
