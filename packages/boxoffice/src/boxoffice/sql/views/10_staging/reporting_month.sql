-- One of the 13 months up to the judged day's, or the month after them, oldest first.
-- On the last day of a month tomorrow's workbook reaches into the next.
SELECT
    to_char(calendar.first_day, 'YYYY-MM') COLLATE "C" AS month,
    calendar.first_day::date AS month_start
FROM generate_series(
    date_trunc('month', (SELECT as_of())::timestamp) - interval '12 months',
    date_trunc('month', (SELECT as_of())::timestamp) + interval '1 month',
    interval '1 month'
) AS calendar (first_day)
ORDER BY 1
