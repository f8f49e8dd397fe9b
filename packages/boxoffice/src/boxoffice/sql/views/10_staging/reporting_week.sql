-- The one row of weeks around the judged day, by their Mondays.
-- In subqueries, so that each is computed once and not again for every row it is compared with.
SELECT
    (SELECT as_of()) AS as_of,
    (SELECT monday(as_of()) - 14) AS week_before_last_start,
    (SELECT monday(as_of()) - 7) AS last_week_start,
    (SELECT monday(as_of())) AS this_week_start,
    (SELECT monday(as_of()) + 7) AS next_week_start
