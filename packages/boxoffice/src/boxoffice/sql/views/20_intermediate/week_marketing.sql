-- One calendar week of a performance that has marketing plans; two plans of one week are joined.
SELECT
    plan.performance_id,
    monday(plan.week_start_date) AS week_start,
    -- Texts that say nothing add no line; where none says anything, empty stays empty.
    coalesce(
        string_agg(nullif(plan.sales_marketing, ''), E'\n' ORDER BY plan.week_start_date),
        max(plan.sales_marketing)
    ) AS sales_marketing,
    coalesce(
        string_agg(nullif(plan.promotion, ''), E'\n' ORDER BY plan.week_start_date),
        max(plan.promotion)
    ) AS promotion,
    coalesce(
        string_agg(nullif(plan.other_notes, ''), E'\n' ORDER BY plan.week_start_date),
        max(plan.other_notes)
    ) AS other_notes
FROM marketing_week AS plan
GROUP BY plan.performance_id, monday(plan.week_start_date)
