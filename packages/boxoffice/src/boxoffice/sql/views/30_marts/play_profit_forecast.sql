-- One active play with shows: what it will bring in if shows to come sell like those played.
WITH played AS (
    SELECT
        show.performance_code,
        show.title,
        show.break_even_amount,
        show.latest_record_date,
        coalesce(sum(show.paid_amount) FILTER (WHERE is_past), 0) AS past_amount,
        count(*) FILTER (WHERE is_past) AS past_shows,
        coalesce(sum(show.paid_amount) FILTER (WHERE NOT is_past), 0) AS future_amount,
        count(*) FILTER (WHERE NOT is_past) AS future_shows
    FROM play_show AS show
    CROSS JOIN LATERAL (SELECT show.show_date <= show.latest_record_date AS is_past) AS time
    WHERE show.is_active
    GROUP BY
        show.performance_code, show.title, show.break_even_amount, show.latest_record_date
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
