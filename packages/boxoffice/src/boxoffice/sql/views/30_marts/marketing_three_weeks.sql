-- One marketing plan of an active performance in last, this or next week, or one row for none.
SELECT
    performance.performance_code,
    performance.title,
    CASE monday(plan.week_start_date)
        WHEN week.last_week_start THEN 'last'
        WHEN week.this_week_start THEN 'this'
        WHEN week.next_week_start THEN 'next'
    END AS week_kind,
    plan.week_number,
    plan.week_start_date AS week_start,
    plan.week_end_date AS week_end,
    plan.sales_marketing,
    plan.promotion,
    plan.other_notes
FROM reporting_week AS week
CROSS JOIN performance_as_of AS performance
LEFT JOIN marketing_week AS plan
    ON plan.performance_id = performance.performance_id
    AND plan.week_start_date BETWEEN week.last_week_start AND week.next_week_start + 6
WHERE performance.is_active
