-- One snapshot that counts: neither replaced nor deleted, and known on the judged day.
SELECT
    snapshot.id AS snapshot_id,
    snapshot.performance_id,
    snapshot.record_date,
    snapshot.original_name
FROM snapshot
WHERE snapshot.status = 'active'
  -- A workbook may be dated one day ahead; what is later does not exist yet.
  AND snapshot.record_date <= (SELECT as_of()) + 1
