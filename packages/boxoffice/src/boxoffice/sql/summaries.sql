-- Keeps the summaries: forgotten when what they are made of changes, made anew by who changed it.
--
-- A summary is what the views say of the newest snapshot while they have no summary to read. So no
-- formula stands here, and no summary can differ from the rows.

CREATE OR REPLACE FUNCTION boxoffice.forget_summary(changed bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    -- The row stays: it is how views find the performances that have no summary.
    INSERT INTO boxoffice.performance_summary AS summary (performance_id, record_date)
    SELECT id, 'infinity' FROM boxoffice.performance WHERE id = changed
    ON CONFLICT (performance_id) DO UPDATE SET snapshot_id = NULL, record_date = 'infinity'
    WHERE summary.record_date <> 'infinity';
    IF FOUND THEN
        DELETE FROM boxoffice.week_summary WHERE performance_id = changed;
        DELETE FROM boxoffice.month_summary WHERE performance_id = changed;
        DELETE FROM boxoffice.cast_summary WHERE performance_id = changed;
        DELETE FROM boxoffice.night_summary WHERE performance_id = changed;
    END IF;
END
$$;

-- To be called in the transaction that stored, deleted or restored a snapshot, or changed targets.
-- Without it figures are right and slow.
CREATE OR REPLACE FUNCTION boxoffice.summarise(changed bigint[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    judged text := current_setting('boxoffice.as_of', true);
    newest date;
BEGIN
    PERFORM boxoffice.forget_summary(id) FROM unnest(changed) AS id ORDER BY id;
    SELECT max(record_date) INTO newest FROM boxoffice.snapshot
    WHERE performance_id = ANY (changed) AND status = 'active';
    IF newest IS NULL THEN
        RETURN;
    END IF;
    -- The day on which the newest snapshot of each of them is known.
    PERFORM set_config('boxoffice.as_of', newest::text, true);
    INSERT INTO boxoffice.week_summary
    SELECT
        performance_id, week_start, day_count, amount, seats, target_amount, show_count,
        paid_amount, paid_seats, paid_occupancy_pct, occupancy_pct, mean_show_price
    FROM boxoffice.performance_week
    WHERE performance_id = ANY (changed);
    INSERT INTO boxoffice.month_summary
    SELECT
        performance_id, month_start, is_concert, latest_record_date, amount, seats, previous_amount
    FROM boxoffice.performance_month
    WHERE performance_id = ANY (changed);
    INSERT INTO boxoffice.cast_summary
    SELECT
        performance_id, kind, label, paid_amount, show_count, completed_show_count,
        average_amount_per_completed_show
    FROM boxoffice.performance_cast
    WHERE performance_id = ANY (changed);
    INSERT INTO boxoffice.night_summary
    SELECT
        performance_id, show_count, paid_seats, invited_seats, paid_vip, paid_r, paid_s, paid_a,
        paid_b, invited_vip, invited_r, invited_s, invited_a, invited_b
    FROM boxoffice.concert_nights
    WHERE snapshot_id IS NOT NULL AND performance_id = ANY (changed);
    -- Last: from here on the views read the summaries.
    UPDATE boxoffice.performance_summary AS summary
    SET snapshot_id = sums.snapshot_id,
        record_date = sums.latest_record_date,
        day_count = sums.day_count,
        day_to_date_count = sums.day_to_date_count,
        amount = sums.amount,
        record_day_amount = sums.record_day_amount,
        past_show_count = sums.past_show_count,
        past_amount = sums.past_amount,
        past_deposit_occupancy_pct = sums.past_deposit_occupancy_pct,
        future_show_count = sums.future_show_count,
        future_amount = sums.future_amount,
        future_deposit_occupancy_pct = sums.future_deposit_occupancy_pct,
        deposit_occupancy_pct = sums.deposit_occupancy_pct,
        paid_occupancy_pct = sums.paid_occupancy_pct,
        target_amount = sums.target_amount,
        target_to_date_amount = sums.target_to_date_amount
    FROM boxoffice.performance_sums AS sums
    WHERE sums.performance_id = summary.performance_id
      AND sums.snapshot_id IS NOT NULL
      AND summary.performance_id = ANY (changed);
    PERFORM set_config('boxoffice.as_of', coalesce(judged, ''), true);
END
$$;

CREATE OR REPLACE FUNCTION boxoffice.forget_summary_of_snapshot() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    -- What does not count changes nothing when it comes or goes.
    IF TG_OP <> 'INSERT' AND OLD.status = 'active' THEN
        PERFORM boxoffice.forget_summary(OLD.performance_id);
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.status = 'active' THEN
        PERFORM boxoffice.forget_summary(NEW.performance_id);
    END IF;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION boxoffice.forget_summary_of_target() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM boxoffice.forget_summary(coalesce(NEW.performance_id, OLD.performance_id));
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION boxoffice.forget_summary_of_performance() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM boxoffice.forget_summary(NEW.id);
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER snapshot_forgets_summary
    AFTER INSERT OR DELETE OR UPDATE OF performance_id, record_date, status
    ON boxoffice.snapshot
    FOR EACH ROW EXECUTE FUNCTION boxoffice.forget_summary_of_snapshot();

CREATE OR REPLACE TRIGGER daily_target_forgets_summary
    AFTER INSERT OR DELETE OR UPDATE
    ON boxoffice.daily_target
    FOR EACH ROW EXECUTE FUNCTION boxoffice.forget_summary_of_target();

CREATE OR REPLACE TRIGGER performance_forgets_summary
    AFTER UPDATE OF category, deleted_at
    ON boxoffice.performance
    FOR EACH ROW
    WHEN ((OLD.category, OLD.deleted_at) IS DISTINCT FROM (NEW.category, NEW.deleted_at))
    EXECUTE FUNCTION boxoffice.forget_summary_of_performance();
