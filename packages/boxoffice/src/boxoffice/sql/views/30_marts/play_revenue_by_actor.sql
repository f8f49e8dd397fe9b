-- One actor of a play or musical, finished ones too.
SELECT
    billed.performance_code,
    billed.title,
    billed.label AS actor,
    billed.paid_amount,
    billed.show_count,
    billed.is_active,
    billed.completed_show_count,
    billed.average_amount_per_completed_show
FROM performance_cast AS billed
WHERE NOT billed.is_concert AND billed.kind = 'actor'
