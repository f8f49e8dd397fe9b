-- One active play with shows: what it will bring in if shows to come sell like those played.
WITH played AS (
    SELECT
        play.performance_code,
        play.title,
        play.break_even_amount,
        play.latest_record_date,
        -- Exact in between: only results are rounded.
        play.past_amount::numeric AS past_amount,
        play.past_show_count AS past_shows,
        play.future_amount::numeric AS future_amount,
        play.future_show_count AS future_shows
    FROM performance_sums AS play
    WHERE NOT play.is_concert
      AND play.is_active
      AND play.past_show_count + play.future_show_count > 0
),
forecast AS (
    SELECT
        played.*,
        played.past_amount + played.future_amount AS booked_amount,
        played.past_amount
            + round(played.past_amount * played.future_shows / nullif(played.past_shows, 0))
            AS average_amount
    FROM played
)
SELECT
    forecast.performance_code,
    forecast.title,
    forecast.break_even_amount,
    -- What is booked already is a lower bound; before the first show it is all that is known.
    greatest(forecast.average_amount, forecast.booked_amount)::bigint AS forecast_amount,
    greatest(forecast.average_amount, forecast.booked_amount)::bigint
        - forecast.break_even_amount AS forecast_profit,
    forecast.latest_record_date,
    forecast.past_amount::bigint AS past_amount,
    forecast.past_shows,
    round(forecast.past_amount / nullif(forecast.past_shows, 0))::bigint AS past_amount_per_show,
    forecast.future_amount::bigint AS future_amount,
    forecast.future_shows,
    round(forecast.future_amount / nullif(forecast.future_shows, 0))::bigint
        AS future_amount_per_show,
    CASE
        WHEN forecast.average_amount >= forecast.booked_amount THEN 'average'
        ELSE 'booked_only'
    END AS method
FROM forecast
