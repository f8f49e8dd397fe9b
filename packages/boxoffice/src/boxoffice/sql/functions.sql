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

-- The number of the person who acts; NULL for the system, this machine, and nobody we know.
CREATE OR REPLACE FUNCTION boxoffice.acting_user_id() RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE
RETURN substring(boxoffice.acting_user() FROM '^user:([0-9]{1,18})$')::bigint;

-- How far whoever acts can see: 'everything', 'some' performances, or 'nothing' when they are nobody
-- we know or not approved. Views ask it some thirty times, so a transaction keeps the answer of its
-- beginning (`db/transactions.py`), with the name that it is about.
CREATE OR REPLACE FUNCTION boxoffice.reach() RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    actor text := boxoffice.acting_user();
    kept text := current_setting('boxoffice.reach', true);
BEGIN
    IF starts_with(kept, actor || ' ') THEN
        RETURN substr(kept, length(actor) + 2);
    END IF;
    IF actor IN ('system', 'local') THEN
        RETURN 'everything';
    END IF;
    RETURN coalesce((
        SELECT CASE WHEN app_user.all_performances THEN 'everything' ELSE 'some' END
        FROM boxoffice.app_user
        WHERE app_user.id = boxoffice.acting_user_id() AND app_user.is_approved
    ), 'nothing');
END
$$;

-- Whether whoever acts is anybody: an approved person, the system, or this machine.
CREATE OR REPLACE FUNCTION boxoffice.acts() RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
RETURN boxoffice.reach() <> 'nothing';

-- The switch of the policies. They ask it as (SELECT sees_everything()), so that it is evaluated
-- once per statement and not once per row.
CREATE OR REPLACE FUNCTION boxoffice.sees_everything() RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
RETURN boxoffice.reach() = 'everything';

-- The rule of the policies for one performance; they write it out, so that the planner sees it.
CREATE OR REPLACE FUNCTION boxoffice.may_see(performance_id bigint) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
RETURN boxoffice.sees_everything() OR EXISTS (
    SELECT FROM boxoffice.user_performance AS permitted
    WHERE permitted.user_id = boxoffice.acting_user_id()
      AND permitted.performance_id = may_see.performance_id
);

-- The Monday on or before a day; every week of the business starts there.
CREATE OR REPLACE FUNCTION boxoffice.monday(day date) RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN day - (extract(isodow FROM day)::integer - 1);

-- Part of a whole: 4 decimals, NULL when there is no whole.
CREATE OR REPLACE FUNCTION boxoffice.ratio(part numeric, whole numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN round(part / nullif(whole, 0), 4);
