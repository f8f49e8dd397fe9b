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
-- A preview is nothing but a file on its way.
GRANT INSERT, UPDATE, DELETE ON boxoffice.upload_preview TO boxoffice_app;

-- FORCE: the owner of the tables obeys too. A policy asks for the performance, never for the
-- status: a row must stay visible to the statement that supersedes it. So far everybody who can
-- act at all sees every performance.
DO $$
DECLARE
    target regclass;
BEGIN
    FOR target IN
        SELECT oid FROM pg_class
        WHERE relnamespace = 'boxoffice'::regnamespace AND relkind IN ('r', 'p')
    LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
        EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
        EXECUTE format('DROP POLICY IF EXISTS by_performance ON %s', target);
        EXECUTE format(
            'CREATE POLICY by_performance ON %s '
            'USING ((SELECT boxoffice.sees_everything())) '
            'WITH CHECK ((SELECT boxoffice.sees_everything()))', target);
    END LOOP;
END
$$;
