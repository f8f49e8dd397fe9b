-- One marketing plan of an active concert that the judged day lies in.
SELECT
    performance.performance_code,
    performance.title,
    plan.week_start_date AS week_start,
    plan.week_end_date AS week_end,
    plan.sales_marketing,
    plan.promotion,
    plan.other_notes
FROM performance_as_of AS performance
JOIN marketing_week AS plan USING (performance_id)
WHERE performance.is_concert
  AND performance.is_active
  AND (SELECT as_of()) BETWEEN plan.week_start_date AND plan.week_end_date
