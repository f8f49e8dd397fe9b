-- One week with shows of an active play or musical: seats, tickets and prices.
SELECT
    show.performance_code,
    show.title,
    show.seats_per_show,
    show.week_start,
    show.latest_record_date,
    count(*) AS show_count,
    show.seats_per_show * count(*) AS max_seats,
    avg(show.paid_occupancy_pct) AS paid_occupancy_pct,
    sum(show.paid_seats)::bigint AS paid_seats,
    sum(show.paid_amount)::bigint AS paid_amount,
    round(sum(show.paid_amount) / nullif(sum(show.paid_seats), 0), 1) AS average_price,
    -- What past reports called the average price: shows without tickets count as 0.
    avg(coalesce(show.average_price, 0)) AS mean_show_price
FROM play_show AS show
WHERE show.is_active
GROUP BY
    show.performance_code, show.title, show.seats_per_show, show.week_start,
    show.latest_record_date
