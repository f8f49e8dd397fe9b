-- Who may see and change what. Installed anew at every upgrade, so this file is the whole truth.

GRANT USAGE ON SCHEMA boxoffice TO boxoffice_app;
REVOKE ALL ON ALL TABLES IN SCHEMA boxoffice FROM boxoffice_app;
GRANT SELECT ON ALL TABLES IN SCHEMA boxoffice TO boxoffice_app;

-- Plans are edited in place.
GRANT INSERT, UPDATE, DELETE
    ON boxoffice.performance, boxoffice.seat_class, boxoffice.daily_target,
       boxoffice.marketing_week, boxoffice.orphaned_marketing_week,
       boxoffice.month_note, boxoffice.calendar_note
    TO boxoffice_app;

GRANT INSERT ON boxoffice.archived_target TO boxoffice_app;
GRANT UPDATE ON boxoffice.data_change TO boxoffice_app;

-- A snapshot is kept whole and never changed: only its standing among the others is.
GRANT INSERT
    ON boxoffice.stored_file, boxoffice.snapshot, boxoffice.upload_audit,
       boxoffice.play_daily_sale, boxoffice.play_show_sale,
       boxoffice.concert_daily_sale, boxoffice.concert_show_sale
    TO boxoffice_app;
GRANT UPDATE (status, replaced_at, replaced_by, deleted_at) ON boxoffice.snapshot TO boxoffice_app;
-- A purge takes away what nobody may need any more; rows go with their snapshot (ON DELETE CASCADE).
GRANT DELETE ON boxoffice.snapshot, boxoffice.stored_file TO boxoffice_app;
-- Summaries are written by whoever changes what they are made of (sql/summaries.sql).
GRANT INSERT, UPDATE, DELETE
    ON boxoffice.performance_summary, boxoffice.week_summary, boxoffice.month_summary,
       boxoffice.cast_summary, boxoffice.night_summary
    TO boxoffice_app;
-- A preview is nothing but a file on its way.
GRANT INSERT, UPDATE, DELETE ON boxoffice.upload_preview TO boxoffice_app;

-- People. Whose rows these may be is for the policies to say.
GRANT INSERT, UPDATE, DELETE
    ON boxoffice.app_user, boxoffice.user_performance, boxoffice.user_password,
       boxoffice.password_reset, boxoffice.user_session, boxoffice.api_token,
       boxoffice.sign_in_attempt
    TO boxoffice_app;
-- What was done stays as it was written.
GRANT INSERT ON boxoffice.audit_event TO boxoffice_app;

-- FORCE: the owner of the tables obeys too. A policy asks for the performance, never for the
-- status: a row must stay visible to the statement that supersedes it. A table that no rule fits
-- stops the upgrade: nobody shall forget one.
DO $$
DECLARE
    target record;
    former name;
    system constant text := $q$(SELECT boxoffice.acting_user()) = 'system'$q$;
    anybody constant text := '(SELECT boxoffice.acts())';
    own_name constant text := '(SELECT boxoffice.acting_user())';
    own_number constant text := '(SELECT boxoffice.acting_user_id())';
    -- %s: where the number of the performance stands. EXISTS lets the planner choose between
    -- looking up each row and hashing what is permitted.
    permitted constant text :=
        '(SELECT boxoffice.sees_everything()) OR EXISTS ('
        'SELECT FROM boxoffice.user_performance AS permitted '
        'WHERE permitted.user_id = (SELECT boxoffice.acting_user_id()) '
        'AND permitted.performance_id = %s)';
    -- %s: column and value that lead to a snapshot, which has a policy of its own.
    by_snapshot constant text :=
        '(SELECT boxoffice.sees_everything()) OR EXISTS ('
        'SELECT FROM boxoffice.snapshot AS source WHERE source.%s = %s)';
    seen text;
    changed text;
    removed text;
BEGIN
    FOR target IN
        SELECT oid, relname, oid::regclass AS name,
               EXISTS (SELECT FROM pg_attribute WHERE attrelid = pg_class.oid
                       AND attname = 'performance_id' AND NOT attisdropped) AS has_performance,
               EXISTS (SELECT FROM pg_attribute WHERE attrelid = pg_class.oid
                       AND attname = 'snapshot_id' AND NOT attisdropped) AS has_snapshot
        FROM pg_class
        WHERE relnamespace = 'boxoffice'::regnamespace AND relkind IN ('r', 'p')
    LOOP
        changed := NULL;
        removed := NULL;
        CASE
            -- What proves who somebody is: for the system alone, not even for themselves.
            WHEN target.relname IN ('user_password', 'password_reset', 'user_session',
                                    'api_token', 'sign_in_attempt') THEN
                seen := system;
            -- Everybody finds themselves, or no other policy could ask; nobody promotes themselves.
            WHEN target.relname = 'app_user' THEN
                seen := system || ' OR id = ' || own_number;
                changed := system;
            WHEN target.relname = 'user_performance' THEN
                seen := system || ' OR user_id = ' || own_number || ' AND ' || anybody;
                changed := system;
            -- Nobody writes in another's name, and only the system reads it again.
            WHEN target.relname = 'audit_event' THEN
                seen := system;
                changed := system || ' OR actor = ' || own_name || ' AND ' || anybody;
            -- A refused upload may belong to no performance at all, but to whoever sent it.
            WHEN target.relname = 'upload_audit' THEN
                seen := format(permitted, 'upload_audit.performance_id')
                    || ' OR actor = ' || own_name || ' AND ' || anybody;
            -- A file is seen through its snapshots. Its first one comes after it, in the same
            -- transaction.
            WHEN target.relname = 'stored_file' THEN
                seen := format(by_snapshot, 'sha256', 'stored_file.sha256')
                    || ' OR stored_at = now() AND ' || anybody;
                removed := system;
            -- Gone for good only by a purge, which counts what others need of it.
            WHEN target.relname = 'snapshot' THEN
                seen := format(permitted, 'snapshot.performance_id');
                removed := system;
            WHEN target.relname = 'performance' THEN
                seen := format(permitted, 'performance.id');
            WHEN target.has_performance THEN
                seen := format(permitted, format('%I.performance_id', target.relname));
            WHEN target.has_snapshot THEN
                seen := format(by_snapshot, 'id', format('%I.snapshot_id', target.relname));
            -- What concerns no performance.
            WHEN target.relname IN ('month_note', 'data_change', 'alembic_version') THEN
                seen := anybody;
            ELSE
                RAISE EXCEPTION 'cannot protect table "%": no policy fits it', target.relname;
        END CASE;
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target.name);
        EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target.name);
        FOR former IN SELECT polname FROM pg_policy WHERE polrelid = target.oid LOOP
            EXECUTE format('DROP POLICY %I ON %s', former, target.name);
        END LOOP;
        -- Where nothing else is said, what is seen may be changed, and what is changed removed.
        changed := coalesce(changed, seen);
        removed := coalesce(removed, changed);
        EXECUTE format('CREATE POLICY seen ON %s FOR SELECT USING (%s)', target.name, seen);
        EXECUTE format('CREATE POLICY added ON %s FOR INSERT WITH CHECK (%s)',
                       target.name, changed);
        EXECUTE format('CREATE POLICY changed ON %s FOR UPDATE USING (%s) WITH CHECK (%2$s)',
                       target.name, changed);
        EXECUTE format('CREATE POLICY removed ON %s FOR DELETE USING (%s)', target.name, removed);
    END LOOP;
END
$$;
