-- What views and policies ask of the transaction. `db/transactions.py` sets both settings.

CREATE OR REPLACE FUNCTION boxoffice.as_of() RETURNS date
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    setting text := current_setting('boxoffice.as_of', true);
BEGIN
    -- NULL before the first SET of a session, '' after a SET LOCAL that has ended.
    IF coalesce(setting, '') = '' THEN
        RAISE EXCEPTION 'cannot compute figures: boxoffice.as_of is not set';
    END IF;
    RETURN setting::date;
END
$$;

CREATE OR REPLACE FUNCTION boxoffice.acting_user() RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    setting text := current_setting('boxoffice.actor', true);
BEGIN
    IF coalesce(setting, '') = '' THEN
        RAISE EXCEPTION 'cannot access data: boxoffice.actor is not set';
    END IF;
    RETURN setting;
END
$$;

-- The switch of the policies. They ask it as (SELECT sees_everything()), so that it is evaluated
-- once per statement and not once per row.
CREATE OR REPLACE FUNCTION boxoffice.sees_everything() RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
RETURN boxoffice.acting_user() IN ('system', 'local');

-- The Monday on or before a day; every week of the business starts there.
CREATE OR REPLACE FUNCTION boxoffice.monday(day date) RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN day - (extract(isodow FROM day)::integer - 1);

-- Part of a whole: 4 decimals, NULL when there is no whole.
CREATE OR REPLACE FUNCTION boxoffice.ratio(part numeric, whole numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN round(part / nullif(whole, 0), 4);
