-- One of the three casts of an active play that brought in most last week.
WITH ranked AS (
    SELECT
        show.performance_code,
        show.title,
        show.cast_label,
        sum(show.paid_amount)::bigint AS paid_amount,
        count(*) AS show_count,
        row_number() OVER (
            PARTITION BY show.performance_code
            ORDER BY sum(show.paid_amount) DESC, show.cast_label COLLATE "C"
        ) AS rank
    FROM reporting_week AS week
    JOIN play_show AS show ON show.week_start = week.last_week_start
    WHERE show.is_active
    GROUP BY show.performance_code, show.title, show.cast_label
)
SELECT
    ranked.performance_code,
    ranked.title,
    ranked.cast_label,
    ranked.paid_amount,
    ranked.show_count,
    ranked.rank
FROM ranked
WHERE ranked.rank <= 3
