-- One active play with shows: what it will bring in if shows to come sell like those played.
-- Without WITH, through which the planner sees no order: a page is then the whole, sorted.
SELECT
    play.performance_code,
    play.title,
    play.break_even_amount,
    -- What is booked already is a lower bound; before the first show it is all that is known.
    forecast.amount AS forecast_amount,
    forecast.amount - play.break_even_amount AS forecast_profit,
    play.latest_record_date,
    play.past_amount,
    play.past_show_count AS past_shows,
    round(play.past_amount::numeric / nullif(play.past_show_count, 0))::bigint
        AS past_amount_per_show,
    play.future_amount,
    play.future_show_count AS future_shows,
    round(play.future_amount::numeric / nullif(play.future_show_count, 0))::bigint
        AS future_amount_per_show,
    CASE
        WHEN sold.average_amount >= sold.booked_amount THEN 'average'
        ELSE 'booked_only'
    END AS method
FROM performance_sums AS play
CROSS JOIN LATERAL (
    SELECT
        -- Exact in between: only results are rounded.
        play.past_amount::numeric + play.future_amount AS booked_amount,
        play.past_amount + round(
            play.past_amount::numeric * play.future_show_count / nullif(play.past_show_count, 0)
        ) AS average_amount
) AS sold
CROSS JOIN LATERAL (
    SELECT greatest(sold.average_amount, sold.booked_amount)::bigint AS amount
) AS forecast
WHERE NOT play.is_concert
  AND play.is_active
  AND play.past_show_count + play.future_show_count > 0
