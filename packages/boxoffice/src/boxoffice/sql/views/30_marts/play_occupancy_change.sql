-- One active play: occupancy of its last known show day against the show day before.
WITH show_day AS (
    SELECT
        show.performance_id,
        show.performance_code,
        show.title,
        show.show_date,
        avg(show.occupancy_pct) AS occupancy_pct,
        row_number() OVER (
            PARTITION BY show.performance_id ORDER BY show.show_date DESC
        ) AS days_back
    FROM play_show AS show
    WHERE show.is_active
      -- Of a show after the snapshot the final occupancy is not known.
      AND show.show_date <= least((SELECT as_of()), show.latest_record_date)
    GROUP BY show.performance_id, show.performance_code, show.title, show.show_date
)
SELECT
    latest.performance_id,
    latest.performance_code,
    latest.title,
    latest.occupancy_pct AS latest_occupancy_pct,
    latest.show_date AS latest_show_date,
    previous.occupancy_pct AS previous_occupancy_pct,
    previous.show_date AS previous_show_date,
    latest.occupancy_pct - previous.occupancy_pct AS change_points
FROM show_day AS latest
LEFT JOIN show_day AS previous
    ON previous.performance_id = latest.performance_id AND previous.days_back = 2
WHERE latest.days_back = 1
