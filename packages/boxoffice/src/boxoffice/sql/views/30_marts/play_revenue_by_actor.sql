-- One actor of a play or musical, finished ones too.
SELECT
    show.performance_code,
    show.title,
    member.actor,
    sum(show.paid_amount)::bigint AS paid_amount,
    count(*) AS show_count,
    show.is_active,
    count(*) FILTER (WHERE show.show_date <= show.latest_record_date) AS completed_show_count,
    round(avg(show.paid_amount) FILTER (
        WHERE show.show_date <= show.latest_record_date
    ))::bigint AS average_amount_per_completed_show
FROM play_show AS show
-- Who stands twice in a cast plays the show once.
CROSS JOIN LATERAL (SELECT DISTINCT unnest(show.cast_members) AS actor) AS member
GROUP BY show.performance_code, show.title, member.actor, show.is_active
