-- One cast (the whole ordered combination) of a play or musical, finished ones too.
SELECT
    show.performance_code,
    show.title,
    show.cast_label,
    sum(show.paid_amount)::bigint AS paid_amount,
    count(*) AS show_count,
    show.is_active,
    count(*) FILTER (WHERE show.show_date <= show.latest_record_date) AS completed_show_count,
    round(avg(show.paid_amount) FILTER (
        WHERE show.show_date <= show.latest_record_date
    ))::bigint AS average_amount_per_completed_show
FROM play_show AS show
GROUP BY show.performance_code, show.title, show.cast_label, show.is_active
