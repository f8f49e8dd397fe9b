-- One active play: occupancy of its last known show day against the show day before.
SELECT
    performance.performance_id,
    performance.performance_code,
    performance.title,
    mean.latest_occupancy_pct,
    latest.show_date AS latest_show_date,
    mean.previous_occupancy_pct,
    previous.show_date AS previous_show_date,
    mean.latest_occupancy_pct - mean.previous_occupancy_pct AS change_points
FROM reporting_week AS week
CROSS JOIN performance_as_of AS performance
CROSS JOIN LATERAL (
    SELECT max(sale.show_at)::date AS show_date
    FROM play_show_sale AS sale
    WHERE sale.snapshot_id = performance.snapshot_id
      -- Of a show after the snapshot the final occupancy is not known.
      AND sale.show_at < (least(week.as_of, performance.latest_record_date) + 1)::timestamp
) AS latest
CROSS JOIN LATERAL (
    SELECT max(sale.show_at)::date AS show_date
    FROM play_show_sale AS sale
    WHERE sale.snapshot_id = performance.snapshot_id AND sale.show_at < latest.show_date::timestamp
) AS previous
-- Computed before they are compared: a cast within the comparison would hide it from the index.
CROSS JOIN LATERAL (
    SELECT
        coalesce(previous.show_date, latest.show_date)::timestamp AS first_at,
        (latest.show_date + 1)::timestamp AS end_at
    OFFSET 0
) AS bounds
CROSS JOIN LATERAL (
    SELECT
        avg(show.occupancy_pct) FILTER (WHERE show.show_at >= latest.show_date)
            AS latest_occupancy_pct,
        avg(show.occupancy_pct) FILTER (WHERE show.show_at < latest.show_date)
            AS previous_occupancy_pct
    FROM (
        SELECT sale.show_at, sale.paid_occupancy_pct + sale.free_occupancy_pct AS occupancy_pct
        FROM play_show_sale AS sale
        WHERE sale.snapshot_id = performance.snapshot_id
          AND sale.show_at >= bounds.first_at
          AND sale.show_at < bounds.end_at
    ) AS show
) AS mean
WHERE NOT performance.is_concert
  AND performance.is_active
  AND latest.show_date IS NOT NULL
