-- The one row of weeks around the judged day, by their Mondays.
SELECT
    as_of() AS as_of,
    monday(as_of()) - 14 AS week_before_last_start,
    monday(as_of()) - 7 AS last_week_start,
    monday(as_of()) AS this_week_start,
    monday(as_of()) + 7 AS next_week_start
