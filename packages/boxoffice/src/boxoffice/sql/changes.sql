-- One number that moves with everything that figures, as somebody sees them, are made of; ETags
-- hold it.
--
-- Counted once per transaction and at its very end (deferred): the one row is locked only while a
-- transaction commits, so that imports of two performances do not wait for each other, and a
-- reader who sees the new number sees the change, too.
CREATE OR REPLACE FUNCTION boxoffice.count_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(current_setting('boxoffice.change_counted', true), '') = '' THEN
        PERFORM set_config('boxoffice.change_counted', 'yes', true);
        UPDATE boxoffice.data_change SET counter = counter + 1;
    END IF;
    RETURN NULL;
END
$$;

DO $$
DECLARE
    source text;
BEGIN
    FOREACH source IN ARRAY ARRAY[
        'performance', 'seat_class', 'snapshot', 'daily_target', 'marketing_week', 'month_note',
        -- Whose figures somebody sees is a part of what they see.
        'app_user', 'user_performance'
    ]
    LOOP
        EXECUTE format('DROP TRIGGER IF EXISTS %I ON boxoffice.%I', source || '_change', source);
        EXECUTE format(
            'CREATE CONSTRAINT TRIGGER %I AFTER INSERT OR UPDATE OR DELETE ON boxoffice.%I '
            'DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION boxoffice.count_change()',
            source || '_change', source);
    END LOOP;
END
$$;

-- Installed with other formulas: what was computed by those before is no answer any more.
UPDATE boxoffice.data_change SET counter = counter + 1;
