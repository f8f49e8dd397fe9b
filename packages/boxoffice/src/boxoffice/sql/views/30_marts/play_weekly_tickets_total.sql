-- One week with shows, over all active plays and musicals.
SELECT
    week.week_start,
    max(week.latest_record_date) AS latest_record_date,
    coalesce(sum(week.max_seats), 0)::bigint AS max_seats,
    sum(week.paid_seats)::bigint AS paid_seats,
    min(week.latest_record_date) AS record_date_min,
    max(week.latest_record_date) AS record_date_max,
    ratio(sum(week.paid_seats), sum(week.max_seats)) AS sell_through
FROM play_weekly_tickets AS week
GROUP BY week.week_start
